// The Training tab: pages in, a recipe, a training to watch, the difference to hear, the voices on the shelf.

import { button, h } from "./dom.mjs";
import { Gone, Refusal } from "./link.mjs";
import { drawPreview } from "./training_preview.mjs";
import { HearStep } from "./training_hear.mjs";
import { PagesStep } from "./training_pages.mjs";
import { ACTIVE } from "./training_progress.mjs";
import { RecipeStep } from "./training_recipe.mjs";
import { Trouble } from "./training_step.mjs";
import { VoicesStep } from "./training_voices.mjs";
import { WatchStep } from "./training_watch.mjs";
import { say, when } from "./words.mjs";

const POLL_MS = 2000;
const PREVIEW_MS = 350;

export class Training {
  /** `room` is what the whole page shares: link, forms, voices, dialogs. */
  constructor(room) {
    this.room = room;
    this.jobs = [];
    this.job = null;
    this.trouble = new Trouble();
    this.body = h("div", { class: "column" }, h("p", { class: "calm", text: say("tLoading") }));
    this.element = h("section", { class: "training", "aria-label": say("tTitle"), tabindex: "-1" }, this.body);
    // A file dropped beside the place for it must not take the page away.
    for (const kind of ["dragover", "drop"]) this.element.addEventListener(kind, (event) => event.preventDefault());
    setInterval(() => this.poll(), POLL_MS);
    document.addEventListener("visibilitychange", () => this.poll());
  }

  get shown() {
    return this.element.offsetParent !== null && document.visibilityState === "visible";
  }

