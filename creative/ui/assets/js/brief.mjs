// The brief: the form's questions, voice, length and creativity, and what stands behind "More".

import { button, freshId, h } from "./dom.mjs";
import { isStarter } from "./starter.mjs";
import { pickWords, say, sentences, spoken } from "./words.mjs";

const LANGUAGES = [["English", "English"], ["Chinese", "中文"]];

export class Brief {
  /** `on.change()` after each answer; `on.tool(name)` for the buttons: ideas, model, prompt, fresh. */
  constructor(spec, on) {
    this.spec = spec;
    this.on = on;
    this.inputs = new Map();
    this.samplers = new Map();
    this.element = this.build();
    this.element.addEventListener("input", () => this.changed());
    this.element.addEventListener("change", () => this.changed());
  }

  build() {
    const fields = this.spec.fields.filter((field) => field.name !== "length");
    const first = fields.filter((field) => field.primary);
    const rest = fields.filter((field) => !field.primary);
    return h("section", { class: "brief", "aria-label": say("brief") },
      this.buildHead(),
      ...first.map((field) => this.buildField(field)),
      this.buildVoice(),
      this.buildLength(),
      this.buildDial(),
      rest.length > 0 && h("details", { class: "more about" }, h("summary", { text: say("moreBrief") }),
        h("div", { class: "inside" }, ...rest.map((field) => this.buildField(field)), this.buildLanguage())),
      h("details", { class: "more settings" }, h("summary", { text: say("settings") }),
        h("div", { class: "inside" }, rest.length === 0 && this.buildLanguage(), ...this.buildSettings())),
    );
  }

  buildHead() {
    const head = h("div", { class: "brief-head" });
    if (this.spec.examples.length) head.append(this.buildExamples());
    if (this.spec.brainstorms.length) {
      head.append(this.buildPick("ideas", say("ideas"), this.spec.brainstorms.map((one) => pickWords(one.title)), (i) => this.on.tool("ideas", this.spec.brainstorms[i].name)));
    }
    return head;
  }

  buildExamples() {
    return this.buildPick("example", say("example"), this.spec.examples.map((one) => one.title), (i) => this.fill(this.spec.examples[i]));
  }

  /** A quiet list that does something at once and shows its name again. */
  buildPick(kind, name, titles, act) {
    const select = h("select", { class: `pick ${kind}`, "aria-label": name }, h("option", { value: "", text: name }));
    select.append(...titles.map((title, i) => h("option", { value: i, text: title })));
    select.addEventListener("change", (event) => {
      event.stopPropagation();
      const chosen = select.value;
      select.value = "";
      if (chosen !== "") act(Number(chosen));
    });
    select.addEventListener("input", (event) => event.stopPropagation());
    return select;
  }

  fill(example) {
    this.set({ brief: { ...example.brief, length: example.brief.length ?? "medium" }, language: example.language }, true);
    this.changed();
  }

  buildField(field) {
    const id = freshId(`field-${field.name}`);
    const help = pickWords(field.help);
    const hint = help && freshId("help");
    const shared = { id, name: field.name, "aria-describedby": hint || null, "aria-required": field.required || null, autocomplete: "off" };
    const input = this.buildInput(field, shared);
    this.inputs.set(field.name, { field, input });
    const tall = field.required && field.kind === "text" ? "field tall" : "field";
    return h("div", { class: tall, dataset: { field: field.name } }, h("label", { for: id, text: pickWords(field.label) }), input,
      field.choices.length > 0 && field.free && this.buildList(field, input),
      help && h("p", { class: field.primary ? "help sr" : "help", id: hint, text: help }));
  }

  buildInput(field, shared) {
    const placeholder = pickWords(field.placeholder);
    if (field.kind === "choice" && !field.free) {
      const options = field.choices.map((choice) => h("option", { value: choice.value, text: pickWords(choice) }));
      const select = h("select", shared, !field.default && h("option", { value: "", text: "—" }), ...options);
      select.value = field.default;
      return select;
    }
    if (field.kind === "text" || field.kind === "lines") return h("textarea", { ...shared, rows: 2, placeholder });
    if (field.kind === "number") {
      const input = h("input", { ...shared, type: "number", min: field.least, max: field.most, step: 1, placeholder });
      input.value = field.default;
      return input;
    }
    return h("input", { ...shared, type: "text", placeholder });
  }

