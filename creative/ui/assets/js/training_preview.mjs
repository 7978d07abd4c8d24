// What was found in the pages: the pieces, what is left out and why, names and addresses, the exact text.

import { h } from "./dom.mjs";
import { fold } from "./training_step.mjs";
import { num, say, spoken } from "./words.mjs";

const FIRST_PIECES = 8;
const MOST_NAMES = 24;
/** What the server calls a file of which nothing could be read. */
export const WHOLE_FILE = "the whole file";
const KINDS = ["name", "email", "phone"];

/** The preview as elements; `preview` is the server's plain data. */
export function drawPreview(preview) {
  return [
    h("p", { class: "found", text: say("tFound", { n: preview.documents.length, w: preview.words }) }),
    preview.documents.length > 0 && drawPieces(preview.documents),
    preview.documents.some((one) => one.held_out) && h("p", { class: "help", text: say("tSetAsideHelp") }),
    ...preview.advice.map((sentence) => h("p", { class: "advice", text: sentence })),
    preview.problem && h("p", { class: "trouble", text: preview.problem }),
    preview.personal.length > 0 && drawPersonal(preview.personal),
    preview.left_out.length > 0 && drawLeftOut(preview.left_out),
    preview.shown.length > 0 && drawExact(preview),
  ].filter(Boolean);
}

function drawPieces(documents) {
  const rows = documents.map((one) => h("li", {}, h("span", { class: "name", text: one.title || one.file }), one.held_out && h("span", { class: "mark", text: say("tSetAside") }), h("span", { class: "n", text: say("tWords", { n: one.words }) })));
  const first = h("ul", { class: "pieces" }, ...rows.slice(0, FIRST_PIECES));
  if (rows.length <= FIRST_PIECES) return first;
  // All of them in their order, once they are asked for.
  const rest = fold(say("tAllPieces", { n: rows.length }), h("ul", { class: "pieces" }, ...rows.slice(FIRST_PIECES)));
  return h("div", {}, first, rest);
}

function drawPersonal(personal) {
  const lines = KINDS.map((kind) => {
    const found = personal.filter((one) => one.kind === kind);
    if (!found.length) return null;
    const shown = found.slice(0, MOST_NAMES).map((one) => `${one.text}${say("tTimes", { n: one.count })}`);
    if (found.length > MOST_NAMES) shown.push(say("tAndMore", { n: found.length - MOST_NAMES }));
    return h("div", {}, h("dt", { text: say(`tPersonal_${kind}`) }), h("dd", { text: shown.join(spoken() === "zh" ? "、" : ", ") }));
  });
  return h("div", { class: "personal" }, h("h3", { text: say("tPersonal") }), h("p", { class: "help", text: say("tPersonalHelp") }), h("dl", {}, ...lines.filter(Boolean)));
}

function drawLeftOut(leftOut) {
  const rows = leftOut.map((one) => h("li", {}, h("q", { text: one.what === WHOLE_FILE ? say("tWholeFile") : one.what }), h("span", { class: "why", text: [one.why, one.words ? say("tLeftWords", { n: one.words }) : ""].filter(Boolean).join(spoken() === "zh" ? "" : " ") }), h("span", { class: "from", text: one.file })));
  return fold(say("tLeftOut", { n: leftOut.length }), h("ul", { class: "left-out" }, ...rows));
}

function drawExact(preview) {
  const shown = preview.shown.map((one) => h("div", {}, h("h4", { text: one.title }), h("div", { class: "exact", tabindex: "0", role: "group", "aria-label": one.title },
    one.prompt ? h("span", { class: "given", text: one.prompt }) : h("span", { class: "given", text: `(${say("tNothingFirst")})\n` }), h("span", { class: "to-write", text: one.text }))));
  const head = h("tr", {}, ...["tPiece", "tFile"].map((key) => h("th", { scope: "col", text: say(key) })), ...["tWordsHead", "tTokensHead"].map((key) => h("th", { scope: "col", class: "n", text: say(key) })));
  const rows = preview.documents.map((one) => h("tr", {}, h("td", { text: one.title }), h("td", { text: one.file }), h("td", { class: "n", text: num(one.words) }), h("td", { class: "n", text: num(one.tokens) })));
  const table = h("div", { class: "scroll-x", tabindex: "0", role: "group", "aria-label": say("tPiece") }, h("table", { class: "numbers" }, h("thead", {}, head), h("tbody", {}, ...rows)));
  return fold(say("tExact"), h("p", { class: "help", text: say("tExactHelp") }), ...shown, h("p", { class: "counts", text: say("tCounts", { tokens: preview.tokens, examples: preview.examples }) }), table);
}