  /** Ask the server; a refusal is shown where the writer is. */
  async ask(op, args = {}, trouble = this.trouble) {
    try {
      const answer = await this.room.link.ask(op, args);
      if (this.offline) this.trouble.show();
      this.offline = false;
      return answer ?? true;
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Gone)) throw error;
      this.offline = error instanceof Gone;
      (this.offline ? this.trouble : trouble).show(this.offline ? say("tOffline") : error.told);
      return undefined;
    }
  }

  async open() {
    let told;
    try {
      told = await this.room.link.ask("train_describe");
    } catch (error) {
      if (error instanceof Gone) return void this.later();
      if (!(error instanceof Refusal)) throw error;
      return void this.showGuest([error.told.message, error.told.hint]);
    }
    if (!told.offered) return void this.showGuest([say("tGuest"), told.why_not]);
    this.build(told);
    await Promise.all([this.loadJobs(), this.voices.load()]);
    const wanted = this.room.tab.read("training", null);
    const first = this.jobs.find((one) => one.id === wanted) ?? this.jobs.find((one) => ACTIVE.has(one.state));
    if (first && wanted !== "") this.showJob(first);
  }

  later() {
    this.body.replaceChildren(h("p", { class: "trouble", role: "alert", text: say("tOffline") }));
    setTimeout(() => this.open(), POLL_MS);
  }

  showGuest(sentences) {
    this.body.replaceChildren(h("h1", { text: say("tTitle") }), ...sentences.filter(Boolean).map((one) => h("p", { class: "lead", text: one })));
  }

  build(told) {
    const forms = [...this.room.forms.values()];
    this.pages = new PagesStep({ forms, formats: told.formats, rights: told.rights, limits: told.limits, change: () => this.previewSoon() });
    this.recipe = new RecipeStep({ told, start: () => this.start(), change: () => this.previewSoon() });
    this.watch = new WatchStep({ stop: () => this.stop(), resume: () => this.act("train_resume"), forget: () => this.forget(this.job), use: (step) => this.use(step) });
    this.hear = new HearStep({
      blind: () => this.ask("train_blind", { id: this.job.id }, this.hear.trouble), pick: (token, side) => this.ask("train_pick", { id: this.job.id, token, side }, this.hear.trouble),
      keep: () => this.voices.load(), remove: () => this.removeVoice(), write: () => this.write({ name: this.job.voice, form: this.job.form }),
    });
    this.voices = new VoicesStep({ ask: (op, args, trouble) => this.ask(op, args, trouble), forms: this.room.forms, host: this.room.dialogs, on: { write: (voice) => this.write(voice), changed: () => this.voicesChanged() } });
    this.another = button(say("tAnother"), "outline", () => this.showNew());
    this.line = h("ul", { class: "job-list" });
    this.line.setAttribute("aria-label", say("tTrainings"));
    this.trainings = h("div", { class: "trainings" }, h("h3", { text: say("tTrainings") }), this.line);
    this.voices.element.append(this.trainings);
    this.body.replaceChildren(h("div", { class: "title" }, h("h1", { text: say("tTitle") }), this.another), h("p", { class: "lead", text: say("tLead") }), this.trouble.element,
      this.pages.element, this.recipe.element, this.watch.element, this.hear.element, this.voices.element);
    this.showNew(false);
  }

  // --- the next voice ----------------------------------------------------------------

  showNew(chosen = true) {
    this.job = null;
    if (chosen) {
      this.room.tab.write("training", "");
      this.element.scrollTo({ top: 0 });
      window.scrollTo({ top: 0 });
    }
    this.arrange();
    if (chosen) this.pages.chooser.focus({ preventScroll: true });
  }

  arrange() {
    const watching = this.job !== null;
    this.pages.element.hidden = this.recipe.element.hidden = watching;
    this.watch.element.hidden = this.another.hidden = !watching;
    const hears = watching && this.hears(this.job);
    if (hears) this.hear.show(this.job);
    this.hear.element.hidden = !hears;
    this.showLine();
  }

  /** Whether there is something to hear: a voice that stands on the shelf, or at least what was found out. */
  hears(job) {
    return !ACTIVE.has(job.state) && (job.voice ? this.voices.has(job.voice) : Boolean(job.report.sentences?.length));
  }

  order() {
    return { ...this.pages.order(), ...this.recipe.order() };
  }

  previewSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.preview(), PREVIEW_MS);
  }

  async preview() {
    const { uploads } = this.pages;
    this.asked = JSON.stringify([uploads, this.order()]);
    if (!uploads.length) return void this.pages.preview.replaceChildren();
    if (this.pages.sending) return;
    const asked = this.asked;
    if (!this.pages.preview.firstChild) this.pages.preview.replaceChildren(h("p", { class: "calm", role: "status", text: say("tMoment") }));
    this.pages.preview.setAttribute("aria-busy", "true");
    const found = await this.ask("train_preview", { uploads, order: this.order() }, this.pages.trouble);
    if (asked !== this.asked) return;
    this.pages.preview.removeAttribute("aria-busy");
    if (!found) return void this.pages.preview.replaceChildren();
    this.pages.trouble.show();
    this.pages.refuse(found.left_out);
    this.pages.preview.replaceChildren(...drawPreview(found));
  }

  async start() {
    if (this.pages.missing() || this.recipe.missing()) return;
    this.recipe.busy(true);
    const id = await this.ask("train_start", { uploads: this.pages.uploads, order: this.order() }, this.recipe.trouble);
    this.recipe.busy(false);
    if (!id) return;
    this.pages.clear();
    this.pages.preview.replaceChildren();
    this.recipe.clear();
    await this.loadJobs();
    const job = this.jobs.find((one) => one.id === id);
    if (job) this.showJob(job, true);
  }

  // --- a training --------------------------------------------------------------------

  async loadJobs() {
    const jobs = await this.ask("train_jobs");
    if (!jobs) return;
    this.jobs = jobs;
    this.showLine();
  }

  showJob(job, go = false) {
    const had = this.job?.id === job.id ? this.job : null;
    this.job = job;
    this.jobs = this.jobs.map((one) => (one.id === job.id ? job : one));
    this.room.tab.write("training", job.id);
    this.element.classList.toggle("script", job.form === "screenplay");
    this.watch.show(job);
    this.arrange();
    // The voice is in the tabs the moment it stands on the shelf.
    if (had && had.voice !== job.voice) this.voices.changed();
    if (!go) return;
    this.element.scrollTo({ top: 0 });
    window.scrollTo({ top: 0 });
    this.watch.heading.setAttribute("tabindex", "-1");
    this.watch.heading.focus({ preventScroll: true });
  }

  async poll() {
    if (!this.shown || this.polling || !this.voices || (!this.offline && !this.jobs.some((one) => ACTIVE.has(one.state)))) return;
    this.polling = true;
    if (this.job && ACTIVE.has(this.job.state)) {
      const { id } = this.job;
      const job = await this.ask("train_job", { id });
      if (job && this.job?.id === id) this.showJob(job);
    }
    if (this.offline || this.jobs.some((one) => one.id !== this.job?.id && ACTIVE.has(one.state))) await this.loadJobs();
    this.polling = false;
  }

  async act(op, args = {}) {
    this.watch.trouble.show();
    const { id } = this.job;
    const job = await this.ask(op, { id, ...args }, this.watch.trouble);
    if (job && this.job?.id === id) this.showJob(job.id ? job : await this.room.link.ask("train_job", { id }));
    return Boolean(job);
  }

  stop() {
    this.watch.stopping();
    return this.act("train_stop");
  }

  async use(step) {
    if (!(await this.act("train_use", { step }))) return;
    this.watch.live.textContent = say("tUsed");
    await this.voices.changed();
  }

  async forget(job) {
    if (!(await this.ask("train_delete", { id: job.id }, job === this.job ? this.watch.trouble : this.trouble))) return;
    if (this.job?.id === job.id) this.showNew();
    await this.loadJobs();
  }

  /** Every training there is, but only where there is more than the one that is shown. */
  showLine() {
    const others = this.jobs.filter((one) => one.id !== this.job?.id);
    this.trainings.hidden = !others.length;
    const had = this.line.contains(document.activeElement);
    const known = JSON.stringify(others.map((one) => [one.id, one.state]));
    if (known === this.knownLine) return;
    this.knownLine = known;
    this.line.replaceChildren(...others.map((job) => h("li", {},
      h("button", { type: "button", class: "open", on: { click: () => this.openJob(job.id) } }, h("span", { class: "name", text: job.title }), h("span", { class: "about", text: `${say(`tState_${job.state}`)} · ${when(job.created)}` })),
      !ACTIVE.has(job.state) && button(say("tForget"), "small danger", () => this.forget(job), { "aria-label": say("tDeleteJob", { name: job.title }) }))));
    if (had) this.voices.importer.focus();
  }

  async openJob(id) {
    const job = await this.ask("train_job", { id });
    if (job) this.showJob(job, true);
  }

  // --- the voice ---------------------------------------------------------------------

  /** In the tabs' choice at once, and gone from here when it is gone from the shelf. */
  voicesChanged() {
    this.arrange();
    return this.room.hello();
  }

  removeVoice() {
    const { voice, title } = this.job;
    return this.voices.remove({ name: voice }, title);
  }

  /** To the form's tab, with the voice chosen. */
  async write({ name, form }) {
    await this.room.hello();
    const to = this.room.forms.has(form) ? form : [...this.room.forms.keys()][0];
    const desk = await this.room.goTo(to);
    desk.brief.set({ voice: name }, false);
    desk.briefChanged();
    desk.element.querySelector('[data-field="voice"] select').focus();
  }
}
