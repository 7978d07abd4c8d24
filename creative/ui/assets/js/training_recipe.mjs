// Step 2: the voice's name, how long it may learn, and behind Details every number of the recipe.

import { button, h } from "./dom.mjs";
import { buildInput, buildSelect, buildStep, fold, Segments, Trouble } from "./training_step.mjs";
import { RECIPE_ZH } from "./training_recipe_words.mjs";
import { say, spoken } from "./words.mjs";

// Names that are the same in every language.
const CHOICES = { lora: "LoRA", rslora: "rsLoRA", dora: "DoRA", adalora: "AdaLoRA", nf4: "NF4", int8: "int8", bf16: "bf16", fp32: "fp32" };
const SAID = new Set(["prefix", "cosine", "linear", "constant", "as_in_use"]);

/** What a changed number is sent as; the server says what is allowed. */
export function readNumber(kind, text) {
  const tidy = text.trim();
  if (kind === "bool") return tidy === "true";
  if (["int", "float"].includes(kind)) return tidy === "" || Number.isNaN(Number(tidy)) ? tidy : Number(tidy);
  return tidy;
}

export class RecipeStep {
  /** `told` is the server's `train_describe`; `start()` when the writer presses Start, `change()` for the style. */
  constructor({ told, start, change }) {
    this.told = told;
    this.presets = Object.keys(told.presets);
    this.settings = new Map();
    this.trouble = new Trouble();
    this.name = buildInput(say("tName"), { help: say("tNameHelp"), placeholder: say("tNamePlaceholder"), maxlength: 60, change: () => this.trouble.show() });
    this.style = new Segments(say("tUnder"), [["form", say("tUnder_form")], ["plain", say("tUnder_plain")]], { value: "form", change, help: say("tUnderHelp") });
    this.start = button(say("tStart"), "primary start", start);
    this.element = buildStep("recipe", "2", say("tVoice"), this.name.element, this.buildPresets(), this.buildDetails(), this.trouble.element, h("div", { class: "acts" }, this.start));
    this.showPreset();
  }

  buildPresets() {
    const chosen = this.presets.includes("balanced") ? "balanced" : this.presets[0];
    this.preset = new Segments(say("tHow"), this.presets.map((one) => [one, say(`tPreset_${one}`)]), { value: chosen, change: () => this.showPreset() });
    this.presetWords = h("p", { class: "help", role: "status" });
    this.preset.element.append(this.presetWords);
    return this.preset.element;
  }

  buildDetails() {
    const fields = this.told.settings.map((one) => this.buildSetting(one));
    return fold(say("tDetails"), this.style.element, h("div", { class: "two settings" }, ...fields), h("div", { class: "field" }, button(say("tBack"), "outline small", () => this.back())));
  }

  buildSetting(one) {
    const [title, help] = (spoken() === "zh" && RECIPE_ZH[one.name]) || [one.title, one.help];
    const { input, element } = this.draw(one, title, help);
    this.settings.set(one.name, { ...one, input });
    return element;
  }

  draw(one, title, help) {
    const choices = one.kind === "bool" ? [["true", say("tYes")], ["false", say("tNo")]] : one.choices?.map((choice) => [choice, showSetting(choice)]);
    if (choices) {
      const { select, element } = buildSelect(title, choices, { help });
      return { input: select, element };
    }
    const span = one.low === undefined ? "" : say("tRange", { low: plain(one.low), high: plain(one.high) });
    return buildInput(title, { help: [help, span].filter(Boolean).join(spoken() === "zh" ? "" : " "), inputmode: ["int", "float"].includes(one.kind) ? "decimal" : null });
  }

  /** The chosen preset in a sentence, and its numbers in the details; numbers changed by hand stay. */
  showPreset() {
    const preset = this.told.presets[this.preset.value].settings;
    const passes = Number(preset.epochs);
    this.presetWords.textContent = [say(`tPreset_${this.preset.value}_for`), say("tPresetPasses", { n: passes }), say("tPresetStops")].join(spoken() === "zh" ? "" : " ");
    for (const setting of this.settings.values()) {
      const given = shown(preset[setting.name]);
      if (setting.input.value === (setting.given ?? setting.input.value)) setting.input.value = given;
      setting.given = given;
    }
  }

  back() {
    for (const setting of this.settings.values()) setting.input.value = setting.given;
    this.trouble.show();
  }

  order() {
    const settings = {};
    for (const { name, kind, input, given } of this.settings.values()) if (input.value !== given) settings[name] = readNumber(kind, input.value);
    return { title: this.name.input.value.trim(), preset: this.preset.value, settings, style: this.style.value };
  }

  missing() {
    const without = !this.name.input.value.trim();
    this.trouble.show(without ? say("tNameNeeded") : "");
    if (without) this.name.input.focus();
    return without;
  }

  busy(on) {
    this.start.textContent = say(on ? "tStarting" : "tStart");
    this.start.setAttribute("aria-disabled", String(on));
  }

  clear() {
    this.name.input.value = "";
    this.back();
  }
}

/** A setting's value as a person reads it. */
export function showSetting(value) {
  if (typeof value === "boolean") return say(value ? "tYes" : "tNo");
  return CHOICES[value] ?? (SAID.has(value) ? say(`tChoice_${value}`) : shown(value));
}

function shown(value) {
  return typeof value === "number" ? plain(value) : String(value);
}

/** A number as it is typed: 0.0001, never 1e-4. */
function plain(value) {
  return value.toLocaleString("en-US", { useGrouping: false, maximumFractionDigits: 12 });
}
