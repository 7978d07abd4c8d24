// What kind of line each line is: a screenplay's by Fountain's rules, prose and verse by their own.

const HEADING = /^(?:(?:INT|EXT|EST|INT\.?\/EXT|I\/E)[. ]|内景|外景|内外景)/i;
const FORCED_HEADING = /^\.[^.]/;
const TRANSITION = /^(?:[^\p{Ll}]*TO:|FADE (?:OUT|IN)[.:]?|CUT TO BLACK[.:]?|切至.*|淡[出入].*)$/u;
const CUE = /^[^\p{Ll}]*\p{L}[^\p{Ll}]*$/u;
const HAN_CUE = /^[\p{Script=Han}A-Za-z·0-9 ]{1,12}(?:（[^）]*）|\([^)]*\))?[：:]?$/u;

/** The line as a character cue: "MAREN", "MAREN (V.O.)", "@McAvoy", "马仁". */
function isCue(line, next) {
  if (!next?.trim()) return false;
  if (line.startsWith("@")) return true;
  const name = line.replace(/\s*\([^)]*\)\s*\^?$/u, "").replace(/\s*\^$/, "");
  if (!name || name.length > 40) return false;
  if (/\p{Script=Han}/u.test(name)) return HAN_CUE.test(line) && !/[。！？，；]/u.test(line);
  return CUE.test(name) && !/[.!?]$/.test(name);
}

function oneKind(line, before, next, speaking) {
  const text = line.trim();
  if (!text) return "blank";
  if (speaking) return /^[(（]/.test(text) ? "parenthetical" : text.startsWith("~") ? "lyric" : "dialogue";
  if (text.startsWith("!")) return "";
  if (HEADING.test(text) || FORCED_HEADING.test(text)) return "scene";
  if (/^>.*<$/.test(text)) return "centred";
  if (text.startsWith(">") || (!before && TRANSITION.test(text))) return "transition";
  if (/^#+\s/.test(text)) return "section";
  if (/^=[^=]/.test(text)) return "synopsis";
  if (/^\[\[.*\]\]$/.test(text)) return "note";
  if (text.startsWith("~")) return "lyric";
  return !before && isCue(text, next) ? "character" : "";
}

/** One kind per line of a screenplay; an action line has the kind "". */
export function scriptKinds(lines) {
  const kinds = [];
  let speaking = false;
  for (let i = 0; i < lines.length; i += 1) {
    const before = i > 0 && lines[i - 1].trim() !== "";
    const kind = oneKind(lines[i], before, lines[i + 1], speaking);
    kinds.push(kind);
    speaking = kind === "character" || (speaking && kind !== "blank");
  }
  return kinds;
}

const TAG = /^[[【].{1,40}[\]】]$/;
const SENTENCE_END = /[.!?。！？,，:：;；…—\])）】]["'”’」*_]*$/;

/** One kind per line of prose or verse: the title stands first, short and no sentence, with a blank line below it. */
export function proseKinds(lines) {
  return lines.map((line, i) => {
    if (!line.trim()) return "blank";
    if (i === 0 && lines.length > 2 && !lines[1].trim() && isTitle(line.trim())) return "title";
    return TAG.test(line.trim()) ? "tag" : "";
  });
}

/** The exporters' rule (creative/exporters/_manuscript.py). */
function isTitle(line) {
  return [...line].length <= 90 && !SENTENCE_END.test(line);
}
