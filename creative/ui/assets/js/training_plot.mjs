// The two curves of a training as a small drawing: what it learns from, what it has not read.

import { freshId, h, svg } from "./dom.mjs";
import { say } from "./words.mjs";

const WIDTH = 680;
const HEIGHT = 190;
const EDGE = { left: 40, right: 12, top: 12, bottom: 26 };

/** Round numbers across a range, `about` of them. */
export function ticks(least, most, about = 4) {
  const raw = (most - least) / about || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw);
  const found = [];
  for (let at = Math.ceil(least / step) * step; at <= most + step / 1e6; at += step) found.push(Number(at.toPrecision(6)));
  return found;
}

/** The range that holds all values with a little air; a single value gets room around it. */
export function range(values) {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const air = Math.max((most - least) * 0.08, 0.02);
  return [Math.max(0, least - air), most + air];
}

/** Where steps and losses stand in the drawing. */
export function scales(job) {
  const read = job.curve.filter(([, loss]) => Number.isFinite(loss));
  const unread = job.evaluations.filter((one) => Number.isFinite(one.held_out_loss)).map((one) => [one.step, one.held_out_loss]);
  const all = [...read, ...unread];
  if (!all.length) return null;
  const [low, high] = range(all.map(([, loss]) => loss));
  const lastStep = Math.max(job.total, ...all.map(([step]) => step), 1);
  const x = (step) => EDGE.left + (step / lastStep) * (WIDTH - EDGE.left - EDGE.right);
  const y = (loss) => EDGE.top + ((high - loss) / (high - low)) * (HEIGHT - EDGE.top - EDGE.bottom);
  return { read, unread, low, high, lastStep, x, y };
}

/** A path through points. */
export function line(points, { x, y }) {
  return points.map(([step, loss], i) => `${i ? "L" : "M"}${x(step).toFixed(1)} ${y(loss).toFixed(1)}`).join("");
}

/** The drawing, or null while there is nothing to draw; `kept` is the step in use. */
export function drawCurves(job, kept) {
  const at = scales(job);
  if (!at) return null;
  const title = freshId("plot");
  const told = freshId("plot");
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "curves", role: "img", "aria-labelledby": `${title} ${told}` });
  const name = svg("title", { id: title });
  name.textContent = say("tPlot");
  const desc = svg("desc", { id: told });
  const [first, last] = [at.unread[0]?.[1], at.unread.at(-1)?.[1]];
  desc.textContent = at.unread.length > 1 ? say("tPlotDesc", { first: first.toFixed(2), last: last.toFixed(2), n: at.unread.length }) : say("tPlotDescEarly");
  picture.append(name, desc);
  for (const loss of ticks(at.low, at.high)) {
    picture.append(svg("line", { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: at.y(loss), y2: at.y(loss), class: "grid" }), label(loss, EDGE.left - 8, at.y(loss) + 4, "end"));
  }
  for (const step of ticks(0, at.lastStep, 6).filter(Number.isInteger)) picture.append(label(step, at.x(step), HEIGHT - 6, "middle"));
  if (at.read.length) picture.append(svg("path", { d: line(at.read, at), class: "read" }));
  if (at.unread.length) picture.append(svg("path", { d: line(at.unread, at), class: "unread" }));
  for (const [step, loss] of at.unread) picture.append(svg("circle", { cx: at.x(step), cy: at.y(loss), r: step === kept ? 5.5 : 3.5, class: step === kept ? "kept" : "look" }));
  return picture;
}

function label(value, x, y, anchor) {
  const text = svg("text", { x, y, "text-anchor": anchor, "aria-hidden": "true" });
  text.textContent = String(value);
  return text;
}

/** What the two lines are. */
export function legend() {
  return h("ul", { class: "legend" }, h("li", { class: "of-unread", text: say("tPlotUnread") }), h("li", { class: "of-read", text: say("tPlotRead") }));
}

/** The looks at the pages set aside as a table, for those who read tables. */
export function lookTable(job) {
  const head = h("tr", {}, ...["tPlotStep", "tPlotPass", "tPlotHeldOut", "tPlotPerplexity"].map((key) => h("th", { scope: "col", text: say(key) })));
  const rows = job.evaluations.map((one) => h("tr", {}, h("td", { text: one.step }), h("td", { text: one.epoch.toFixed(1) }), h("td", { text: one.held_out_loss.toFixed(3) }), h("td", { text: Math.exp(Math.min(one.held_out_loss, 50)).toFixed(1) })));
  return h("table", { class: "numbers" }, h("thead", {}, head), h("tbody", {}, ...rows));
}
