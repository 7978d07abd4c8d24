// What floats over the page: the bar at a selection, the revision panel, the variations, the ideas.

import { button, freshId, h } from "./dom.mjs";
import { diffWords } from "./diff.mjs";
import { traits } from "./differs.mjs";
import { countWords } from "./text.mjs";
import { pickWords, say } from "./words.mjs";

const SETTLE_MS = 140;
const SHOWN_ACTIONS = 4;

/** Runs of a diff as `ins`, `del` and plain text. */
export function flow(before, after) {
  return diffWords(before, after).map(({ kind, text }) => {
    if (kind === "same") return document.createTextNode(text);
    return h(kind === "added" ? "ins" : "del", { text });
  });
}

export class SelectionBar {
  /** `on.act(action, instruction)`; actions are `[{name, title, help, asks}]`. */
  constructor(actions, on) {
    this.on = on;
    const plain = actions.filter((one) => !one.asks);
    this.free = actions.find((one) => one.asks);
    this.element = h("div", { class: "selection-bar", role: "toolbar", "aria-label": say("selectionBar") });
    this.element.append(...plain.map((one, i) => button(pickWords(one.title), i < SHOWN_ACTIONS ? "" : "later", () => this.act(one.name), { title: pickWords(one.help), dataset: { action: one.name }, hidden: i >= SHOWN_ACTIONS })));
    if (plain.length > SHOWN_ACTIONS || this.free) this.element.append(button(say("more"), "more-actions", () => this.open()));
    this.element.append(this.buildFree());
    // Pressing a button must not take the selection from the page.
    this.element.addEventListener("pointerdown", (event) => event.target.closest("input") || event.preventDefault());
    this.element.addEventListener("keydown", (event) => this.arrows(event));
  }

  buildFree() {
    this.wish = h("input", { type: "text", "aria-label": say("freeLabel"), placeholder: say("freeLabel"), maxlength: 500 });
    this.wish.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing && this.wish.value.trim()) {
        event.preventDefault();
        this.act(this.free.name, this.wish.value.trim());
      }
    });
    return h("div", { class: "free" }, this.wish, button(say("go"), "primary small", () => this.wish.value.trim() && this.act(this.free.name, this.wish.value.trim())));
  }

  /** The rest of the actions; once they are shown, the free wish. */
  open() {
    const later = [...this.element.querySelectorAll(".later[hidden]")];
    if (later.length) {
      later.forEach((one) => { one.hidden = false; });
      if (!this.free) this.element.querySelector(".more-actions").hidden = true;
      this.place();
      later[0].focus({ preventScroll: true });
      return;
    }
    this.element.classList.add("asking");
    this.wish.value = "";
    this.wish.focus();
  }

  arrows(event) {
    const buttons = [...this.element.querySelectorAll(":scope > .btn:not([hidden])")];
    const at = buttons.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (at < 0 || !step) return;
    event.preventDefault();
    buttons[(at + step + buttons.length) % buttons.length].focus();
  }

  settle(show) {
    clearTimeout(this.timer);
    this.timer = setTimeout(show, SETTLE_MS);
  }

  /** 50 px above the selection, below when there is no room; on a phone the style puts it at the bottom. */
  show(box, within) {
    this.box = box;
    this.within = within;
    this.element.classList.remove("asking");
    this.element.querySelectorAll(".later").forEach((one) => { one.hidden = true; });
    const more = this.element.querySelector(".more-actions");
    if (more) more.hidden = false;
    this.element.classList.add("on");
    this.place();
  }

  place() {
    const { box, within, element } = this;
    const above = box.top - 54;
    const top = above > within.top + 60 ? above : box.bottom + 10;
    const left = Math.max(within.left + 12, Math.min(box.left - 50, within.right - element.offsetWidth - 12));
    element.style.top = `${Math.min(top, within.bottom - 90) - within.top}px`;
    element.style.left = `${left - within.left}px`;
  }

  get shown() {
    return this.element.classList.contains("on");
  }

  hide() {
    clearTimeout(this.timer);
    this.element.classList.remove("on", "asking");
  }

  act(name, instruction = "") {
    this.hide();
    this.on.act(name, instruction);
  }
}

