// The draft of one desk: its versions here and on the server, undo and redo, and what is kept locally.

import { Gone, Refusal } from "./link.mjs";
import { Tree } from "./tree.mjs";
import { countWords, firstLine } from "./text.mjs";

export const PAUSE_MS = 1200;
export const KEEP_MS = 800;

export class History {
  /** `page`: `text()`, `show(text)`, `brief()`, `language()`; `on`: `change()`, `kept(ok)`, `conflict()`, `error(told)`. */
  constructor({ link, form, keep, page, on }) {
    Object.assign(this, { link, form, keep, page, on });
    this.reset();
    this.queue = Promise.resolve();
    this.made = 0;
    this.busy = () => false;
  }

  reset() {
    this.tree = new Tree();
    this.draft = "";
    this.title = "";
    this.growing = "";
    this.unsaved = false;
  }

  /** The writer changed something: keep it here soon, and make it a version at the next pause. */
  touched() {
    this.unsaved = true;
    this.keepSoon();
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.commit(), PAUSE_MS);
  }

  keepSoon() {
    if (this.keeping) return;
    this.keeping = setTimeout(() => this.keepNow(), KEEP_MS);
  }

  keepNow() {
    clearTimeout(this.keeping);
    this.keeping = null;
    this.on.kept(this.keep({ text: this.page.text(), draft: this.draft, head: this.growing || this.serverId(this.tree.current), unsaved: this.pending, title: this.title, ...this.page.answers() }));
  }

  serverId(id) {
    return id && !id.startsWith("here-") ? id : "";
  }

  /** Whether the page has something that the server may not have. */
  get pending() {
    return this.unsaved || Boolean(this.tree.current && !this.serverId(this.tree.current));
  }

  /** Make what stands on the page a version if it is not one yet. */
  commit() {
    clearTimeout(this.pause);
    if (this.busy()) return;
    const text = this.page.text();
    const here = this.tree.here;
    if (here ? here.text === text : !text.trim()) {
      this.unsaved = false;
      return;
    }
    this.made += 1;
    const id = `here-${this.made}`;
    this.tree.add({ id, verb: "edit", text, words: countWords(text), time: Date.now() / 1000 });
    this.on.change();
    this.enqueue(() => this.saveEdit(id, text));
  }

  /** Saves happen one after the other, so that versions reach the server in order. */
  enqueue(act) {
    this.queue = this.queue.then(act).catch((error) => {
      if (error instanceof Refusal) this.on.error(error.told);
      else if (!(error instanceof Gone)) throw error;
    });
    return this.queue;
  }

  async saveEdit(id, text) {
    const node = this.tree.nodes.get(id);
    const verb = node?.verb ?? "edit";
    const head = this.serverId(node?.parent);
    const saved = await this.sendEdit(text, head, verb);
    const fresh = !this.draft;
    this.draft = saved.draft;
    if (fresh && saved.root && !this.tree.nodes.has(saved.root)) this.plant(saved.root);
    this.rename(id, saved.node);
    if (this.page.text() === text) this.unsaved = false;
    if (saved.conflict) {
      await this.refresh(saved.node);
      this.on.conflict();
    }
    this.keepNow();
    this.on.change();
  }

  /** Send again what the server has not got: versions made while it was away, oldest first. */
  resend() {
    this.commit();
    for (const node of [...this.tree.nodes.values()]) {
      if (!this.serverId(node.id)) this.enqueue(() => (this.tree.nodes.has(node.id) && !this.serverId(node.id) ? this.saveEdit(node.id, node.text) : null));
    }
  }

  async sendEdit(text, head, verb) {
    const answers = this.page.answers();
    const asked = { form: this.form, text, head, verb, brief: answers.brief, manuscript: answers.language, title: firstLine(text) };
    try {
      return await this.link.ask("save", { ...asked, draft: this.draft });
    } catch (error) {
      if (!(error instanceof Refusal) || error.told.kind !== "DraftNotFound") throw error;
      // The server has lost this draft; the page has not: begin it again.
      this.draft = "";
      return this.link.ask("save", { ...asked, draft: "", head: "" });
    }
  }

  /** The empty page that every draft starts with goes below the first version. */
  plant(root) {
    const first = [...this.tree.nodes.values()].find((node) => !node.parent);
    const rest = [...this.tree.nodes.values()];
    this.tree.nodes = new Map([[root, { id: root, parent: null, verb: "start", text: "", words: 0, time: first?.time ?? Date.now() / 1000 }]]);
    for (const node of rest) this.tree.nodes.set(node.id, node);
    if (first) {
      first.parent = root;
      this.tree.follow(first.id);
    } else this.tree.current = root;
  }

  rename(from, to) {
    if (from === to || !this.tree.nodes.has(from)) return;
    const nodes = [...this.tree.nodes.values()];
    this.tree.nodes = new Map();
    for (const node of nodes) {
      if (node.id === from) node.id = to;
      if (node.parent === from) node.parent = to;
      this.tree.nodes.set(node.id, node);
    }
    if (this.tree.current === from) this.tree.current = to;
    for (const [parent, child] of this.tree.chosen) {
      if (child === from) this.tree.chosen.set(parent, to);
      if (parent === from) {
        this.tree.chosen.delete(parent);
        this.tree.chosen.set(to, child);
      }
    }
  }

  /** Keep all that is on the page, here and there, before something that builds on it. */
  async flush() {
    this.commit();
    await this.queue;
    this.keepNow();
  }

  /** A run, revision or kept card became a version: `id` is the server's, or empty when it has none. */
  record(id, verb, text) {
    this.made += 1;
    this.growing = "";
    const node = { id: id || `here-${this.made}`, verb, text, words: countWords(text), time: Date.now() / 1000 };
    this.tree.add(node);
    this.unsaved = !id || this.page.text() !== text;
    this.keepNow();
    this.on.change();
    // What the writer typed meanwhile is a version of its own.
    if (this.page.text() !== text) this.commit();
    if (!id) this.enqueue(() => this.saveEdit(node.id, text));
  }

  async go(id) {
    await this.flush();
    const node = this.tree.nodes.get(id);
    if (!node) return;
    if (node.text === undefined) {
      try {
        node.text = (await this.link.ask("text", { draft: this.draft, node: id })).text;
      } catch (error) {
        if (error instanceof Refusal) this.on.error(error.told);
        return;
      }
    }
    this.tree.go(id);
    this.page.show(node.text);
    this.unsaved = false;
    this.enqueue(async () => {
      const server = this.serverId(this.tree.current);
      if (this.draft && server) await this.link.ask("go", { draft: this.draft, node: server });
    });
    this.keepNow();
    this.on.change();
  }

  async undo() {
    this.commit();
    const target = this.tree.undoTarget();
    if (target) await this.go(target.id);
  }

  async redo() {
    const target = this.tree.redoTarget();
    if (target) await this.go(target.id);
  }

  /** Take the tree from the server; the page's text stays as it is. */
  async refresh(current = "") {
    if (!this.draft) return;
    const known = new Map([...this.tree.nodes.values()].map((node) => [node.id, node.text]));
    const draft = await this.link.ask("tree", { draft: this.draft });
    this.take(draft, current || draft.head);
    for (const [id, text] of known) if (this.tree.nodes.has(id)) this.tree.nodes.get(id).text ??= text;
    const here = this.tree.here;
    if (here && here.id === draft.head) here.text ??= draft.text;
    this.on.change();
  }

  /** Stand on a draft as the server tells it: `{id, title, head, text, nodes}`. */
  take(draft, current) {
    this.draft = draft.id;
    this.title = draft.title;
    const nodes = draft.nodes.filter((node) => !node.proposal).map((node) => ({ ...node, parent: node.parent || null }));
    const shown = new Set(nodes.map((node) => node.id));
    for (const node of nodes) if (node.parent && !shown.has(node.parent)) node.parent = nodes[0].id;
    this.tree = new Tree(nodes, shown.has(current) ? current : draft.head);
    const head = this.tree.nodes.get(draft.head);
    if (head) head.text = draft.text;
  }
}
