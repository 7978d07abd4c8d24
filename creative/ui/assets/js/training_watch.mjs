// Step 3: a training as it goes: how far, how long still, what it learned so far, and what can be done.

import { button, h } from "./dom.mjs";
import { drawCurves, legend, lookTable } from "./training_plot.mjs";
import { ACTIVE, keptOf, learned, share, spokenTime, whereItIs } from "./training_progress.mjs";
import { Samples } from "./training_samples.mjs";
import { RECIPE_ZH } from "./training_recipe_words.mjs";
import { showSetting } from "./training_recipe.mjs";
import { buildStep, fold, Trouble } from "./training_step.mjs";
import { say, spoken } from "./words.mjs";

export class WatchStep {
  /** `on`: `stop()`, `resume()`, `forget()`, `use(step)`; each asks the server and shows what it says. */
  constructor(on) {
    this.on = on;
    this.trouble = new Trouble();
    this.where = h("p", { class: "where" });
    this.bar = h("i");
    this.meter = h("div", { class: "meter", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 }, this.bar);
    this.learned = h("p", { class: "learned" });
    this.ended = h("p", { class: "trouble" });
    this.notices = h("div", { class: "notices" });
    this.acts = h("div", { class: "acts" });
    this.plot = h("figure", { class: "plot" });
    this.numbers = h("div", {});
    this.details = fold(say("tDetails"), this.numbers);
    this.samples = new Samples({ use: on.use });
    this.element = buildStep("watch", "3", "", this.where, this.meter, this.learned, this.ended, this.notices, this.acts, this.trouble.element, this.plot, this.samples.element, this.details);
    this.heading = this.element.querySelector("h2 > span:last-child");
    this.live = h("div", { class: "sr", role: "status" });
    this.element.append(this.live);
  }

  show(job) {
    const another = this.job?.id !== job.id;
    const changed = another || this.job.state !== job.state;
    this.job = job;
    const head = say(`tHead_${job.state}`, { name: job.title });
    if (this.heading.textContent !== head) this.heading.textContent = head;
    const where = whereItIs(job);
    const whole = Array.isArray(where) ? spokenList([...where, say("tCanClose")]) : where;
    this.put(this.where, whole);
    this.showMeter(job, head);
    this.put(this.learned, learned(job));
    this.put(this.ended, job.state === "failed" ? [job.message, job.hint].filter(Boolean).join(" ") : "");
    this.put(this.notices, job.notices.join("\n"), () => job.notices.length ? [h("h3", { text: say("tNotices") }), ...job.notices.map((one) => h("p", { text: one }))] : []);
    if (changed) this.showActs(job);
    this.showPlot(job);
    this.samples.show(job);
    this.put(this.numbers, JSON.stringify([job.step, job.tokens_per_s, job.eta_s, job.memory_gb, job.evaluations.length, job.state]), () => drawNumbers(job));
    // Readers hear of states, never of steps.
    if (changed && !another) this.live.textContent = Array.isArray(where) ? head : [head, where].filter(Boolean).join(". ");
    if (another) this.trouble.show();
  }

  /** New content only where it is new: what is open or read stays as it is. */
  put(place, words, make = null) {
    if (place.dataset.shown === words) return;
    place.dataset.shown = words;
    if (make) place.replaceChildren(...make());
    else place.textContent = words;
    place.hidden = !words || words === "[]";
  }

  showMeter(job, head) {
    const percent = Math.round(share(job) * 100);
    this.bar.style.width = `${percent}%`;
    this.meter.setAttribute("aria-valuenow", String(percent));
    this.meter.setAttribute("aria-label", head);
    this.meter.hidden = !ACTIVE.has(job.state) && job.state !== "interrupted";
    this.meter.classList.toggle("waits", ["waiting", "starting", "finishing"].includes(job.state));
  }

  showActs(job) {
    const had = this.acts.contains(document.activeElement);
    const acts = [];
    if (ACTIVE.has(job.state)) {
      this.stopper = button(say("tStop"), "stop", () => this.on.stop());
      acts.push(this.stopper, h("span", { class: "help", text: say("tStopHelp") }));
    }
    if (["stopped", "interrupted"].includes(job.state)) acts.push(button(say("tResume"), "outline", () => this.on.resume()));
    if (job.state === "failed") acts.push(button(say("tAgain"), "outline", () => this.on.resume()));
    if (["failed", "interrupted", "stopped"].includes(job.state)) acts.push(button(say("tForget"), "danger", () => this.on.forget()));
    this.acts.replaceChildren(...acts);
    this.acts.hidden = !acts.length;
    if (had) this.acts.querySelector("button")?.focus();
  }

  stopping() {
    this.stopper?.setAttribute("aria-disabled", "true");
    if (this.stopper) this.stopper.textContent = say("tStopping");
  }

  showPlot(job) {
    const kept = keptOf(job)?.step;
    this.put(this.plot, JSON.stringify([job.curve.length, job.curve.at(-1), job.evaluations.length, kept]), () => {
      const open = this.plot.querySelector("details")?.open ?? false;
      const picture = job.curve.length + job.evaluations.length > 1 ? drawCurves(job, kept) : null;
      if (!picture) return [];
      const table = fold(say("tPlotTable"), lookTable(job));
      table.open = open;
      return [h("figcaption", {}, h("span", { text: say("tPlot") }), legend()), picture, table];
    });
    this.plot.hidden = !this.plot.firstChild;
  }
}

function spokenList(parts) {
  return spoken() === "zh" ? `${parts.slice(0, -1).join("，")}。${parts.at(-1)}` : `${parts.slice(0, -1).join(", ")}. ${parts.at(-1)}`;
}

function drawNumbers(job) {
  const { preflight } = job;
  const facts = [
    ["tFactStep", job.total && say("tOf", { n: job.step, of: job.total })],
    ["tFactLoss", known(job.loss) && job.loss.toFixed(3)],
    ["tFactHeldOut", known(job.eval_loss) && job.eval_loss.toFixed(3)],
    ["tFactSpeed", known(job.tokens_per_s) && Math.round(job.tokens_per_s).toLocaleString("en-US")],
    ["tFactLeft", known(job.eta_s) && spokenTime(job.eta_s)],
    ["tFactMemory", known(job.memory_gb) && say("tGb", { n: round(job.memory_gb) })],
    ["tFactNeeded", preflight.memory && say("tNeedsOf", { needed: round(preflight.memory.needed_gb), free: round(preflight.memory.free_gb) })],
    ["tFactDisk", preflight.disk && say("tNeedsOf", { needed: round(preflight.disk.needed_gb), free: round(preflight.disk.free_gb) })],
    ["tFactTrial", preflight.time && say("tSeconds", { n: round(preflight.time.step_s) })],
  ].filter(([, value]) => value);
  const recipe = Object.entries(job.recipe);
  const list = (rows) => h("dl", { class: "facts" }, ...rows.map(([name, value]) => h("div", {}, h("dt", { text: name }), h("dd", { text: value }))));
  return [list(facts.map(([key, value]) => [say(key), value])), recipe.length > 0 && h("h3", { text: say("tRecipe") }),
    recipe.length > 0 && list(recipe.map(([name, value]) => [(spoken() === "zh" && RECIPE_ZH[name]?.[0]) || name.replaceAll("_", " "), showSetting(value)]))].filter(Boolean);
}

function known(value) {
  return value !== null && value !== undefined;
}

function round(value) {
  return known(value) ? Number(value.toPrecision(2)) : "–";
}
