// What the model is asked to do on a desk, and what becomes of it: pages, revisions, cards.

import { findPassage } from "./manuscript.mjs";
import { countWords, toCodePoints } from "./text.mjs";
import { pickWords, say, sentences } from "./words.mjs";

const CARDS = 3;

export class Work {
  constructor(desk) {
    this.desk = desk;
    this.revision = null;
    this.choosing = null;
  }

  get runner() {
    return this.desk.runner;
  }

  // --- beginning -------------------------------------------------------------------

  /** Whether the brief can be written from; else the first missing question is shown. */
  ready() {
    const missing = this.desk.brief.missing();
    if (!missing) return true;
    this.desk.view("brief");
    missing.input.focus();
    this.desk.foot.show("error", say("neededFoot", missing));
    return false;
  }

  write() {
    if (this.runner.busy || !this.ready()) return;
    const own = [...this.desk.history.tree.nodes.values()].some((node) => node.verb === "edit" && node.words > 0);
    if (this.desk.sheet.text.trim() && (own || this.desk.history.unsaved)) {
      this.desk.foot.show("ask", say("startOver"), [[say("startAgain"), () => this.startWrite()], [say("continueInstead"), () => this.continue()]]);
      return;
    }
    this.startWrite();
  }

  startWrite() {
    this.again = () => this.startWrite();
    this.begin("write", { action: "write" });
  }

  continue() {
    if (this.runner.busy) return;
    if (!this.desk.sheet.text.trim()) return void this.write();
    this.again = () => this.continue();
    this.begin("continue", { action: "continue" });
  }

  variations() {
    if (this.runner.busy || !(this.desk.sheet.text.trim() || this.ready())) return;
    this.again = () => this.variations();
    this.begin("variations", { action: this.desk.sheet.text.trim() ? "continue" : "write", variants: CARDS });
  }

  ideas(name = this.desk.spec.brainstorms[0]?.name) {
    if (this.runner.busy || !name) return;
    this.again = () => this.ideas(name);
    this.begin("ideas", { action: name, variants: CARDS });
  }

  revise(name, instruction = "") {
    const range = this.desk.selected;
    const { text } = this.desk.sheet;
    const picked = range ? text.slice(range.start, range.end) : "";
    const selection = picked.trim();
    if (this.runner.busy || !selection) return;
    // Blanks at its ends stay on the page: the new passage comes without any.
    const start = range.start + picked.indexOf(selection);
    this.again = () => this.revise(name, instruction);
    this.revision = { name, start, before: selection };
    this.begin("revise", { action: name, selection, selection_start: toCodePoints(text, start), instruction });
  }

  begin(kind, order) {
    const { desk } = this;
    desk.busyLook(true);
    desk.view("page");
    desk.element.classList.remove("drawer");
    if (kind !== "revise") this.revision = null;
    desk.panel.hide();
    if (kind === "revise") desk.panel.show(this.verb(order.action), this.revision.before);
    if (kind === "variations" || kind === "ideas") this.openCards(kind);
    this.runner.start(kind, async () => {
      await desk.history.flush();
      if (desk.room.link.gone) {
        this.runner.run = null;
        this.finishLook("gone");
        return null;
      }
      this.base = desk.sheet.text;
      const { writer, language: page } = desk.room.link;
      return { writer, page, form: desk.spec.name, ...desk.brief.values(), text: this.base, draft: desk.history.draft, head: desk.history.serverId(desk.history.tree.current), ...order };
    });
  }

  verb(name) {
    const { spec } = this.desk;
    return pickWords([...spec.actions, ...spec.brainstorms].find((one) => one.name === name)?.title ?? name);
  }

  stop() {
    this.runner.stop();
  }

  // --- while it runs ---------------------------------------------------------------

  state(name, feed) {
    const { foot } = this.desk;
    if (name === "waiting") foot.show("waiting", say("waiting", { n: feed.ahead ?? 0 }));
    else if (name === "loading") foot.show("loading", say("loading"));
    else if (name === "writing") foot.show("writing", say("writing"));
    else if (name === "stopped") {
      this.desk.busyLook(false);
      foot.show("stopped", say("stopped", { n: this.written() }));
    }
  }