export class RevisionPanel {
  /** `on.take()`, `on.leave()`. */
  constructor(on) {
    this.flow = h("div", { class: "flow", tabindex: "0", "aria-live": "off" });
    this.what = h("span", { class: "what" });
    this.take = button(say("takeIt"), "primary", () => on.take());
    this.leave = button(say("leaveIt"), "", () => on.leave());
    this.element = h("section", { class: "revision", role: "region" }, this.flow, h("div", { class: "tail" }, this.take, this.leave, this.what));
  }

  show(verb, before) {
    this.verb = verb;
    this.before = before;
    this.after = "";
    this.take.setAttribute("aria-disabled", "true");
    this.flow.replaceChildren(document.createTextNode(before));
    this.what.textContent = say("revising", { verb });
    this.element.setAttribute("aria-label", verb);
    this.element.classList.add("on");
  }

  /** While it comes: the part reached so far against its beginning, the rest untouched. */
  grow(after) {
    this.after = after;
    const share = Math.min(this.before.length, after.length);
    this.flow.replaceChildren(...flow(this.before.slice(0, share), after), document.createTextNode(this.before.slice(share)));
  }

  done(after) {
    this.after = after;
    this.flow.replaceChildren(...flow(this.before, after));
    this.what.textContent = `${this.verb} · ${say("change", { n: countWords(after) - countWords(this.before) })}`;
    this.take.removeAttribute("aria-disabled");
    this.take.focus({ preventScroll: true });
  }

  get shown() {
    return this.element.classList.contains("on");
  }

  hide() {
    this.element.classList.remove("on");
  }
}

export class Cards {
  /** `on.keep(index)`, `on.none()`, `on.idea(text)`. */
  constructor(on) {
    this.on = on;
    this.title = h("h2", { text: say("pick") });
    this.row = h("div", { class: "cards-row" });
    this.none = button(say("keepNone"), "outline", () => on.none());
    this.element = h("section", { class: "cards", "aria-label": say("variations") }, h("div", { class: "cards-head" }, this.title, this.none), this.row);
  }

  /** `kind` is "variations" or "ideas"; ideas go on the page one by one. */
  open(count, kind, brief) {
    this.kind = kind;
    this.brief = brief;
    this.title.textContent = say(kind === "ideas" ? "pickIdea" : "pick");
    this.none.textContent = say(kind === "ideas" ? "close" : "keepNone");
    this.cards = Array.from({ length: count }, (_, i) => this.buildCard(i));
    this.row.replaceChildren(...this.cards.map((card) => card.element));
  }

  buildCard(i) {
    const body = h("div", { class: "body" });
    const about = h("span", { text: say("writing"), id: freshId("card") });
    const keep = button(say(this.kind === "ideas" ? "copyIdea" : "keepOne"), "outline", () => this.on.keep(i));
    keep.setAttribute("aria-describedby", about.id);
    return { element: h("article", { class: "card" }, body, h("div", { class: "tail" }, about, keep)), body, about, keep, done: false };
  }

  grow(i, text) {
    const { body } = this.cards[i];
    const node = body.firstChild;
    if (!node) body.append(document.createTextNode(text));
    else if (text.startsWith(node.data)) node.appendData(text.slice(node.data.length));
    else node.data = text;
  }

  text(i) {
    return this.cards[i].body.textContent;
  }

  done(i) {
    const card = this.cards[i];
    if (card.done) return;
    card.done = true;
    card.element.classList.add("done");
    card.about.textContent = say("count", { n: countWords(this.text(i)) });
    if (this.cards.every((one) => one.done)) this.tellApart();
  }

  tellApart() {
    if (this.kind === "ideas") return;
    const found = traits(this.cards.map((_, i) => this.text(i)), this.brief);
    this.cards.forEach((card, i) => {
      card.about.textContent = say("cardTail", { trait: say(found[i].key, found[i]), n: countWords(this.text(i)) });
    });
  }
}
