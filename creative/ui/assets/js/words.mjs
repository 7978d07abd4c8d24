// Every word the page says, in both languages. Chinese is written, not translated.

import { TRAINING_EN, TRAINING_ZH } from "./training_words.mjs";

const EN = {
  ...TRAINING_EN,
  brand: "Folio", skip: "Skip to the page", language: "中文", languageName: "Switch to Chinese", languageSoon: "The page turns Chinese when this is done.", theme: "Light or dark",
  drafts: "My drafts", keys: "Keys", close: "Close",
  brief: "Brief", page: "Page", notes: "Notes", tools: "Actions", margin: "Findings and versions",
  write: "Write", continue: "Continue", variations: "Variations", stop: "Stop", undo: "Undo", redo: "Redo", export: "Export", more: "More…",
  ideas: "Brainstorm", newDraft: "New draft", example: "Fill in an example", exampleNone: "Examples",
  moreBrief: "More about the brief", voice: "Voice", plain: "Plain", length: "Length", creativity: "Creativity",
  settings: "More", seed: "Seed", seedHelp: "The same seed, model and brief give the same text. Empty: a new one each time.",
  manuscriptLanguage: "Language of the text", model: "Model", chooseModel: "Choose a model", biggerModel: "Choose a bigger model",
  starterTitle: "The starter", starterGood: "Good for simple English stories and for trying every form.", starterNot: "Not for facts, long texts or fine wording: it is very small.",
  starterNote: "A very small model writes here: simple English stories, nothing to rely on.", seePrompt: "See what the model reads",
  sampler_temperature: "Temperature", sampler_top_p: "Top-p", sampler_top_k: "Top-k", sampler_min_p: "Min-p", sampler_typical_p: "Typical-p",
  sampler_repetition_penalty: "Repetition penalty", sampler_no_repeat_ngram: "No-repeat n-gram", sampler_dry_multiplier: "DRY strength", samplersHelp: "Empty: set by Creativity.",
  sheet: "Manuscript", emptySheet: "Start here, or press Write.",
  ready: "Ready", waiting: ({ n }) => (n > 0 ? `Waiting. ${n} ahead of you` : "Waiting for the model"),
  loading: "Waking the model", writing: "Writing", toStop: "to stop", stopped: ({ n }) => `Stopped. Kept ${words(n)}`, wrote: ({ n }) => `Wrote ${words(n)}`,
  stop1: ".", seconds: ({ n }) => `${n} s`, saved: "Saved in this browser", gone: "Not connected. Your text is kept in this browser. Trying again…",
  back: "Connected again. Your text is here.", tryAgain: "Try again", proposed: ({ n }) => `Wrote ${words(n)}. Nothing is on the page yet`, wroteNothing: "The model had nothing to add. Your text is as it was.", broken: "The model stopped without a word. Your text is safe.", reload: "Reload",
  conflict: "This draft was also changed in another tab. Both versions are kept.", seeVersions: "See versions",
  elsewhere: "This draft is also open in another tab.",
  startOver: "Write starts this page again. Your text stays in Versions.", startAgain: "Start again", continueInstead: "Continue instead",
  needed: "Write something here first.", neededFoot: ({ label }) => `“${label}” needs an answer first.`, tooShort: "There is no text yet. Press Write first.",
  storeFull: "This browser's storage is full. Keep a copy with Export.",
  passageGone: "That passage is no longer on the page. Nothing was changed.", newText: "New text below", count: ({ n, of }) => (of ? `${num(n)} words of ${num(of)}` : words(n)),
  findings: "Findings", versions: "Versions", noPage: "When there is a page to read, notes on craft appear here. Nothing is changed without you.",
  noFindings: "Nothing to remark. Read it aloud once.", noVersions: "Each run and each pause in your typing is kept here.", reading: "Reading the page…",
  paragraph: ({ n }) => `¶ ${n}`, line: ({ n }) => `line ${n}`, whole: "whole page",
  compare: "Compare", compareWith: "Compare with the page", rename: "Rename", compareTitle: "What changed", compareFrom: "From", compareTo: "To", same: "These two are the same.",
  verb_start: "Empty page", verb_write: "Write", verb_continue: "Continue", verb_edit: "Your edits", verb_opened: "Opened", verb_brainstorm: "Brainstorm", verb_variation: ({ n }) => `Variation ${n}`,
  gained: ({ n }) => (n > 0 ? `+${num(n)}` : n < 0 ? `−${num(-n)}` : "±0"), change: ({ n }) => (n > 0 ? `+${words(n)}` : n < 0 ? `−${words(-n)}` : "same length"),
  now: "now", versionName: "Name of this version", nameIt: "Name it",
  takeIt: "Take it", leaveIt: "Leave it", revising: ({ verb }) => `${verb}…`, freeLabel: "What should change?", go: "Go", back2: "Back", selectionBar: "What to do with the selection",
  pick: "Pick the one to build on", keepOne: "Keep this one", keepNone: "Keep none", pickIdea: "Ideas to think with", ideasHelp: "Nothing goes on the page by itself.", copyIdea: "Put on the page",
  another: "Another way in", beginsWith: ({ name }) => `Begins with ${name}`, closerTo: ({ name }) => `Closer to ${name}`, moreTalk: "More talk", moreDistance: "More distance",
  longerLines: "Longer sentences", shorterLines: "Shorter sentences", longest: "The longest", shortest: "The shortest", cardTail: ({ trait, n }) => `${trait} · ${words(n)}`,
  draftsEmpty: "No drafts yet. What you write is kept here by itself.", searchDrafts: "Search drafts", noMatch: "No draft has these words.", open: "Open", duplicate: "Duplicate", remove: "Delete", downloadAll: "Download all",
  deleted: ({ name }) => `“${name}” is deleted.`, putBack: "Undo", untitled: "Untitled", hereNow: "open", draftWords: ({ n, form, time }) => `${form} · ${words(n)} · ${time}`,
  promptTitle: "What the model reads", promptParts: "Part", tokens: ({ n }) => `${num(n)} tokens`, promptRoom: ({ prompt, most, context }) => `reads ${num(prompt)}, may write ${num(most)}, of ${num(context)} at most`, trimmedTitle: "Left out",
  part_instructions: "Instructions", part_brief: "Brief", part_text: "Text", part_before: "Before the passage", part_selection: "Passage", part_after: "After the passage", part_request: "Request",
  sampler_dry_base: "DRY base", sampler_dry_allowed_length: "DRY allowed length", sampler_dry_range: "DRY range",
  modelTitle: "The model", use: "Use this", inUse: "in use", downloading: ({ percent, size }) => `Downloading: ${percent} % of ${size}. You can go on writing.`, loadingModel: "Loading. You can go on writing.", makingRoom: "It has made room for a training and comes back when that ends.", doesNotFit: "Does not fit here",
  keysTitle: "Keys", key_write: "Write", key_continue: "Continue", key_stop: "Stop, or close what is open", key_undo: "Back through the versions (in the page)", key_redo: "Forward again (in the page)", key_quiet: "Quiet: only the page", key_bar: "To the selection's actions", key_help: "This list",
  justNow: "just now", minutes: ({ n }) => `${n} min ago`,
};