  buildList(field, input) {
    const id = freshId("list");
    input.setAttribute("list", id);
    return h("datalist", { id }, ...field.choices.map((choice) => h("option", { value: pickWords(choice) })));
  }

  buildSelect(label, options) {
    const id = freshId("select");
    const select = h("select", { id }, ...options.map(([value, text]) => h("option", { value, text })));
    return { select, element: h("div", { class: "field" }, h("label", { for: id, text: label }), select) };
  }

  buildVoice() {
    const { select, element } = this.buildSelect(say("voice"), [["", say("plain")]]);
    this.voice = select;
    element.dataset.field = "voice";
    return element;
  }

  /** The voices on the shelf: `[{name, title}]`; the chosen one stays chosen. */
  showVoices(voices) {
    const wanted = this.wantedVoice ?? this.voice.value;
    this.voice.replaceChildren(h("option", { value: "", text: say("plain") }), ...voices.map((one) => h("option", { value: one.name, text: one.title || one.name })));
    this.voice.value = voices.some((one) => one.name === wanted) ? wanted : "";
  }

  buildLength() {
    const group = freshId("length");
    const choices = this.spec.fields.find((field) => field.name === "length")?.choices ?? [];
    const parts = choices.map((choice) => {
      const input = h("input", { type: "radio", name: group, value: choice.value });
      input.checked = choice.value === "medium";
      return h("label", {}, input, h("span", { text: pickWords(choice) }));
    });
    this.lengthInputs = parts.map((part) => part.querySelector("input"));
    return h("div", { class: "field", dataset: { field: "length" } }, h("div", { class: "group-label", id: `${group}-label`, text: say("length") }),
      h("div", { class: "segments", role: "radiogroup", "aria-labelledby": `${group}-label` }, ...parts));
  }

  buildDial() {
    const id = freshId("creativity");
    this.dial = h("input", { id, class: "dial", type: "range", min: 0, max: this.spec.stops.length - 1, step: 1 });
    this.dial.value = Math.floor(this.spec.stops.length / 2);
    this.dialName = h("output", { class: "value", for: id });
    this.dialHelp = h("p", { class: "help" });
    this.showDial();
    return h("div", { class: "field", dataset: { field: "creativity" } }, h("div", { class: "label-row" }, h("label", { for: id, text: say("creativity") }), this.dialName), this.dial, this.dialHelp);
  }

  showDial() {
    const stop = this.spec.stops[Number(this.dial.value)];
    this.dial.style.setProperty("--at", `${(Number(this.dial.value) / (this.spec.stops.length - 1)) * 100}%`);
    this.dial.setAttribute("aria-valuetext", pickWords(stop.title));
    this.dialName.textContent = pickWords(stop.title);
    this.dialHelp.textContent = pickWords(stop.effect);
  }

  buildLanguage() {
    const { select, element } = this.buildSelect(say("manuscriptLanguage"), LANGUAGES);
    select.value = spoken() === "zh" ? "Chinese" : "English";
    this.language = select;
    return element;
  }

  buildSettings() {
    const seedId = freshId("seed");
    this.seed = h("input", { id: seedId, type: "number", min: 0, step: 1, autocomplete: "off" });
    const samplers = Object.entries(this.spec.samplers).filter(([name]) => !name.startsWith("dry_") || name === "dry_multiplier").map(([name, [least, most, whole]]) => {
      const id = freshId(name);
      const input = h("input", { id, type: "number", min: least, max: most, step: whole ? 1 : "any", autocomplete: "off" });
      this.samplers.set(name, input);
      return h("div", { class: "field" }, h("label", { for: id, text: say(`sampler_${name}`) }), input);
    });
    this.modelNow = h("p", { class: "model-now" });
    this.modelButton = button(say("chooseModel"), "outline small", () => this.on.tool("model"));
    return [
      h("div", { class: "group-label", text: say("model") }), this.modelNow,
      h("div", { class: "field buttons" }, this.modelButton, button(say("seePrompt"), "outline small", () => this.on.tool("prompt"))),
      h("div", { class: "two" }, ...samplers),
      h("div", { class: "field" }, h("p", { class: "help", text: say("samplersHelp") })),
      h("div", { class: "field" }, h("label", { for: seedId, text: say("seed") }), this.seed, h("p", { class: "help", text: say("seedHelp") })),
    ];
  }

