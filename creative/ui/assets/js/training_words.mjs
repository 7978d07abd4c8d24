// The words of the Training tab, in both languages; words.mjs puts them beside the page's others.

const count = (n) => n.toLocaleString("en-US");
const words = (n) => `${count(n)} ${n === 1 ? "word" : "words"}`;
const pieces = (n) => `${count(n)} ${n === 1 ? "piece" : "pieces"}`;

export const TRAINING_EN = {
  tTitle: "Teach a voice", tLead: "Give the model pages, and it learns to write more like them. The pages stay on the computer that runs this page.",
  tGuest: "Here a voice is taught: someone gives the model their pages, and it learns to write more like them.",
  tLoading: "One moment", tOffline: "Not connected. A training goes on without this page. Trying again…",
  tAnother: "Teach another voice", tDetails: "Details", tMoment: "Reading your pages…",

  tPages: "Your pages", tDrop: "Drop your pages here", tChoose: "Choose files", tKinds: ({ kinds, mb }) => `${kinds}. Several at once, up to ${mb} MB each.`,
  tFiles: "Files", tSending: ({ percent }) => `Sending, ${percent} %`, tWaiting: "Waits", tReady: "Here", tSize: ({ mb }) => (mb < 0.1 ? `${Math.max(1, Math.round(mb * 1000))} kB` : `${mb.toFixed(1)} MB`),
  tTakeOut: ({ name }) => `Take out ${name}`, tEmptyFile: "This file is empty. Choose it again once it holds text.", tTooLarge: ({ mb, most }) => `This file has ${mb} MB; ${most} MB can be taken. Save its text alone.`,
  tOtherKind: ({ kinds }) => `This kind of file is not read. Pages may be ${kinds}.`, tNotSent: "This file did not arrive. Take it out and choose it again.",
  tForm: "What are they?", tFormHelp: "The voice is taught for this tab.", tPagesLanguage: "Their language",
  tRights: "Whose pages are they?", tRights_mine: "Mine", tRights_public_domain: "Public domain", tRights_licensed: "Licensed to me",
  tRightsHelp: "By choosing you say that you may teach a voice with them.", tRightsNeeded: "Say whose pages these are first.", tPagesNeeded: "Add pages first.", tStillSending: "Wait until the pages have arrived.",

  tFound: ({ n, w }) => `${pieces(n)}, ${words(w)}`, tWords: ({ n }) => words(n), tSetAside: "set aside",
  tSetAsideHelp: "What is set aside is never learned from. It shows whether the voice really learns.",
  tAllPieces: ({ n }) => `All ${pieces(n)}`, tLeftOut: ({ n }) => (n === 1 ? "Left out: 1 passage" : `Left out: ${count(n)} passages`), tLeftWords: ({ n }) => `(${words(n)})`,
  tWholeFile: "the whole file",
  tPersonal: "Names and addresses in these pages", tPersonalHelp: "The voice may repeat them. Take out what nobody else should read.",
  tPersonal_name: "Names", tPersonal_email: "E-mail addresses", tPersonal_phone: "Phone numbers", tTimes: ({ n }) => (n > 1 ? ` ×${count(n)}` : ""), tAndMore: ({ n }) => `and ${count(n)} more`,
  tExact: "What exactly the model will read", tExactHelp: "The grey part is given to it. It learns to write the dark part.", tNothingFirst: "Nothing is given before it.",
  tCounts: ({ tokens, examples }) => `${count(tokens)} tokens in ${count(examples)} ${examples === 1 ? "example" : "examples"}`, tPiece: "Piece", tFile: "File", tWordsHead: "Words", tTokensHead: "Tokens", tRead: ({ n, w }) => `Read ${pieces(n)}, ${words(w)}`,

  tVoice: "The voice", tName: "Its name", tNamePlaceholder: "Winter Coast", tNameHelp: "This is how it is called in the tabs.", tNameNeeded: "Give the voice a name first.",
  tHow: "How long may it learn?", tPreset_quick: "Quick", tPreset_balanced: "Balanced", tPreset_thorough: "Thorough",
  tPresetPasses: ({ n }) => (n === 1 ? "Reads your pages once." : `Reads your pages up to ${count(n)} times.`),
  tPreset_quick_for: "Enough for a first impression.", tPreset_balanced_for: "Right for most pages.", tPreset_thorough_for: "For many pages and a patient writer.",
  tPresetStops: "It stops by itself once more reading no longer helps.",
  tUnder: "What is learned", tUnder_form: "The text under its brief", tUnder_plain: "Plain continuation", tUnderHelp: "Under its brief, the voice works with this tab's questions. Plain continuation only carries text on.",
  tBack: "Back to its own numbers", tRange: ({ low, high }) => `From ${low} to ${high}.`, tChoice_prefix: "prefix tuning", tChoice_cosine: "cosine", tChoice_linear: "linear", tChoice_constant: "constant", tChoice_as_in_use: "as in use", tYes: "yes", tNo: "no", tStart: "Start", tStarting: "Starting…",

  tHead_waiting: ({ name }) => `${name} waits its turn`, tHead_starting: ({ name }) => `${name} is getting ready`, tHead_training: ({ name }) => `${name} is learning`, tHead_finishing: ({ name }) => `${name} is nearly done`,
  tHead_done: ({ name }) => `${name} is ready`, tHead_stopped: ({ name }) => `${name} has stopped learning`, tHead_failed: ({ name }) => `${name} could not go on`, tHead_interrupted: ({ name }) => `${name} was interrupted`,
  tState_waiting: "waits", tState_starting: "getting ready", tState_training: "learning", tState_finishing: "nearly done", tState_done: "ready", tState_stopped: "stopped", tState_failed: "could not go on", tState_interrupted: "interrupted",
  tAhead: ({ n }) => (n === 1 ? "One training comes first. It starts by itself." : n > 1 ? `${count(n)} trainings come first. It starts by itself.` : "It starts in a moment."),
  tPass: ({ pass, of }) => `Pass ${count(pass)} of ${count(of)}`, tLeft: ({ time }) => `${time} left`, tCanClose: "You can close this page.",
  tLessMinute: "less than a minute", tMinutes: ({ n }) => (n === 1 ? "about a minute" : `about ${count(n)} minutes`), tHours: ({ n }) => (n === 1 ? "about an hour" : `about ${count(n)} hours`),
  tLearnedMore: ({ percent }) => `On pages it has not read, it is ${percent} % less surprised than at the start.`, tLearnedNothing: "On pages it has not read, nothing has changed so far.", tLearnedWorse: "On pages it has not read, it does not do better so far.", tLearnedSoon: "How it does on pages it has not read shows after the first look.",
  tGettingReady: "It opens the model and measures what there is room for.", tBeforeFirst: "It writes a first text and looks at the pages set aside, to compare with later.", tFinishing: "It compares before and after and puts the voice on the shelf.",
  tDone: "It is in the tabs now, under Voice.", tNoVoice: "It learned nothing that helps, so there is no new voice. You can still pick one by reading.", tStopped: "What it had learned is kept.", tStoppedEmpty: "It stopped before anything was learned.", tInterrupted: "Its process ended without a word. What it had learned is kept.", tNotices: "On the way",
  tStop: "Stop training", tStopHelp: "What it has learned is kept.", tStopping: "Stopping…", tResume: "Go on learning", tAgain: "Try again", tForget: "Delete this training",

  tPlot: "How surprised it is by the pages", tPlotDesc: ({ first, last, n }) => `Lower is better. On pages set aside it went from ${first} to ${last} in ${n} looks.`, tPlotDescEarly: "Lower is better. The first look at the pages set aside is still to come.",
  tPlotRead: "Pages it learns from", tPlotUnread: "Pages it has not read", tPlotTable: "The same as a table", tPlotStep: "Step", tPlotPass: "Pass", tPlotHeldOut: "Held-out loss", tPlotPerplexity: "Perplexity",
  tFactStep: "Step", tFactLoss: "Loss", tFactHeldOut: "Held-out loss", tFactSpeed: "Tokens per second", tFactLeft: "Time left", tFactMemory: "Memory in use", tFactNeeded: "Memory needed", tFactDisk: "Disk needed", tFactTrial: "Trial step",
  tOf: ({ n, of }) => `${count(n)} of ${count(of)}`, tGb: ({ n }) => `${n} GB`, tNeedsOf: ({ needed, free }) => `${needed} GB of ${free} GB free`, tSeconds: ({ n }) => `${n} s`, tRecipe: "Recipe",

  tSamples: "Read what it writes", tSamplesHelp: "The same brief, at different moments.", tBrief: "Brief", tMoment2: ({ side }) => `${side}: which moment`, tLeftSide: "Left", tRightSide: "Right",
  tBefore: "Before", tAfterPass: ({ pass }) => `After ${pass} ${pass === "1" ? "pass" : "passes"}`, tKeptMark: ({ label }) => `${label}, in use`, tBestMark: ({ label }) => `${label}, best so far`,
  tUseThis: "Use this one", tInUse: "This one is in use", tUsed: "This one is in use now.", tNoSample: "It wrote nothing here.",

  tHear: "Hear the difference", tHearHelp: "The same brief, without the voice and with it.", tPlain: "Plain", tVerdict: "Did it work?", 

  tBlind: "Without looking", tBlindHelp: "Two texts, one of them with the voice. You are told which after the last.", tBlindStart: "Begin", tBlindRound: ({ n, of }) => `Which sounds more like you? ${n} of ${of}`, tBlindLeft: "The left one", tBlindRight: "The right one", tBlindNeither: "Neither", tBlindText: ({ n }) => `Text ${n}`,
  tBlindWriting: "Writing two texts…", tBlindAgain: "Once more", tBlindAll: ({ voice, base }) => `All rounds together: the voice ${count(voice)}, Plain ${count(base)}.`,
  tKeep: "Keep this voice", tKept: ({ name }) => `${name} is kept. It is in the tabs, under Voice.`, tDelete: "Delete it", tWriteWith: "Write with it",

  tShelf: "Your voices", tShelfEmpty: "No voice yet. The one you teach will stand here.", tAnyForm: "any form", tForBase: ({ base }) => `for ${base}`, tLess: ({ percent }) => `${percent} % less surprised`, tDownload: "Download", tDownloadName: ({ name }) => `Download ${name}`, tDeleteName: ({ name }) => `Delete ${name}`, tPush: "Put on the hub", tPushName: ({ name }) => `Put ${name} on the hub`, tWriteName: ({ name }) => `Write with it: ${name}`, tDeleted: ({ name }) => `${name} is deleted.`, tUndo: "Undo", tRestored: ({ name }) => `${name} is back.`,
  tImport: "Bring in a voice", tImportHelp: "A zip, or its two files: adapter_config.json and adapter_model.safetensors.", tImported: ({ name }) => `${name} stands with your voices now.`, tImporting: "Bringing it in…",
  tPushTitle: ({ name }) => `Put ${name} on the hub`, tRepo: "Repository", tRepoPlaceholder: "you/winter-coast", tRepoHelp: "Your name on the hub, a stroke, a name for it.", tPrivate: "Only I can see it", tPushGo: "Put it there", tPushing: "Sending it…", tPushed: ({ where }) => `It is there: ${where}`, tRepoNeeded: "Give it as you/name.",
  tTrainings: "Trainings", tDeleteJob: ({ name }) => `Delete this training: ${name}`,
};

