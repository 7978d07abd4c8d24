// One desk: brief, page and margin of a form, joined to each other and to the server.

import { Brief } from "./brief.mjs";
import { tellComing } from "./dialogs.mjs";
import { button, download, freshId, h, icon, iconButton } from "./dom.mjs";
import { Foot } from "./foot.mjs";
import { placeFindings, stillThere } from "./findings.mjs";
import { Cards, RevisionPanel, SelectionBar } from "./floats.mjs";
import { History } from "./history.mjs";
import { Gone, Refusal } from "./link.mjs";
import { Margin } from "./margin.mjs";
import { buildMenu } from "./menu.mjs";
import { Runner } from "./runner.mjs";
import { Scroll } from "./scroll.mjs";
import { Sheet } from "./sheet.mjs";
import { StarterNote } from "./starter.mjs";
import { countWords, firstLine } from "./text.mjs";
import { Work } from "./work.mjs";
import { pickWords, say, sentences, spoken } from "./words.mjs";

const CHECK_MS = 900;

export class Desk {
  /** `room` is what all desks share: link, store, dialogs, model. */
  constructor(spec, { trigger, room }) {
    this.spec = spec;
    this.room = room;
    this.script = spec.exporters.some((one) => one.name === "fountain");
    this.findings = [];
    this.build();
    this.history = new History({
      link: room.link, form: spec.name, keep: (copy) => this.keep(copy),
      page: { text: () => this.sheet.text, show: (text) => this.showText(text), answers: () => this.brief.values() },
      on: { change: () => this.showTree(), kept: (ok) => this.kept(ok), conflict: () => this.conflict(), error: (told) => this.error(told) },
    });
    this.runner = new Runner({ trigger, link: room.link, on: this.runEvents() });
    this.history.busy = () => this.runner.busy || Boolean(this.runner.stopping);
    this.work = new Work(this);
    this.restore();
  }

  build() {
    const { spec } = this;
    this.brief = new Brief(spec, { change: () => this.briefChanged(), tool: (name, which) => this.tool(name, which) });
    this.foot = new Foot();
    const verbs = Object.fromEntries(spec.actions.concat(spec.brainstorms).map((one) => [one.name, pickWords(one.title)]));
    this.margin = new Margin({ script: this.script, verbs: { ...verbs, continue: say("continue") }, on: {
      finding: (one) => this.goToFinding(one), version: (id) => this.goTo(id), name: (id, name) => this.nameVersion(id, name), compare: (id) => this.room.compare(this, id),
    } });
    this.bar = new SelectionBar(spec.actions, { act: (name, wish) => this.work.revise(name, wish) });
    this.panel = new RevisionPanel({ take: () => this.work.take(), leave: () => this.work.leave() });
    this.cards = new Cards({ keep: (i) => this.work.keepCard(i), none: () => this.work.closeCards() });
    this.note = new StarterNote(this.room);
    const sheet = h("div", { class: "sheet", contenteditable: "true", role: "textbox", "aria-multiline": "true", "aria-label": `${pickWords(spec.title)}: ${say("sheet")}`, spellcheck: "true", id: freshId("sheet"), tabindex: "0" });
    this.scroller = h("div", { class: "scroller", tabindex: "-1" }, h("div", { class: "sheet-empty", "aria-hidden": "true", text: say("emptySheet") }), this.note.element, sheet);
    this.below = button(say("newText"), "outline small below", () => this.scroll.toEnd());
    this.below.prepend(icon("down"));
    this.pageElement = h("section", { class: "page", "aria-label": say("page") }, this.buildToolbar(), this.scroller, this.cards.element, this.below, this.bar.element, this.panel.element, this.foot.element, this.foot.live);
    this.element = h("div", { class: this.script ? "desk script blank-page" : "desk blank-page", dataset: { view: "page", form: spec.name } }, this.buildViews(), this.brief.element, this.pageElement, this.margin.element);
    this.sheet = new Sheet(sheet, { script: this.script, fallbackLanguage: spoken() === "zh" ? "zh-CN" : "en", on: { edit: () => this.edited(), reveal: (range) => this.scroll.reveal(range) } });
    this.scroll = new Scroll(this);
    document.addEventListener("selectionchange", () => this.selectionChanged());
  }

