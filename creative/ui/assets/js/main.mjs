// The page as a whole: one room for all desks, the bar, the keys; what Gradio's components call.

import { Desk } from "./desk.mjs";
import { showCompare, showKeys, showModels, showPrompt } from "./dialogs.mjs";
import { h, icon } from "./dom.mjs";
import { DraftsDialog, draftsButton } from "./drafts.mjs";
import { Gone, Link, Refusal } from "./link.mjs";
import { Store } from "./store.mjs";
import { Training } from "./training.mjs";
import { say, speak, spoken } from "./words.mjs";

const MODEL_POLL_MS = 2000;
const SERVER_POLL_MS = 10000;
const SWITCH_POLL_MS = 300;

class Room {
  constructor() {
    this.store = new Store(window.localStorage);
    this.tab = new Store(window.sessionStorage);
    this.id = Math.random().toString(36).slice(2);
    this.desks = new Map();
    this.forms = new Map();
    this.waiting = new Map();
    this.voices = [];
    this.link = new Link({
      ask: (question) => this.server.ask(question),
      health: () => fetch(new URL("folio/health", document.baseURI), { cache: "no-store" }),
      writer: this.store.writer(),
      language: spoken(),
    });
    this.link.listeners.add((news) => this.connection(news));
    window.addEventListener("storage", (event) => this.otherTab(event));
    window.addEventListener("pagehide", () => this.keepAll());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.keepAll());
  }

  keepAll() {
    this.tab.write("tab", this.training?.element.offsetParent ? "training" : this.here()?.spec.name ?? "");
    for (const desk of this.desks.values()) desk.history.keepNow();
  }

  /** A desk's copy: this tab's own survives a reload, the latest of all tabs a closed one. */
  keep(form, copy) {
    const full = { ...copy, tab: this.id };
    this.tab.write(`desk.${form}`, full);
    return this.store.write(`desk.${form}`, full);
  }

  kept(form) {
    return this.tab.read(`desk.${form}`) ?? this.store.read(`desk.${form}`);
  }

  otherTab(event) {
    const form = /^folio\.desk\.(.+)$/.exec(event.key ?? "")?.[1];
    const desk = this.desks.get(form);
    const copy = form && this.store.read(`desk.${form}`);
    if (!desk || !copy?.draft || copy.draft !== desk.history.draft || desk.runner.busy || desk.warned) return;
    desk.warned = true;
    desk.foot.show("note", say("elsewhere"));
  }

  connection(news) {
    for (const desk of this.desks.values()) {
      if (news === "gone" && !desk.runner.busy) desk.foot.show("gone", say("gone"));
      if (news === "back") {
        desk.foot.show("back", say("back"));
        desk.reconnected();
      }
    }
  }

  mountBar(element, props, server) {
    this.server = server;
    for (const form of props.forms ?? []) this.forms.set(form.name, form);
    this.dialogs = h("div", { class: "dialogs" });
    const drafts = new DraftsDialog(this.dialogs, this);
    const other = spoken() === "zh" ? "en" : "zh-CN";
    element.replaceChildren(
      h("a", { class: "skip", href: "#", text: say("skip"), on: { click: (event) => { event.preventDefault(); (this.here()?.sheet.root ?? this.training?.element)?.focus(); } } }),
      h("span", { class: "brand", text: say("brand") }),
      h("div", { class: "corner" }, draftsButton(drafts),
        h("button", { type: "button", class: "language", lang: other, text: say("language"), title: say("languageName"), on: { click: (event) => this.switchLanguage(other, event.currentTarget) } }),
        h("button", { type: "button", class: "theme", title: say("theme"), "aria-label": say("theme"), on: { click: () => this.switchTheme() } }, icon("theme"))),
      this.dialogs);
    this.hello();
    const tab = this.tab.read("tab");
    // The tabs are drawn after the bar; the one that was open opens again.
    if (this.forms.has(tab) || tab === "training") this.goToSoon(tab);
  }

  goToSoon(form) {
    if (this.desks.size) this.showTab(form);
    else setTimeout(() => this.goToSoon(form), 30);
  }

  async hello() {
    try {
      const told = await this.link.ask("hello");
      this.voices = told.voices;
      for (const desk of this.desks.values()) desk.brief.showVoices(this.voicesFor(desk.spec.name));
      this.showModel(told.model);
    } catch (error) {
      if (!(error instanceof Gone || error instanceof Refusal)) throw error;
    }
  }

  voicesFor(form) {
    return this.voices.filter((voice) => !voice.form || voice.form === form);
  }

  /** The model in use in every brief; asked for again while one is on its way. */
  showModel(state) {
    this.model = state;
    for (const desk of this.desks.values()) desk.showModel(state);
    clearTimeout(this.asking);
    const changing = !state.current || state.coming;
    // A server may go away without a word.
    if (changing || state.watched) this.asking = setTimeout(() => this.hello(), changing ? MODEL_POLL_MS : SERVER_POLL_MS);
  }

  mountDesk(element, props, trigger, server) {
    this.server ??= server;
    this.forms.set(props.spec.name, props.spec);
    const desk = new Desk(props.spec, { trigger, room: this });
    this.desks.set(props.spec.name, desk);
    element.replaceChildren(desk.element);
    // Gradio names the panel for the tab but not the tab for the panel.
    element.closest('[role="tabpanel"]')?.setAttribute("aria-labelledby", `tab-${props.spec.name}-button`);
    desk.brief.showVoices(this.voicesFor(props.spec.name));
    desk.showModel(this.model);
    this.waiting.get(props.spec.name)?.(desk);
  }

  mountTraining(element, server) {
    this.server ??= server;
    this.training = new Training(this);
    element.replaceChildren(this.training.element);
    element.closest('[role="tabpanel"]')?.setAttribute("aria-labelledby", "tab-training-button");
    this.training.open();
  }

  feed(form, value) {
    if (value) this.desks.get(form)?.runner.receive(value);
  }

  /** The desk whose tab is shown. */
  here() {
    return [...this.desks.values()].find((desk) => desk.element.offsetParent !== null) ?? null;
  }

  showTab(name) {
    document.querySelector(`.tab-container[role="tablist"] button[role="tab"][data-tab-id="${CSS.escape(name)}"]`)?.click();
  }

  /** Show a form's tab and give its desk, which may have to be drawn first. */
  async goTo(form) {
    this.showTab(form);
    return this.desks.get(form) ?? new Promise((resolve) => { this.waiting.set(form, resolve); });
  }

  compare(desk, from) {
    showCompare(this.dialogs, desk, from);
  }

  models() {
    showModels(this.dialogs, this);
  }

  prompt(desk) {
    showPrompt(this.dialogs, desk);
  }

  switchTheme() {
    const dark = !document.documentElement.classList.contains("dark");
    this.store.write("theme", dark ? "dark" : "light");
    document.documentElement.classList.toggle("dark", dark);
    document.body.classList.toggle("dark", dark);
  }

  /** The page is drawn anew in the other language; what is being written or chosen is finished first. */
  async switchLanguage(tag, button) {
    const open = [...this.desks.values()].filter((desk) => desk.work.open);
    clearTimeout(this.switching);
    if (open.length > 0) {
      // A second press takes the wish back.
      const waits = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(waits));
      for (const desk of this.desks.values()) desk.foot.aside(waits ? say("languageSoon") : "");
      if (waits) this.switchWhenDone(tag, button);
      return;
    }
    this.store.write("language", tag);
    await Promise.race([Promise.all([...this.desks.values()].map((desk) => desk.settled().then(() => desk.history.flush()))), new Promise((resolve) => setTimeout(resolve, 2500))]);
    this.keepAll();
    location.reload();
  }

  switchWhenDone(tag, button) {
    const wait = () => {
      if ([...this.desks.values()].some((desk) => desk.work.open)) this.switching = setTimeout(wait, SWITCH_POLL_MS);
      else this.switchLanguage(tag, button);
    };
    wait();
  }

  key(event) {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    const desk = this.here();
    if (!desk) return;
    const act = this.shortcut(event, desk);
    if (!act) return;
    if (act() === false) return;
    event.preventDefault();
    event.stopPropagation();
  }

  shortcut(event, desk) {
    const command = event.ctrlKey || event.metaKey;
    const writing = document.activeElement?.matches("input, textarea, select");
    // Undo outside the fields is ours: the browser would undo in whichever field was last typed in.
    const key = event.key.toLowerCase();
    if (event.key === "Escape") return () => desk.escape();
    if (command && event.key === "Enter") return () => void (event.shiftKey ? desk.work.continue() : desk.work.write());
    if (command && !writing && key === "z") return () => void (event.shiftKey ? desk.redo() : desk.undo());
    if (command && !writing && key === "y") return () => void desk.redo();
    if (command && event.shiftKey && key === "e") return () => desk.focusBar();
    if (command && event.key === ".") return () => void desk.element.classList.toggle("quiet");
    const onSheet = desk.sheet.root.contains(document.activeElement);
    if (event.key === "?" && !command && !writing && !onSheet) return () => void showKeys(this.dialogs);
    return null;
  }
}

speak(document.documentElement.lang);
const room = new Room();
document.addEventListener("keydown", (event) => room.key(event), true);

window.folio = {
  bar: (element, props, server) => room.mountBar(element, props, server),
  desk: (element, props, trigger, server) => room.mountDesk(element, props, trigger, server),
  training: (element, _, server) => room.mountTraining(element, server),
  feed: (props, watch) => {
    // The feed's text never meets a template: it goes from the value straight to the desk.
    watch("value", () => room.feed(props.form, props.value));
  },
  room,
};
window.dispatchEvent(new Event("folio"));
