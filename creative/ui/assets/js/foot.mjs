// The foot: one line that tells the state, and the polite region that repeats it once per state.

import { button, h } from "./dom.mjs";
import { say } from "./words.mjs";

const LONG_WAIT_MS = 10_000;
const SAVED_MS = 2_000;

export class Foot {
  constructor() {
    this.line = h("span", { class: "say" });
    this.count = h("span", { class: "count" });
    this.live = h("div", { class: "sr", role: "status", "aria-live": "polite" });
    this.beside = h("span", { class: "aside" });
    this.element = h("div", { class: "foot", dataset: { state: "ready" } }, h("span", { class: "dot" }), this.line, this.beside, this.count);
    this.state = "";
    this.show("ready", say("ready"));
  }

  /** Show a state; `actions` are `[label, act]`. The same state said again only updates its words. */
  show(state, words, actions = []) {
    clearTimeout(this.timer);
    clearInterval(this.clock);
    const changed = state !== this.state;
    if (changed) this.since = Date.now();
    this.state = state;
    this.element.dataset.state = state;
    this.paint(words, actions);
    if (changed || state === "error") this.live.textContent = words;
    if (["waiting", "loading"].includes(state)) {
      this.clock = setInterval(() => {
        const waited = Date.now() - this.since;
        if (waited >= LONG_WAIT_MS) this.paint(`${words} · ${say("seconds", { n: Math.round(waited / 1000) })}`, actions);
      }, 1000);
    }
  }

  paint(words, actions) {
    const parts = [h("span", { text: words })];
    if (this.state === "writing") parts.push(h("kbd", { text: "Esc" }), h("span", { class: "esc-hint", text: say("toStop") }));
    for (const [label, act] of actions) parts.push(button(label, "link", act));
    this.line.replaceChildren(...parts);
  }

  /** Say that the text is saved, for two seconds, unless something more important stands there. */
  saved() {
    if (!["ready", "done", "stopped", "saved"].includes(this.state)) return;
    const before = this.state === "saved" ? this.before : { state: this.state, words: this.line.textContent };
    this.before = before;
    this.state = "saved";
    this.element.dataset.state = "saved";
    this.paint(say("saved"), []);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(before.state, before.words), SAVED_MS);
  }

  /** Words beside the state that stay while it changes; empty takes them away. */
  aside(words) {
    this.beside.textContent = words;
    if (words) this.live.textContent = words;
  }

  showCount(n, target) {
    const words = say("count", { n, of: target });
    if (this.count.textContent !== words) this.count.textContent = words;
  }
}