  buildViews() {
    const group = freshId("view");
    const parts = ["brief", "page", "notes"].map((name) => {
      const input = h("input", { type: "radio", name: group, value: name, on: { change: () => this.view(name) } });
      input.checked = name === "page";
      return h("label", {}, input, h("span", { text: say(name) }));
    });
    this.viewInputs = parts.map((part) => part.querySelector("input"));
    return h("div", { class: "views" }, h("div", { class: "segments", role: "radiogroup", "aria-label": say("page") }, ...parts));
  }

  buildToolbar() {
    this.buttons = {
      write: button(say("write"), "primary write", () => this.work.write(), { title: `${say("write")} (Ctrl+Enter)` }),
      stop: button(say("stop"), "stop", () => this.work.stop(), { title: `${say("stop")} (Esc)`, tabindex: "-1", "aria-hidden": "true" }),
      continue: button(say("continue"), "continue", () => this.work.continue(), { title: `${say("continue")} (Ctrl+Shift+Enter)` }),
      variations: button(say("variations"), "variations", () => this.work.variations()),
      undo: iconButton("undo", say("undo"), () => this.undo(), { class: "not-phone undo", title: `${say("undo")} (Ctrl+Z)` }),
      redo: iconButton("redo", say("redo"), () => this.redo(), { class: "not-phone redo", title: `${say("redo")} (Ctrl+Shift+Z)` }),
      notes: iconButton("notes", say("notes"), () => this.drawer(), { class: "not-phone drawer-button" }),
    };
    const exportMenu = buildMenu("not-phone", (open) => h("button", { type: "button", class: "btn export", on: { click: open } }, icon("export"), document.createTextNode(say("export"))), () => this.exportItems());
    const phoneMenu = buildMenu("only-phone", (open) => iconButton("dots", say("tools"), open), () => [
      [say("undo"), "", () => this.undo()], [say("redo"), "", () => this.redo()], ...this.exportItems(),
    ]);
    const { write, stop, undo, redo, notes } = this.buttons;
    return h("div", { class: "toolbar", role: "group", "aria-label": say("tools") }, h("div", { class: "go" }, write, stop), this.buttons.continue, this.buttons.variations, h("span", { class: "spring" }), undo, redo, exportMenu, notes, phoneMenu);
  }

  exportItems() {
    return this.spec.exporters.map((one) => [pickWords(one.title), one.suffix, () => this.export(one.name)]);
  }

  async export(format) {
    if (!this.sheet.text.trim()) return void this.foot.show("note", say("tooShort"));
    const file = await this.ask("export", { form: this.spec.name, text: this.sheet.text, format, title: this.title(), manuscript: this.brief.values().language });
    if (file) download(file.name, file.data);
  }

  /** What a file is called: the page's own title, else the draft's, else the first line. */
  title() {
    const own = this.sheet.root.firstChild?.classList.contains("title") ? this.sheet.root.firstChild.textContent : "";
    return own || this.history.title || firstLine(this.sheet.text);
  }

  /** Ask, and show a refusal in the foot; undefined when there is no answer. */
  async ask(op, args) {
    try {
      return await this.room.link.ask(op, args);
    } catch (error) {
      if (error instanceof Refusal) this.error(error.told);
      else if (!(error instanceof Gone)) throw error;
      return undefined;
    }
  }

  // --- what the page shows ---------------------------------------------------------

  view(name) {
    this.element.dataset.view = name;
    for (const input of this.viewInputs) input.checked = input.value === name;
  }

  drawer() {
    this.element.classList.toggle("drawer");
  }

  showText(text) {
    this.scroll.keeping(() => this.sheet.load(text));
    this.textChanged();
  }

  textChanged() {
    const { text } = this.sheet;
    this.element.classList.toggle("blank-page", text === "");
    this.foot.showCount(countWords(text), this.brief.target);
    this.findings = stillThere(this.findings, text);
    this.sheet.markFindings(this.findings);
    this.margin.showFindings(this.findings, text, false);
    if (!this.runner?.busy) this.checkSoon();
  }

