// How the variations differ, in the writer's terms: who begins, whose page it is, distance, talk.

import { countWords } from "./text.mjs";

const SPEECH = /[“"「『][^”"」』]+[”"」』]/gu;

function names(brief) {
  const text = Object.values(brief).filter((value) => typeof value === "string").join("\n");
  const found = text.match(/\b\p{Lu}\p{Ll}{2,}\b/gu) ?? [];
  const starts = new Set((text.match(/(?:^|[.!?]\s+|\n)(\p{Lu}\p{Ll}+)/gu) ?? []).map((one) => one.replace(/^[^\p{L}]+/u, "")));
  return [...new Set(found)].filter((name) => !starts.has(name) || found.filter((one) => one === name).length > 1 || name.length > 3);
}

function mentions(text, name) {
  return text.split(new RegExp(`(?<!\\p{L})${name}(?!\\p{L})`, "u")).length - 1;
}

const per = (count, words) => (words ? count / words : 0);

/** One of `{key, name?}` per text: the trait in which it stands out most; keys are in the dictionary. */
export function traits(texts, brief) {
  const known = names(brief);
  const measured = texts.map((text) => {
    const words = countWords(text) || 1;
    const sentences = text.split(/[.!?。！？]+/u).filter((one) => one.trim()).length || 1;
    return { text, words, speech: per((text.match(SPEECH) ?? []).join("").length, text.length || 1), pace: words / sentences };
  });
  const used = new Set();
  return measured.map((one, i) => {
    const others = measured.filter((_, j) => j !== i);
    const found = candidates(one, others, known).find((trait) => !used.has(trait.key + (trait.name ?? "")));
    const trait = found ?? { key: "another" };
    used.add(trait.key + (trait.name ?? ""));
    return trait;
  });
}

function candidates(one, others, known) {
  const found = [];
  const opening = one.text.slice(0, 80);
  const first = known.find((name) => mentions(opening, name));
  if (first && !others.some((other) => mentions(other.text.slice(0, 80), first))) found.push({ key: "beginsWith", name: first });
  for (const name of known) {
    const here = per(mentions(one.text, name), one.words);
    if (here > 0 && others.every((other) => here > 1.4 * per(mentions(other.text, name), other.words))) found.push({ key: "closerTo", name });
  }
  const stands = (key, more, less) => {
    if (others.every((other) => one[key] > other[key] * 1.15)) found.push({ key: more });
    if (others.every((other) => one[key] * 1.15 < other[key])) found.push({ key: less });
  };
  stands("speech", "moreTalk", "moreDistance");
  stands("pace", "longerLines", "shorterLines");
  stands("words", "longest", "shortest");
  return found;
}
