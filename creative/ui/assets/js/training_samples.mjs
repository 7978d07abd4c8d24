// The same brief at two moments of a training, side by side; a person picks the one to use by reading.

import { button, h } from "./dom.mjs";
import { ACTIVE, keptOf, momentName } from "./training_progress.mjs";
import { buildSelect, fold } from "./training_step.mjs";
import { say } from "./words.mjs";

export class Samples {
  /** `use(step)` makes another moment the voice. */
  constructor({ use }) {
    this.use = use;
    this.brief = buildSelect(say("tBrief"), [], { change: () => this.read() });
    this.sides = ["tLeftSide", "tRightSide"].map((side) => this.buildSide(say(side)));
    this.element = fold(say("tSamples"), h("p", { class: "help", text: say("tSamplesHelp") }), this.brief.element, h("div", { class: "pair" }, ...this.sides.map((side) => side.element)));
    this.element.classList.add("samples");
    this.element.hidden = true;
  }

  buildSide(name) {
    const side = { touched: false };
    side.select = h("select", { "aria-label": say("tMoment2", { side: name }), on: { change: () => {
      side.touched = true;
      this.read();
    } } });
    side.text = h("div", { class: "body", tabindex: "0", role: "group", "aria-label": name });
    side.act = h("div", { class: "tail" });
    side.element = h("div", { class: "sample" }, h("div", { class: "field" }, side.select), side.text, side.act);
    return side;
  }

  show(job) {
    this.moments = job.evaluations.filter((one) => one.cards.length);
    if (job.id !== this.job?.id) for (const side of this.sides) side.touched = false;
    // Open while it learns; at the end the next step shows before and after.
    if (job.id !== this.job?.id || job.state !== this.job.state) this.element.open = ACTIVE.has(job.state) || !job.voice;
    this.job = job;
    this.element.hidden = !this.moments.length;
    this.sides[1].element.hidden = this.moments.length < 2;
    if (!this.moments.length) return;
    const known = JSON.stringify([job.id, job.state, job.kept_step, this.moments.map((one) => [one.step, one.kept])]);
    if (known === this.known) return;
    this.known = known;
    fill(this.brief.select, this.moments[0].cards.map((card, i) => [String(i), card.title]), this.brief.select.value || "0");
    const kept = keptOf(job);
    const right = ACTIVE.has(job.state) || !kept?.cards.length ? this.moments.at(-1) : kept;
    const first = [this.moments[0], right];
    const options = this.moments.map((one) => [String(one.step), momentName(job, one)]);
    for (const [i, side] of this.sides.entries()) fill(side.select, options, side.touched ? side.select.value : String(first[i].step));
    this.read();
  }

  read() {
    const kept = keptOf(this.job);
    for (const side of this.sides) {
      const one = this.moments.find((moment) => String(moment.step) === side.select.value);
      const text = one?.cards[Number(this.brief.select.value)]?.text.trim() ?? "";
      if (side.text.textContent !== text) side.text.textContent = text || say("tNoSample");
      const usable = one && one.step > 0 && ["done", "stopped"].includes(this.job.state);
      const current = usable && this.job.voice && one === kept;
      const had = side.act.contains(document.activeElement);
      side.act.replaceChildren(...(current ? [h("span", { text: say("tInUse") })] : usable ? [button(say("tUseThis"), "outline small", () => this.use(one.step))] : []));
      if (had) (side.act.querySelector("button") ?? side.select).focus();
    }
  }
}

function fill(select, options, wanted) {
  select.replaceChildren(...options.map(([value, text]) => h("option", { value, text })));
  select.value = options.some(([value]) => value === wanted) ? wanted : options[0][0];
}