const ZH = {
  ...TRAINING_ZH,
  brand: "Folio", skip: "跳到稿纸", language: "English", languageName: "切换到英文", languageSoon: "写完、选完就切换到英文。", theme: "浅色或深色",
  drafts: "我的文稿", keys: "快捷键", close: "关闭",
  brief: "提要", page: "稿纸", notes: "批注", tools: "操作", margin: "批注与版本",
  write: "写", continue: "续写", variations: "多写几稿", stop: "停", undo: "撤销", redo: "重做", export: "导出", more: "更多…",
  ideas: "想点子", newDraft: "新文稿", example: "填入范例", exampleNone: "范例",
  moreBrief: "提要的更多内容", voice: "笔调", plain: "素笔", length: "篇幅", creativity: "创意",
  settings: "更多", seed: "种子", seedHelp: "种子、模型和提要相同，写出的文字就相同。留空则每次不同。",
  manuscriptLanguage: "用哪种语言写", model: "模型", chooseModel: "选择模型", biggerModel: "换大一点的模型",
  starterTitle: "自带的小模型", starterGood: "只写英文，适合简单的小故事，也可把每种文体试一遍。", starterNot: "它很小：写不了中文，也不适合事实、长文和讲究的文字。",
  starterNote: "这里用的是自带的小模型，只会写简单的英文。要写中文，请换大一点的模型。", seePrompt: "看模型读到了什么",
  sampler_temperature: "温度", sampler_top_p: "Top-p", sampler_top_k: "Top-k", sampler_min_p: "Min-p", sampler_typical_p: "Typical-p",
  sampler_repetition_penalty: "重复惩罚", sampler_no_repeat_ngram: "禁止重复 n 元组", sampler_dry_multiplier: "DRY 强度", samplersHelp: "留空则由“创意”决定。",
  sheet: "稿件", emptySheet: "从这里写起，或按“写”。",
  ready: "就绪", waiting: ({ n }) => (n > 0 ? `排队中，前面还有 ${n} 位` : "正在等模型"),
  loading: "正在唤醒模型", writing: "正在写", toStop: "停下", stopped: ({ n }) => `已停，留下 ${num(n)} 字`, wrote: ({ n }) => `写了 ${num(n)} 字`,
  stop1: "。", seconds: ({ n }) => `${n} 秒`, saved: "已存在本浏览器", gone: "连接断了。文稿存在本浏览器里，正在重连……",
  back: "已重新连上，文稿都在。", tryAgain: "再试一次", proposed: ({ n }) => `写了 ${num(n)} 字，还没放到稿纸上`, wroteNothing: "模型没有写出什么，你的文字没有变。", broken: "模型没说一声就停了，你的文字都在。", reload: "刷新",
  conflict: "这份文稿在另一个标签页里也改过，两个版本都留着。", seeVersions: "看版本",
  elsewhere: "这份文稿也在另一个标签页里打开着。",
  startOver: "“写”会从头写这一页，现有文字留在“版本”里。", startAgain: "从头写", continueInstead: "改为续写",
  needed: "请先在这里写几句。", neededFoot: ({ label }) => `请先填写“${label}”。`, tooShort: "还没有文字，请先按“写”。",
  storeFull: "本浏览器的存储已满，请导出一份留底。",
  passageGone: "那段文字已经不在稿纸上了，什么都没改。", newText: "下面有新文字", count: ({ n, of }) => (of ? `${num(n)} / ${num(of)} 字` : `${num(n)} 字`),
  findings: "批注", versions: "版本", noPage: "有了文字，这里会出现写作上的批注。未经你同意，不会改动一个字。",
  noFindings: "没什么可挑的，出声读一遍吧。", noVersions: "每次写作、每次停笔都会留在这里。", reading: "正在读稿……",
  paragraph: ({ n }) => `第 ${n} 段`, line: ({ n }) => `第 ${n} 行`, whole: "全文",
  compare: "比较", compareWith: "与当前稿比较", rename: "改名", compareTitle: "改了什么", compareFrom: "从", compareTo: "到", same: "这两个版本完全一样。",
  verb_start: "空白页", verb_write: "写", verb_continue: "续写", verb_edit: "你的修改", verb_opened: "打开", verb_brainstorm: "想点子", verb_variation: ({ n }) => `第 ${n} 稿`,
  gained: ({ n }) => (n > 0 ? `+${num(n)}` : n < 0 ? `−${num(-n)}` : "±0"), change: ({ n }) => (n > 0 ? `多 ${num(n)} 字` : n < 0 ? `少 ${num(-n)} 字` : "字数不变"),
  now: "当前", versionName: "这个版本的名字", nameIt: "取名",
  takeIt: "采用", leaveIt: "不用", revising: ({ verb }) => `${verb}……`, freeLabel: "想怎么改？", go: "改", back2: "返回", selectionBar: "对选中的文字做什么",
  pick: "选一稿接着写", keepOne: "保留这一稿", keepNone: "都不要", pickIdea: "可以想想的点子", ideasHelp: "点子不会自己跑到稿纸上。", copyIdea: "放到稿纸上",
  another: "另一种写法", beginsWith: ({ name }) => `从${name}写起`, closerTo: ({ name }) => `更贴近${name}`, moreTalk: "对话更多", moreDistance: "离得更远",
  longerLines: "句子更长", shorterLines: "句子更短", longest: "最长", shortest: "最短", cardTail: ({ trait, n }) => `${trait}，${num(n)} 字`,
  draftsEmpty: "还没有文稿。写下的文字会自动存在这里。", searchDrafts: "搜索文稿", noMatch: "没有文稿含有这些字。", open: "打开", duplicate: "复制", remove: "删除", downloadAll: "全部下载",
  deleted: ({ name }) => `已删除“${name}”。`, putBack: "撤销", untitled: "无题", hereNow: "已打开", draftWords: ({ n, form, time }) => `${form}，${num(n)} 字，${time}`,
  promptTitle: "模型读到的内容", promptParts: "部分", tokens: ({ n }) => `${num(n)} 个词元`, promptRoom: ({ prompt, most, context }) => `读 ${num(prompt)}，可写 ${num(most)}，最多共 ${num(context)}`, trimmedTitle: "未读的部分",
  part_instructions: "写作说明", part_brief: "提要", part_text: "正文", part_before: "选段之前", part_selection: "选段", part_after: "选段之后", part_request: "要求",
  sampler_dry_base: "DRY 底数", sampler_dry_allowed_length: "DRY 容许长度", sampler_dry_range: "DRY 回看长度",
  modelTitle: "模型", use: "用这个", inUse: "使用中", downloading: ({ percent, size }) => `正在下载：${size} 的 ${percent}%。可以接着写。`, loadingModel: "正在载入，可以接着写。", makingRoom: "它让出内存给训练了，训练完就回来。", doesNotFit: "这台机器装不下",
  keysTitle: "快捷键", key_write: "写", key_continue: "续写", key_stop: "停下，或关掉打开的东西", key_undo: "退回上一版（在稿纸里）", key_redo: "前进一版（在稿纸里）", key_quiet: "静写：只留稿纸", key_bar: "到选中文字的操作", key_help: "这张表",
  justNow: "刚刚", minutes: ({ n }) => `${n} 分钟前`,
};