  /** The model in use, and how far the one is that comes after it. */
  showModel(info, coming = "") {
    const small = isStarter(info);
    const about = sentences(small && say("starterGood"), small && say("starterNot"), info.why);
    this.modelNow.replaceChildren(h("b", { text: `${small ? say("starterTitle") : info.title}${say("stop1")}` }), document.createTextNode(about ? ` ${about}` : ""));
    if (coming) this.modelNow.append(h("span", { class: "coming", text: coming }));
    this.modelButton.textContent = say(small ? "biggerModel" : "chooseModel");
  }

  /** Why there is no model that writes just now. */
  showNoModel(error) {
    this.modelNow.replaceChildren(document.createTextNode(sentences(error.message, error.hint)));
  }

  changed() {
    this.showDial();
    for (const { input } of this.inputs.values()) if (input.value) this.complain(input, false);
    this.on.change();
  }

  get length() {
    return this.lengthInputs.find((input) => input.checked)?.value ?? "medium";
  }

  /** Words asked for, in the units of the page's language. */
  get target() {
    return this.spec.lengths[this.length]?.[spoken()] ?? 0;
  }

  /** The brief as the server takes it, with everything else that an order needs. */
  values() {
    const brief = {};
    for (const [name, { input }] of this.inputs) if (input.value.trim()) brief[name] = input.value;
    if (this.lengthInputs.length) brief.length = this.length;
    const overrides = {};
    for (const [name, input] of this.samplers) if (input.value !== "" && Number.isFinite(Number(input.value))) overrides[name] = Number(input.value);
    return {
      brief, overrides, voice: this.voice.value, language: this.language.value,
      creativity: this.spec.stops[Number(this.dial.value)].at, seed: this.seed.value === "" ? -1 : Math.trunc(Number(this.seed.value)),
    };
  }

  /** Put answers in; with `only` the questions that are not answered are emptied. */
  set(values, only = true) {
    for (const [name, { field, input }] of this.inputs) {
      const answer = values.brief?.[name];
      if (answer === undefined && !only) continue;
      input.value = shown(field, answer ?? field.default ?? "");
    }
    const length = values.brief?.length;
    for (const input of this.lengthInputs) if (length) input.checked = input.value === length;
    if (values.voice !== undefined) {
      this.wantedVoice = values.voice;
      this.voice.value = [...this.voice.options].some((one) => one.value === values.voice) ? values.voice : "";
    }
    if (values.language && LANGUAGES.some(([value]) => value === values.language)) this.language.value = values.language;
    if (values.creativity !== undefined) this.dial.value = this.spec.stops.findIndex((stop) => stop.at === values.creativity);
    if (values.seed !== undefined) this.seed.value = values.seed < 0 ? "" : values.seed;
    for (const [name, input] of this.samplers) if (values.overrides) input.value = values.overrides[name] ?? "";
    this.showDial();
  }

  complain(input, wrong) {
    if (!wrong) {
      input.removeAttribute("aria-invalid");
      input.parentNode.querySelector(".needed")?.remove();
    } else if (!input.hasAttribute("aria-invalid")) {
      input.setAttribute("aria-invalid", "true");
      input.after(h("p", { class: "needed", text: say("needed") }));
    }
  }

  /** The label of the first required question without an answer, its field marked and focused; else "". */
  missing() {
    for (const { field, input } of this.inputs.values()) {
      if (!field.required || input.value.trim()) continue;
      this.complain(input, true);
      input.closest("details")?.setAttribute("open", "");
      return { label: pickWords(field.label), input };
    }
    return null;
  }
}

function shown(field, answer) {
  const text = Array.isArray(answer) ? answer.join(field.kind === "line" ? ", " : "\n") : String(answer);
  const choice = field.choices.find((one) => one.value === text);
  return choice && field.free ? pickWords(choice) : text;
}