  written() {
    const seen = (this.runner.run ?? this.runner.stopping)?.seen ?? [];
    return seen.reduce((sum, text) => sum + countWords(text), 0);
  }

  piece(i, text, run) {
    const { desk } = this;
    if (run.kind === "revise") return void desk.panel.grow(run.seen[0]);
    if (run.kind === "variations" || run.kind === "ideas") return void desk.cards.grow(i, run.seen[i].trimStart());
    if (!run.began) {
      run.began = true;
      // A reload in the middle finds the draft and the version that grows.
      desk.history.draft = run.draft || desk.history.draft;
      desk.history.growing = run.nodes[0] ?? "";
      const blank = run.kind === "write";
      desk.sheet.begin(desk.sheet.text.length, blank);
      desk.element.classList.remove("blank-page");
      if (blank) desk.scroll.set(0);
      desk.scroll.begin();
    }
    desk.sheet.push(text);
    desk.scroll.follow();
    desk.history.keepSoon();
    this.counting ??= setTimeout(() => {
      this.counting = null;
      desk.foot.showCount(countWords(desk.sheet.text), desk.brief.target);
    }, 120);
  }

  variant(i, run) {
    if (run.kind === "variations" || run.kind === "ideas") this.desk.cards.done(i);
  }

  // --- the end ---------------------------------------------------------------------

  end(how, run) {
    const { desk } = this;
    const text = run.seen.join("");
    const words = run.seen.reduce((sum, one) => sum + countWords(one), 0);
    desk.busyLook(false);
    this.report = run.report ?? this.report;
    if (words) desk.note.met();
    if (run.kind === "write" || run.kind === "continue") this.endPage(run, text);
    else if (run.kind === "revise") this.endRevision(how, text, run);
    else this.endCards(how, run);
    this.finishLook(how, words, run);
  }

  finishLook(how, words = 0, run = null) {
    const { desk } = this;
    desk.busyLook(false);
    if (how === "gone") desk.foot.show("gone", say("gone"));
    else if (how === "error") desk.error(run.error, this.again);
    else if (how === "broken") desk.error({ message: say("broken") }, this.again);
    else if (how === "done" && !words) desk.error({ message: say("wroteNothing") }, this.again);
    else if (how === "stopped") desk.foot.show("stopped", say("stopped", { n: words }));
    else if (run.kind === "write" || run.kind === "continue") desk.foot.show("done", sentences(`${say("wrote", { n: words })}${run.report?.trimmed ? say("stop1") : ""}`, run.report?.trimmed));
    else desk.foot.show("done", say("proposed", { n: words }));
  }

  endPage(run, text) {
    const { desk } = this;
    desk.scroll.end();
    if (!run.began) return void this.forget(run);
    desk.sheet.end();
    this.record(run, 0, run.kind, (run.kind === "write" ? "" : this.base) + text);
  }

  /** A run that wrote nothing: its empty version is left, and the server shows again what the page shows. */
  forget(run) {
    const { history, room } = this.desk;
    const head = history.serverId(history.tree.current);
    history.growing = "";
    if (run.draft && history.tree.nodes.size === 0) {
      history.draft = run.draft;
      history.enqueue(() => history.refresh());
    } else if (run.nodes.length && head) history.enqueue(() => room.link.ask("go", { draft: history.draft, node: head }));
  }

  /** A version made by a run; a proposal that is taken becomes the version shown on the server too. */
  record(run, i, verb, text, taken = false) {
    const { desk } = this;
    const { history } = desk;
    const node = run.nodes[i] ?? "";
    // A draft that the run itself began: its first version, the empty page, is known to the server only.
    const fresh = run.draft && history.tree.nodes.size === 0;
    if (run.draft) history.draft = run.draft;
    history.record(node, verb, text);
    if (taken && node) history.enqueue(() => this.tellTaken(node, verb));
    if (fresh) history.enqueue(() => history.refresh(history.serverId(history.tree.current)));
    desk.textChanged();
  }

