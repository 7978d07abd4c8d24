// The dialogs of the page: keys, comparison of versions, what the model reads, which model writes.

import { button, freshId, h, iconButton } from "./dom.mjs";
import { flow } from "./floats.mjs";
import { Gone, Refusal } from "./link.mjs";
import { isStarter } from "./starter.mjs";
import { num, pickWords, say, sentences, when } from "./words.mjs";

const POLL_MS = 1000;

/** A dialog with a title and a Close; it goes away when closed. */
export function openDialog(host, title, body, { foot = null, closed = null } = {}) {
  const id = freshId("dialog");
  const dialog = h("dialog", { class: "sheetlike", "aria-labelledby": id },
    h("div", { class: "dialog-head" }, h("h2", { id, text: title }), iconButton("close", say("close"), () => dialog.close())),
    h("div", { class: "dialog-body" }, body), foot);
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed?.();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  host.append(dialog);
  dialog.showModal();
  return dialog;
}

const KEYS = [
  ["key_write", ["Ctrl", "Enter"]], ["key_continue", ["Ctrl", "Shift", "Enter"]], ["key_stop", ["Esc"]], ["key_undo", ["Ctrl", "Z"]],
  ["key_redo", ["Ctrl", "Shift", "Z"]], ["key_bar", ["Ctrl", "Shift", "E"]], ["key_quiet", ["Ctrl", "."]], ["key_help", ["?"]],
];

export function showKeys(host) {
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  const list = h("dl", { class: "keys" });
  for (const [what, keys] of KEYS) {
    list.append(h("dt", {}, ...keys.map((key) => h("kbd", { text: mac && key === "Ctrl" ? "⌘" : key }))), h("dd", { text: say(what) }));
  }
  openDialog(host, say("keysTitle"), list);
}

/** What changed between two versions; both can be chosen. */
export function showCompare(host, desk, from) {
  const { history } = desk;
  const nodes = history.tree.listed(false);
  const label = (node) => `${desk.margin.verb(node)} · ${when(node.time)}`;
  const pick = (name, chosen) => {
    const id = freshId("version");
    const select = h("select", { id }, ...nodes.map((node) => h("option", { value: node.id, text: label(node) })));
    select.value = chosen;
    return { select, element: h("div", { class: "field" }, h("label", { for: id, text: say(name) }), select) };
  };
  const before = pick("compareFrom", from);
  const after = pick("compareTo", history.tree.current);
  const text = h("div", { class: "flow", tabindex: "0" });
  const read = async (id) => {
    const node = history.tree.nodes.get(id);
    node.text ??= (await desk.ask("text", { draft: history.draft, node: id }))?.text;
    return node.text ?? "";
  };
  const show = async () => {
    const [a, b] = [await read(before.select.value), await read(after.select.value)];
    text.replaceChildren(...(a === b ? [document.createTextNode(say("same"))] : flow(a, b)));
  };
  before.select.addEventListener("change", show);
  after.select.addEventListener("change", show);
  openDialog(host, say("compareTitle"), h("div", { class: "compare" }, h("div", { class: "two" }, before.element, after.element), text));
  show();
}

/** The parts of what the model reads with their tokens, and the exact text. */
export async function showPrompt(host, desk) {
  const { text } = desk.sheet;
  const order = { form: desk.spec.name, ...desk.brief.values(), text, action: text.trim() ? "continue" : "write" };
  const report = await desk.ask("prompt", order);
  if (!report) return;
  const table = h("table", { class: "parts" });
  for (const part of report.parts) {
    const tokens = say("tokens", { n: part.tokens });
    table.append(h("tr", {}, h("td", { text: say(`part_${part.name}`) }), h("td", { class: "n", text: part.trimmed_tokens ? `${tokens} (−${num(part.trimmed_tokens)})` : tokens })));
  }
  table.append(h("tr", {}, h("th", { scope: "row", text: report.model }), h("td", { class: "n", text: say("promptRoom", { prompt: report.prompt_tokens, most: report.max_new_tokens, context: report.context }) })));
  const sampling = Object.entries(report.sampling).map(([name, value]) => `${say(`sampler_${name}`)} ${value}`).join(" · ");
  openDialog(host, say("promptTitle"), h("div", {}, table, report.trimmed && h("p", { text: `${say("trimmedTitle")}: ${report.trimmed}` }),
    h("div", { class: "exact", tabindex: "0", text: report.prompt }), h("p", { class: "model-now", text: sampling })));
}

/** The models that can be chosen, why each fits or not, and how far one is on its way. */
export async function showModels(host, room) {
  const list = h("div", { class: "models" });
  const told = h("p", { class: "model-now", role: "status" });
  const choose = async (model) => {
    told.textContent = "";
    try {
      draw(await room.link.ask("choose", { model: model.id, precision: "auto" }));
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Gone)) throw error;
      told.textContent = error instanceof Refusal ? sentences(error.told.message, error.told.hint) : say("gone");
    }
  };
  const draw = (state) => {
    room.showModel(state);
    if (state.error) told.textContent = sentences(state.error.message, state.error.hint);
    list.replaceChildren(...state.models.map((model) => modelRow(model, state, choose)));
  };
  const poll = async () => {
    try {
      draw(await room.link.ask("models"));
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Gone)) throw error;
      told.textContent = error instanceof Refusal ? error.told.message : say("gone");
    }
  };
  let timer = null;
  openDialog(host, say("modelTitle"), h("div", {}, told, list), { closed: () => clearInterval(timer) });
  await poll();
  timer = setInterval(poll, POLL_MS);
}

/** How far a model on its way is. */
export function tellComing(coming) {
  if (coming.stage === "making_room") return say("makingRoom");
  return coming.stage === "downloading" && coming.size ? say("downloading", { percent: Math.floor(coming.percent), size: coming.size }) : say("loadingModel");
}

function modelRow(model, state, choose) {
  const current = model.id === state.current?.id;
  const coming = state.coming?.id === model.id ? state.coming : null;
  const row = h("div", { class: current ? "model-row current" : "model-row" },
    h("span", { class: "name", text: isStarter(model) ? say("starterTitle") : model.title, dataset: { current: say("inUse") } }), h("span", { class: "why", text: sentences(pickWords(model.good_for), isStarter(model) && say("starterNot"), model.why) }));
  if (!current && !coming) row.append(button(model.fits ? say("use") : say("doesNotFit"), "outline small", () => choose(model), model.fits && state.owner ? {} : { "aria-disabled": "true", tabindex: "-1" }));
  if (coming) {
    const bar = h("i");
    bar.style.width = `${coming.percent ?? 0}%`;
    row.append(h("div", { class: "meter", role: "progressbar", "aria-label": model.title, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.floor(coming.percent ?? 0) }, bar), h("span", { class: "why", text: tellComing(coming) }));
  }
  return row;
}