export const TRAINING_ZH = {
  tTitle: "教一种笔调", tLead: "把文字交给模型，它会学着写得更像这些文字。文字只留在运行这个页面的电脑上。",
  tGuest: "这里可以教模型一种笔调：把自己的文字交给它，它会学着写得更像。",
  tLoading: "稍等", tOffline: "连接断了。训练不靠这个页面，会照常进行。正在重连……",
  tAnother: "再教一种笔调", tDetails: "细节", tMoment: "正在读你的文字……",

  tPages: "你的文字", tDrop: "把文稿拖到这里", tChoose: "选择文件", tKinds: ({ kinds, mb }) => `${kinds}。可以一次选多个，每个不超过 ${mb} MB。`,
  tFiles: "文件", tSending: ({ percent }) => `正在传，${percent}%`, tWaiting: "等着", tReady: "已收到", tSize: TRAINING_EN.tSize,
  tTakeOut: ({ name }) => `拿掉 ${name}`, tEmptyFile: "这个文件是空的。写上文字再选一次。", tTooLarge: ({ mb, most }) => `这个文件有 ${mb} MB，最多收 ${most} MB。只存文字再试。`,
  tOtherKind: ({ kinds }) => `这种文件读不了。可以用 ${kinds}。`, tNotSent: "这个文件没有传到。拿掉再选一次。",
  tForm: "是什么文体？", tFormHelp: "笔调就教给这一种文体。", tPagesLanguage: "用什么语言写的",
  tRights: "这些文字是谁的？", tRights_mine: "我自己的", tRights_public_domain: "公有领域", tRights_licensed: "已获授权",
  tRightsHelp: "选了，就是说你有权用它们来教。", tRightsNeeded: "请先说明这些文字是谁的。", tPagesNeeded: "请先放上文字。", tStillSending: "请等文件传完。",

  tFound: ({ n, w }) => `${count(n)} 篇，${count(w)} 字`, tWords: ({ n }) => `${count(n)} 字`, tSetAside: "留作检验",
  tSetAsideHelp: "留作检验的文字不拿来学，只用来看它是不是真的学会了。",
  tAllPieces: ({ n }) => `全部 ${count(n)} 篇`, tLeftOut: ({ n }) => `没有用上：${count(n)} 处`, tLeftWords: ({ n }) => `（${count(n)} 字）`,
  tWholeFile: "整个文件",
  tPersonal: "文字里出现的人名和联系方式", tPersonalHelp: "笔调可能会把它们写出来。不该让别人看到的，请先删去。",
  tPersonal_name: "人名", tPersonal_email: "邮箱", tPersonal_phone: "电话", tTimes: TRAINING_EN.tTimes, tAndMore: ({ n }) => `还有 ${count(n)} 个`,
  tExact: "模型到底会读到什么", tExactHelp: "灰色的部分是给它看的，深色的部分是它要学着写的。", tNothingFirst: "前面什么都不给。",
  tCounts: ({ tokens, examples }) => `${count(tokens)} 个词元，${count(examples)} 个样本`, tPiece: "篇目", tFile: "文件", tWordsHead: "字数", tTokensHead: "词元", tRead: ({ n, w }) => `读到 ${count(n)} 篇，${count(w)} 字`,

  tVoice: "这种笔调", tName: "名字", tNamePlaceholder: "冬日海岸", tNameHelp: "在各个标签里就叫这个名字。", tNameNeeded: "请先给它起个名字。",
  tHow: "让它学多久？", tPreset_quick: "快速", tPreset_balanced: "均衡", tPreset_thorough: "细致",
  tPresetPasses: ({ n }) => (n === 1 ? "把你的文字读一遍。" : `把你的文字最多读 ${count(n)} 遍。`),
  tPreset_quick_for: "先看个大概。", tPreset_balanced_for: "多数时候用它就好。", tPreset_thorough_for: "文字多、有耐心时用。",
  tPresetStops: "再读也没有长进时，它会自己停下。",
  tUnder: "学什么", tUnder_form: "提要下面的正文", tUnder_plain: "只学接着写", tUnderHelp: "学提要下面的正文，才能配合这个标签里的提问；只学接着写，就只会往下续。",
  tBack: "恢复原来的数字", tRange: ({ low, high }) => `可填 ${low} 到 ${high}。`, tChoice_prefix: "前缀微调", tChoice_cosine: "余弦", tChoice_linear: "线性", tChoice_constant: "不变", tChoice_as_in_use: "和现在用的一样", tYes: "是", tNo: "否", tStart: "开始", tStarting: "正在开始……",

  tHead_waiting: ({ name }) => `${name}在排队`, tHead_starting: ({ name }) => `${name}正在准备`, tHead_training: ({ name }) => `${name}正在学`, tHead_finishing: ({ name }) => `${name}快学好了`,
  tHead_done: ({ name }) => `${name}学好了`, tHead_stopped: ({ name }) => `${name}已停下`, tHead_failed: ({ name }) => `${name}没能学下去`, tHead_interrupted: ({ name }) => `${name}中断了`,
  tState_waiting: "排队中", tState_starting: "准备中", tState_training: "学习中", tState_finishing: "快好了", tState_done: "学好了", tState_stopped: "已停下", tState_failed: "没能学下去", tState_interrupted: "中断了",
  tAhead: ({ n }) => (n > 0 ? `前面还有 ${count(n)} 个，轮到时会自己开始。` : "马上就开始。"),
  tPass: ({ pass, of }) => `第 ${count(pass)} 遍，共 ${count(of)} 遍`, tLeft: ({ time }) => `还要${time}`, tCanClose: "可以关掉这个页面。",
  tLessMinute: "不到一分钟", tMinutes: ({ n }) => `大约 ${count(n)} 分钟`, tHours: ({ n }) => `大约 ${count(n)} 小时`,
  tLearnedMore: ({ percent }) => `读到没学过的那几页，它比开始时少意外 ${percent}%。`, tLearnedNothing: "读到没学过的那几页，它眼下和开始时一样。", tLearnedWorse: "读到没学过的那几页，它眼下没有长进。", tLearnedSoon: "看过一次没学过的那几页，才知道学得怎样。",
  tGettingReady: "它在打开模型，看看有多少地方可用。", tBeforeFirst: "它先写一段，再看看留作检验的文字，好跟以后比。", tFinishing: "它在比较前后，再把笔调放好。",
  tDone: "它已经在各个标签的“笔调”里了。", tNoVoice: "没学到有用的东西，所以没有新笔调。你仍可以读样稿，自己挑一个。", tStopped: "学到的都留着。", tStoppedEmpty: "还没学到什么就停下了。", tInterrupted: "它的进程没说一声就没了。学到的都留着。", tNotices: "途中的事",
  tStop: "停止训练", tStopHelp: "学到的会留着。", tStopping: "正在停……", tResume: "接着学", tAgain: "再试一次", tForget: "删除这次训练",

  tPlot: "这些文字让它有多意外", tPlotDesc: ({ first, last, n }) => `越低越好。看了 ${n} 次没学过的那几页，从 ${first} 到 ${last}。`, tPlotDescEarly: "越低越好。还没有看过没学过的那几页。",
  tPlotRead: "正在学的文字", tPlotUnread: "没学过的文字", tPlotTable: "用表格看", tPlotStep: "步", tPlotPass: "遍", tPlotHeldOut: "留出损失", tPlotPerplexity: "困惑度",
  tFactStep: "步", tFactLoss: "损失", tFactHeldOut: "留出损失", tFactSpeed: "每秒词元", tFactLeft: "剩余时间", tFactMemory: "占用内存", tFactNeeded: "所需内存", tFactDisk: "所需磁盘", tFactTrial: "试跑一步",
  tOf: ({ n, of }) => `${count(n)} / ${count(of)}`, tGb: TRAINING_EN.tGb, tNeedsOf: ({ needed, free }) => `${needed} GB，空闲 ${free} GB`, tSeconds: ({ n }) => `${n} 秒`, tRecipe: "配方",

  tSamples: "读读它写的", tSamplesHelp: "同一个提要，不同时候写的。", tBrief: "提要", tMoment2: ({ side }) => `${side}：什么时候的`, tLeftSide: "左边", tRightSide: "右边",
  tBefore: "学之前", tAfterPass: ({ pass }) => `学了 ${pass} 遍`, tKeptMark: ({ label }) => `${label}，使用中`, tBestMark: ({ label }) => `${label}，目前最好`,
  tUseThis: "就用这一个", tInUse: "正在用这一个", tUsed: "现在用的是这一个。", tNoSample: "这里它什么都没写。",

  tHear: "听出差别", tHearHelp: "同一个提要，一个用素笔，一个用这种笔调。", tPlain: "素笔", tVerdict: "学会了吗？", 

  tBlind: "蒙着眼选", tBlindHelp: "两段文字，其中一段用了这种笔调。选完才告诉你是哪一段。", tBlindStart: "开始选", tBlindRound: ({ n, of }) => `哪一段更像你写的？第 ${n} 轮，共 ${of} 轮`, tBlindLeft: "左边的", tBlindRight: "右边的", tBlindNeither: "都不像", tBlindText: ({ n }) => `第 ${n} 段`,
  tBlindWriting: "正在写两段文字……", tBlindAgain: "再来一次", tBlindAll: ({ voice, base }) => `历次合计：这种笔调 ${count(voice)} 次，素笔 ${count(base)} 次。`,
  tKeep: "留下这种笔调", tKept: ({ name }) => `留下了${name}，就在各个标签的“笔调”里。`, tDelete: "删掉它", tWriteWith: "用它来写",

  tShelf: "你的笔调", tShelfEmpty: "还没有笔调。教出来的会放在这里。", tAnyForm: "不限文体", tForBase: ({ base }) => `配 ${base}`, tLess: ({ percent }) => `少意外 ${percent}%`, tDownload: "下载", tDownloadName: ({ name }) => `下载${name}`, tDeleteName: ({ name }) => `删除${name}`, tPush: "放到 Hub", tPushName: ({ name }) => `把${name}放到 Hub`, tWriteName: ({ name }) => `用它来写：${name}`, tDeleted: ({ name }) => `已删除${name}。`, tUndo: "撤销", tRestored: ({ name }) => `${name}回来了。`,
  tImport: "带一种笔调进来", tImportHelp: "一个 zip，或它的两个文件：adapter_config.json 和 adapter_model.safetensors。", tImported: ({ name }) => `${name}已放在你的笔调里。`, tImporting: "正在带进来……",
  tPushTitle: ({ name }) => `把${name}放到 Hub`, tRepo: "仓库", tRepoPlaceholder: "you/winter-coast", tRepoHelp: "你在 Hub 上的名字，一条斜线，再给它起个名字。", tPrivate: "只有我能看到", tPushGo: "放上去", tPushing: "正在传……", tPushed: ({ where }) => `已放好：${where}`, tRepoNeeded: "请写成 you/name。",
  tTrainings: "历次训练", tDeleteJob: ({ name }) => `删除这次训练：${name}`,
};