  /** The server stands on a version that was taken, and knows which of several it was. */
  async tellTaken(node, verb) {
    const { history, room } = this.desk;
    if (verb.startsWith("variation ")) await room.link.ask("name", { draft: history.draft, node, name: verb });
    await room.link.ask("go", { draft: history.draft, node });
  }

  endRevision(how, text, run) {
    if (how === "done" && text.trim() && this.revision) {
      Object.assign(this.revision, { after: text, run });
      this.desk.panel.done(text);
    } else this.desk.panel.hide();
  }

  // --- revisions -------------------------------------------------------------------

  take() {
    const { desk, revision } = this;
    if (!revision?.after) return;
    const start = findPassage(revision.before, revision.start, desk.sheet.text);
    desk.panel.hide();
    this.revision = null;
    if (start === null) return void desk.foot.show("note", say("passageGone"));
    desk.scroll.keeping(() => desk.sheet.replace(start, start + revision.before.length, revision.after));
    desk.sheet.root.focus({ preventScroll: true });
    desk.sheet.select(start + revision.after.length, start + revision.after.length);
    const expected = this.base.slice(0, revision.start) + revision.after + this.base.slice(revision.start + revision.before.length);
    const untouched = desk.sheet.text === expected;
    this.record(untouched ? revision.run : { nodes: [], draft: revision.run.draft }, 0, revision.name, desk.sheet.text, true);
    desk.foot.show("done", say("change", { n: countWords(revision.after) - countWords(revision.before) }));
  }

  leave() {
    this.revision = null;
    this.desk.foot.show("ready", say("ready"));
    this.desk.panel.hide();
    this.desk.sheet.root.focus({ preventScroll: true });
  }

  /** What was half open gives way to what the writer does now. */
  settle() {
    if (this.desk.foot.state === "ask") this.desk.foot.show("ready", say("ready"));
  }

  // --- cards -----------------------------------------------------------------------

  openCards(kind) {
    const { desk } = this;
    this.choosing = { kind };
    desk.cards.open(CARDS, kind, desk.brief.values().brief);
    desk.element.classList.add("choosing");
  }

  endCards(how, run) {
    if (!this.choosing) return;
    this.choosing.run = run;
    if (how === "error" && !run.seen.some(Boolean)) return void this.closeCards();
    for (const [i, text] of run.seen.entries()) if (text) this.desk.cards.done(i);
  }

  keepCard(i) {
    const { desk, choosing } = this;
    const { run } = choosing;
    const text = run?.seen[i];
    if (!text) return;
    this.choosing = null;
    desk.element.classList.remove("choosing");
    const before = desk.sheet.text;
    const seam = choosing.kind === "ideas" && before.trim() ? "\n\n" : "";
    desk.sheet.replace(before.length, before.length, seam + text);
    desk.element.classList.toggle("blank-page", desk.sheet.text === "");
    const asServer = choosing.kind === "variations" && before === this.base;
    const verb = choosing.kind === "ideas" ? run.order.action : `variation ${i + 1}`;
    this.record(asServer ? run : { nodes: [], draft: run.draft }, i, verb, desk.sheet.text, true);
    desk.scroll.toPassage(desk.sheet.range(before.length, before.length));
    desk.sheet.root.focus({ preventScroll: true });
    desk.sheet.select(desk.sheet.text.length, desk.sheet.text.length);
  }

  closeCards() {
    if (this.runner.busy) this.stop();
    else if (this.desk.foot.state !== "error") this.desk.foot.show("ready", say("ready"));
    this.choosing = null;
    this.desk.element.classList.remove("choosing");
  }

  /** Whether something is being written, or lies open and would be lost with the page: cards, a revision. */
  get open() {
    return this.runner.busy || Boolean(this.choosing) || this.desk.panel.shown;
  }

  /** Esc: stop, else close what is open; whether there was anything. */
  escape() {
    const { desk } = this;
    if (this.runner.busy) this.stop();
    else if (desk.panel.shown) this.leave();
    else if (this.choosing) this.closeCards();
    else if (desk.bar.shown) desk.bar.hide();
    else if (desk.foot.state === "ask") this.settle();
    else if (desk.element.classList.contains("drawer")) desk.element.classList.remove("drawer");
    else return false;
    return true;
  }
}
