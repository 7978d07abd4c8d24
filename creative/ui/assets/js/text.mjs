// Text as writers count it: words, Han characters, code points, and what a paste may bring in.

const HAN = /\p{Script=Han}/gu;
const WORD = /[\p{L}\p{N}\p{M}]+(?:['’‑-][\p{L}\p{N}\p{M}]+)*/gu;

/** Words of a text: a Han character counts one, a word of another script counts one. */
export function countWords(text) {
  const han = text.match(HAN)?.length ?? 0;
  const rest = han ? text.replace(HAN, " ") : text;
  return han + (rest.match(WORD)?.length ?? 0);
}

/** Whether a text is mostly Chinese: more Han characters than words of other scripts. */
export function isChinese(text) {
  const head = text.slice(0, 4000);
  const han = head.match(HAN)?.length ?? 0;
  return han > 0 && han >= (head.replace(HAN, " ").match(WORD)?.length ?? 0);
}

/** The language a text asks for in `lang`. */
export function languageTag(text, fallback) {
  if (!text.trim()) return fallback;
  return isChinese(text) ? "zh-CN" : "en";
}

/** Code points before the UTF-16 index; the server counts code points. */
export function toCodePoints(text, index) {
  let points = 0;
  for (let at = 0; at < index && at < text.length; points += 1) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return points;
}

/** The UTF-16 index of a code point; the inverse of `toCodePoints`. */
export function fromCodePoints(text, points) {
  let at = 0;
  for (let seen = 0; seen < points && at < text.length; seen += 1) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return at;
}

// Control characters except tab and newline, and the marks that turn text direction round unseen.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Plain text with \n line ends, fit for the sheet. */
export function tidy(text) {
  return text.replace(/\r\n?|\u2028|\u2029/g, "\n").replace(/\u00a0/g, " ").replace(UNSEEN, "");
}

/** The first line with words in it, cut at 60 characters: what a draft without a title is called. */
export function firstLine(text) {
  const line = text.split("\n").find((one) => one.trim()) ?? "";
  const points = [...line.trim().replace(/^#+\s*/, "")];
  return points.length > 60 ? `${points.slice(0, 59).join("").trimEnd()}…` : points.join("");
}
