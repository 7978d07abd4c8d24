// What all steps of the Training tab are made of: the step itself, a choice of few, a place for what went wrong.

import { freshId, h } from "./dom.mjs";

/** A step: a heading with its number, and what stands under it. */
export function buildStep(kind, number, title, ...children) {
  const id = freshId("step");
  const heading = h("h2", { id }, number && h("span", { class: "number", "aria-hidden": "true", text: number }), h("span", { text: title }));
  return h("section", { class: `step ${kind}`, "aria-labelledby": id }, heading, ...children);
}

/** One of a few, side by side: `options` are `[value, text]`. */
export class Segments {
  constructor(label, options, { value = "", change = () => {}, help = "" } = {}) {
    const group = freshId("choice");
    const hint = help && freshId("help");
    this.inputs = options.map(([one]) => {
      const input = h("input", { type: "radio", name: group, value: one, on: { change: () => change(one) } });
      input.checked = one === value;
      return input;
    });
    this.group = h("div", { class: "segments", role: "radiogroup", "aria-labelledby": `${group}-label`, "aria-describedby": hint || null },
      ...options.map(([, text], i) => h("label", {}, this.inputs[i], h("span", { text }))));
    this.element = h("div", { class: "field" }, h("div", { class: "group-label", id: `${group}-label`, text: label }), this.group, help && h("p", { class: "help", id: hint, text: help }));
  }

  get value() {
    return this.inputs.find((input) => input.checked)?.value ?? "";
  }

  set value(wanted) {
    for (const input of this.inputs) input.checked = input.value === wanted;
  }
}

/** A list to choose from: `options` are `[value, text]`. */
export function buildSelect(label, options, { change = () => {}, help = "" } = {}) {
  const id = freshId("select");
  const hint = help && freshId("help");
  const select = h("select", { id, "aria-describedby": hint || null, on: { change: () => change(select.value) } }, ...options.map(([value, text]) => h("option", { value, text })));
  return { select, element: h("div", { class: "field" }, h("label", { for: id, text: label }), select, help && h("p", { class: "help", id: hint, text: help })) };
}

/** A line to write in. */
export function buildInput(label, { help = "", kind = "text", change = () => {}, ...attributes } = {}) {
  const id = freshId("input");
  const hint = help && freshId("help");
  const input = h("input", { id, type: kind, autocomplete: "off", "aria-describedby": hint || null, on: { input: () => change(input.value) }, ...attributes });
  return { input, element: h("div", { class: "field" }, h("label", { for: id, text: label }), input, help && h("p", { class: "help", id: hint, text: help })) };
}

/** Something behind a quiet heading. */
export function fold(title, ...children) {
  return h("details", { class: "more" }, h("summary", { text: title }), h("div", { class: "inside" }, ...children));
}

/** The place where a step says what went wrong; it speaks at once and stays until the next act. */
export class Trouble {
  constructor() {
    this.element = h("p", { class: "trouble", role: "alert" });
  }

  /** Show words, or a refusal of the server; nothing clears it. */
  show(told = "") {
    const words = typeof told === "string" ? told : [told.message, told.hint].filter(Boolean).join(" ");
    if (this.element.textContent !== words) this.element.textContent = words;
  }
}