  edited() {
    this.bar.hide();
    if (!this.runner.busy) this.work.settle();
    this.history.touched();
    this.soon ??= requestAnimationFrame(() => {
      this.soon = null;
      this.textChanged();
    });
  }

  checkSoon() {
    clearTimeout(this.checking);
    this.checking = setTimeout(() => this.check(), CHECK_MS);
  }

  async check() {
    const { text } = this.sheet;
    if (!text.trim() || this.runner.busy || this.room.link.gone) return;
    const { brief } = this.brief.values();
    try {
      const found = await this.room.link.ask("check", { form: this.spec.name, text, brief, manuscript: this.sheet.root.lang.startsWith("zh") ? "Chinese" : "English" });
      this.findings = stillThere(placeFindings(found, text), this.sheet.text);
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Gone)) throw error;
      return;
    }
    this.sheet.markFindings(this.findings);
    this.margin.showFindings(this.findings, this.sheet.text);
  }

  goToFinding(one) {
    this.view("page");
    if (one.end <= one.start) return;
    this.element.classList.remove("drawer");
    this.sheet.root.focus({ preventScroll: true });
    this.quietSelection = true;
    this.sheet.select(one.start, one.end);
    this.scroll.toPassage(this.sheet.range(one.start, one.end));
    this.sheet.light(one.start, one.end);
  }

  selectionChanged() {
    if (!this.element.isConnected || this.panel.shown || this.runner.busy) return;
    const range = this.sheet.selection();
    if (!range || range.end - range.start < 2 || this.quietSelection) {
      this.quietSelection = false;
      if (!this.bar.element.contains(document.activeElement)) this.bar.hide();
      return;
    }
    this.bar.settle(() => {
      const now = this.sheet.selection();
      if (!now || now.end - now.start < 2) return;
      this.selected = now;
      this.bar.show(this.sheet.range(now.start, now.end).getBoundingClientRect(), this.pageElement.getBoundingClientRect());
    });
  }

  showTree() {
    this.margin.showVersions(this.history.tree);
    this.buttons.undo.setAttribute("aria-disabled", String(!this.history.tree.undoTarget()));
    this.buttons.redo.setAttribute("aria-disabled", String(!this.history.tree.redoTarget()));
  }

  busyLook(busy) {
    const had = document.activeElement === this.buttons.write || document.activeElement === this.buttons.stop;
    this.element.classList.toggle("busy", busy);
    const { write, stop } = this.buttons;
    for (const name of ["continue", "variations"]) this.buttons[name].setAttribute("aria-disabled", String(busy));
    const [on, off] = busy ? [stop, write] : [write, stop];
    on.removeAttribute("aria-hidden");
    on.tabIndex = 0;
    off.setAttribute("aria-hidden", "true");
    off.tabIndex = -1;
    if (had) on.focus({ preventScroll: true });
    if (busy) this.bar.hide();
  }

  // --- versions and drafts ---------------------------------------------------------

  async undo() {
    await this.settled();
    await this.history.undo();
  }

  async redo() {
    await this.settled();
    await this.history.redo();
  }

  async goTo(id) {
    await this.settled();
    await this.history.go(id);
    this.view("page");
  }

  async settled() {
    if (this.runner.busy) this.work.stop();
    await this.runner.closing;
    this.work.settle();
  }

  async nameVersion(id, name) {
    const node = this.history.tree.nodes.get(id);
    const changed = (node.name ?? "") !== name;
    node.name = name;
    this.showTree();
    if (changed) await this.history.enqueue(() => this.room.link.ask("name", { draft: this.history.draft, node: node.id, name }));
  }

  showModel(state) {
    const { current, coming, error } = state ?? {};
    if (current) this.brief.showModel(current, coming && `${coming.id}: ${tellComing(coming)}`);
    else if (error) this.brief.showNoModel(error);
    this.note.show(state, this.brief.values().language);
  }

  briefChanged() {
    this.note.show(this.room.model, this.brief.values().language);
    this.foot.showCount(countWords(this.sheet.text), this.brief.target);
    this.history?.keepSoon();
  }

  keep(copy) {
    const caret = document.activeElement === this.sheet.root ? this.sheet.selection() : null;
    return this.room.keep(this.spec.name, { ...copy, page: spoken(), caret, scroll: this.scroll.box.scrollTop });
  }

  kept(ok) {
    if (!ok) this.foot.show("note", say("storeFull"));
    else if (!this.runner.busy && this.sheet.text) this.foot.saved();
  }

  conflict() {
    this.foot.show("note", say("conflict"), [[say("seeVersions"), () => {
      this.margin.show("versions");
      this.view("notes");
      this.element.classList.add("drawer");
    }]]);
  }

  error(told, again = null) {
    const words = sentences(told.message, told.hint);
    this.foot.show("error", words, again ? [[say("tryAgain"), again]] : []);
  }

  async restore() {
    const copy = this.room.kept(this.spec.name);
    if (copy) {
      // An empty page is written in the language of the page it stands on, also after a switch.
      const switched = copy.page && copy.page !== spoken() && !copy.text && !copy.draft;
      this.brief.set(switched ? { ...copy, language: undefined } : copy);
      Object.assign(this.history, { draft: copy.draft ?? "", title: copy.title ?? "" });
      this.sheet.load(copy.text ?? "");
      requestAnimationFrame(() => this.resume(copy));
    }
    this.textChanged();
    this.showTree();
    if (!this.history.draft) {
      if (copy?.text) this.history.commit();
      return;
    }
    try {
      const draft = await this.room.link.ask("tree", { draft: this.history.draft });
      if (this.runner.busy || this.sheet.text !== (copy.text ?? "")) return;
      this.history.take(draft, copy.unsaved && copy.head ? copy.head : draft.head);
      if (copy.unsaved) this.history.commit();
      else if (draft.text !== this.sheet.text) this.showInPlace(draft.text);
    } catch (error) {
      if (error instanceof Refusal) {
        this.history.reset();
        this.history.commit();
      } else if (!(error instanceof Gone)) throw error;
    }
    this.showTree();
  }

  /** Another text, with the caret where it was: a run went on while the page was drawn anew. */
  showInPlace(text) {
    const caret = this.sheet.selection();
    this.showText(text);
    if (caret) this.sheet.select(Math.min(caret.start, text.length), Math.min(caret.end, text.length));
  }

  /** After a reload: the caret and the place on the page are where they were. */
  resume(copy) {
    if (!this.element.offsetParent) return;
    if (copy.scroll) this.scroll.set(copy.scroll);
    if (!copy.caret || document.activeElement !== document.body) return;
    this.sheet.root.focus({ preventScroll: true });
    this.quietSelection = true;
    this.sheet.select(copy.caret.start, copy.caret.end);
  }

  /** Put another draft on this desk, or an empty page when `draft` is null. */
  async open(draft) {
    await this.settled();
    await this.history.flush();
    this.history.reset();
    this.brief.set(draft ? { brief: draft.brief, language: draft.language } : { brief: { length: this.brief.length } });
    if (draft) this.history.take(draft, draft.head);
    this.findings = [];
    this.showText(draft?.text ?? "");
    this.showTree();
    this.history.keepNow();
    this.view(draft ? "page" : "brief");
    this.foot.show("ready", say("ready"));
  }

  /** The draft on this desk was deleted: an empty page, and nothing of it is saved again. */
  async leave() {
    this.history.reset();
    this.findings = [];
    this.showText("");
    this.showTree();
    this.history.keepNow();
  }

  /** The server is back: what was written meanwhile goes there. */
  reconnected() {
    this.history.resend();
  }

  escape() {
    return this.work.escape();
  }

  focusBar() {
    if (!this.bar.shown) return false;
    this.bar.element.querySelector(".btn")?.focus();
    return true;
  }

  tool(name, which) {
    if (name === "ideas") this.work.ideas(which);
    if (name === "model") this.room.models(this);
    if (name === "prompt") this.room.prompt(this);
  }

  runEvents() {
    return {
      state: (name, feed) => this.work.state(name, feed),
      piece: (i, text, run) => this.work.piece(i, text, run),
      variant: (i, run) => this.work.variant(i, run),
      end: (how, run) => this.work.end(how, run),
    };
  }
}