let language = "en";

/** Speak Chinese for any Chinese tag, English otherwise. */
export function speak(tag) {
  language = /^zh/i.test(tag) ? "zh" : "en";
}

export function spoken() {
  return language;
}

/** The page's words for `key`; a number as `n` is told with the right form and separators. */
export function say(key, values = {}) {
  const found = (language === "zh" ? ZH : EN)[key] ?? EN[key] ?? key;
  return typeof found === "function" ? found(values) : found;
}

/** One of a server's two-language words: `{en, zh}` or a plain string. */
export function pickWords(both) {
  if (both === null || both === undefined) return "";
  if (typeof both === "string") return both;
  return (language === "zh" ? both.zh : "") || both.en || "";
}

/** Sentences one after the other, as the language sets them; what is empty is left out. */
export function sentences(...told) {
  return told.filter(Boolean).join(language === "zh" ? "" : " ");
}

export function num(n) {
  return new Intl.NumberFormat(language === "zh" ? "zh-CN" : "en-US").format(n);
}

function words(n) {
  return `${num(n)} ${n === 1 ? "word" : "words"}`;
}

/** A moment as a writer would say it: just now, 5 min ago, 14:05, 3 May. `at` in seconds since 1970. */
export function when(at, now = Date.now() / 1000) {
  const age = now - at;
  if (age < 60) return say("justNow");
  if (age < 3600) return say("minutes", { n: Math.floor(age / 60) });
  const date = new Date(at * 1000);
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  if (age < 86400) return date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  return date.toLocaleDateString(locale, { day: "numeric", month: "short" });
}

/** The keys both dictionaries must have; for the tests. */
export const DICTIONARIES = { en: EN, zh: ZH };
