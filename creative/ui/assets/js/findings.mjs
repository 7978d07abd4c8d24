// Findings as the margin shows them: where their passage is now, their order, their groups.

import { fromCodePoints } from "./text.mjs";

const LONG = 12;

/** Server findings with UTF-16 spans and the quoted passage; `text` is the text that was read. */
export function placeFindings(found, text) {
  return found.map((one) => {
    const start = fromCodePoints(text, one.start);
    const end = start + fromCodePoints(text.slice(start), one.end - one.start);
    return { ...one, start, end, quote: text.slice(start, end) };
  });
}

/** The findings whose passage is still in `text`, each moved to where its passage stands now. */
export function stillThere(findings, text) {
  const kept = [];
  for (const one of findings) {
    if (!one.quote) kept.push(one);
    else if (text.startsWith(one.quote, one.start)) kept.push(one);
    else {
      const start = nearest(text, one.quote, one.start);
      if (start >= 0) kept.push({ ...one, start, end: start + one.quote.length });
    }
  }
  return kept.sort((a, b) => a.start - b.start || a.end - b.end);
}

function nearest(text, quote, around) {
  const before = text.lastIndexOf(quote, around);
  const after = text.indexOf(quote, around);
  if (before < 0 || after < 0) return Math.max(before, after);
  return around - before <= after - around ? before : after;
}

/** The paragraph, from 1, in which the character stands: blank lines do not count. */
export function paragraphOf(text, index) {
  const before = text.slice(0, index).split("\n");
  return before.slice(0, -1).filter((line) => line.trim()).length + 1;
}

/** Whether the page is made of lines, as verse and ads are, and not of paragraphs with a blank line between. */
export function inLines(text) {
  return /\S[^\n]*\n[^\n]*\S/.test(text);
}

export function lineOf(text, index) {
  return text.slice(0, index).split("\n").length;
}

/** Over twelve, findings are grouped by kind; otherwise one group in the order of the text. */
export function grouped(findings) {
  if (findings.length <= LONG) return [{ title: "", findings }];
  const groups = new Map();
  for (const one of findings) {
    if (!groups.has(one.title)) groups.set(one.title, []);
    groups.get(one.title).push(one);
  }
  return [...groups].map(([title, list]) => ({ title, findings: list }));
}

/** A quote short enough for the margin, cut between words. */
export function shortQuote(quote, most = 110) {
  const one = quote.replace(/\s+/g, " ").trim();
  if (one.length <= most) return one;
  const cut = one.slice(0, most);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), most - 20)).trimEnd()}…`;
}
