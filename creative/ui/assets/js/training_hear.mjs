// Step 4: hear the difference, the report in sentences, the test without looking, keep it or not.

import { button, h } from "./dom.mjs";
import { keptOf } from "./training_progress.mjs";
import { buildSelect, buildStep, fold, Trouble } from "./training_step.mjs";
import { say } from "./words.mjs";

const ROUNDS = 3;
const LONG_WAIT_MS = 10_000;
const SIDES = ["left", "right", "neither"];

export class HearStep {
  /** `on`: `blind()`, `pick(token, side)` ask the server; `keep()`, `remove()`, `write()` end the step. */
  constructor(on) {
    this.on = on;
    this.trouble = new Trouble();
    this.brief = buildSelect(say("tBrief"), [], { change: () => this.read() });
    this.texts = [0, 1].map(() => h("div", { class: "body", tabindex: "0", role: "group" }));
    this.names = [0, 1].map(() => h("h3", {}));
    this.pair = h("div", { class: "pair" }, ...this.texts.map((text, i) => h("div", { class: "sample" }, this.names[i], text)));
    this.report = h("div", { class: "report" });
    this.blind = h("div", { class: "blind" });
    this.kept = h("p", { class: "told", role: "status" });
    this.help = h("p", { class: "help", text: say("tHearHelp") });
    this.acts = h("div", { class: "acts" },
      button(say("tKeep"), "primary", () => this.keep()), button(say("tWriteWith"), "outline", () => on.write()), button(say("tDelete"), "danger", () => on.remove()));
    this.element = buildStep("hear", "4", say("tHear"), this.help, this.brief.element, this.pair, this.report, this.blind, this.acts, this.trouble.element, this.kept);
  }

  show(job) {
    const known = JSON.stringify([job.id, job.kept_step, job.voice, Object.keys(job.report).length]);
    if (known === this.known) return;
    const another = this.job?.id !== job.id;
    this.known = known;
    this.job = job;
    this.before = job.evaluations.find((one) => one.step === 0)?.cards ?? [];
    this.after = keptOf(job)?.cards ?? [];
    const both = this.before.filter((_, i) => this.after[i]);
    this.brief.select.replaceChildren(...both.map((card, i) => h("option", { value: i, text: card.title })));
    this.brief.element.hidden = this.pair.hidden = this.help.hidden = !both.length || !job.voice;
    this.blind.hidden = this.acts.hidden = !job.voice;
    ["tPlain", null].forEach((key, i) => {
      const name = key ? say(key) : job.title;
      this.names[i].textContent = name;
      this.texts[i].setAttribute("aria-label", name);
    });
    this.read();
    this.showReport(job.report);
    if (!another) return;
    this.kept.textContent = "";
    this.trouble.show();
    this.offerBlind();
  }

  read() {
    const i = Number(this.brief.select.value || 0);
    this.texts[0].textContent = this.before[i]?.text.trim() || say("tNoSample");
    this.texts[1].textContent = this.after[i]?.text.trim() || say("tNoSample");
  }

  showReport(report) {
    const sentences = report.sentences ?? [];
    const warnings = report.warnings ?? [];
    this.report.hidden = !sentences.length && !warnings.length;
    this.report.replaceChildren(h("h3", { text: say("tVerdict") }), ...sentences.slice(0, 1).map((one) => h("p", { class: "verdict", text: one })),
      ...warnings.map((one) => h("p", { class: "warning", text: one })),
      ...sentences.slice(1).map((one) => h("p", { text: one })), fold(say("tDetails"), drawFigures(report)));
  }

  // --- without looking ---------------------------------------------------------------

  offerBlind() {
    this.round = 0;
    this.ahead = null;
    this.blind.replaceChildren(h("h3", { text: say("tBlind") }), h("p", { class: "help", text: say("tBlindHelp") }), button(say("tBlindStart"), "outline", () => this.nextPair()));
  }

  async nextPair() {
    this.round += 1;
    this.blind.replaceChildren(h("h3", { text: say("tBlind") }), h("p", { class: "help", role: "status", text: say("tBlindWriting") }), this.waitLine());
    const asked = this.job.id;
    const pair = await (this.ahead ?? this.on.blind());
    this.ahead = null;
    if (this.job.id !== asked) return;
    if (!pair) return void this.offerBlind();
    // The next two are written while these are read.
    if (this.round < ROUNDS) this.ahead = this.on.blind();
    const question = h("p", { class: "question", tabindex: "-1", text: say("tBlindRound", { n: this.round, of: ROUNDS }) });
    const texts = SIDES.slice(0, 2).map((side, i) => h("div", { class: "sample" }, h("div", { class: "body", tabindex: "0", role: "group", "aria-label": say("tBlindText", { n: i + 1 }), text: pair[side].trim() || say("tNoSample") })));
    const labels = ["tBlindLeft", "tBlindRight", "tBlindNeither"];
    this.blind.replaceChildren(h("h3", { text: say("tBlind") }), question, h("p", { class: "help", text: pair.brief }), h("div", { class: "pair" }, ...texts),
      h("div", { class: "acts" }, ...SIDES.map((side, i) => button(say(labels[i]), "outline", () => this.pick(pair.token, side)))));
    question.focus();
  }

  /** The seconds of a long wait; readers are not told each of them. */
  waitLine() {
    const line = h("p", { class: "help", "aria-hidden": "true" });
    const since = Date.now();
    const clock = setInterval(() => {
      if (!line.isConnected) return void clearInterval(clock);
      if (Date.now() - since >= LONG_WAIT_MS) line.textContent = say("seconds", { n: Math.round((Date.now() - since) / 1000) });
    }, 1000);
    return line;
  }

  async pick(token, side) {
    for (const one of this.blind.querySelectorAll("button")) one.setAttribute("aria-disabled", "true");
    const counted = await this.on.pick(token, side);
    if (!counted) return void this.offerBlind();
    if (this.round < ROUNDS) return void this.nextPair();
    this.tell(counted);
  }

  /** What was chosen, only now that nothing more is to be chosen. */
  tell(counted) {
    const told = h("p", { class: "verdict", tabindex: "-1", text: say("tBlindAll", counted) });
    this.blind.replaceChildren(h("h3", { text: say("tBlind") }), told, button(say("tBlindAgain"), "outline", () => {
      this.offerBlind();
      this.nextPair();
    }));
    told.focus();
  }

  keep() {
    this.kept.textContent = say("tKept", { name: this.job.title });
    this.on.keep();
  }
}

/** The numbers the sentences stand on. */
function drawFigures(report) {
  const rows = [];
  const add = (name, value) => {
    if (typeof value === "number") rows.push([name, Number(value.toPrecision(4)).toLocaleString("en-US")]);
    else if (typeof value === "string" || typeof value === "boolean") rows.push([name, String(value)]);
    else if (value && !Array.isArray(value)) for (const [key, inner] of Object.entries(value)) add(`${name} · ${key.replaceAll("_", " ")}`, inner);
  };
  for (const key of ["perplexity", "voice_distance", "memorisation", "diversity"]) add(key.replaceAll("_", " "), report[key]);
  return h("dl", { class: "facts" }, ...rows.map(([name, value]) => h("div", {}, h("dt", { text: name }), h("dd", { text: value }))));
}
