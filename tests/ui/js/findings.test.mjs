// Findings keep to their passage while the text changes, and leave with it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped, inLines, lineOf, paragraphOf, placeFindings, shortQuote, stillThere } from "../../../creative/ui/assets/js/findings.mjs";

const found = (text, quote) => placeFindings([{ title: "t", start: [...text.slice(0, text.indexOf(quote))].length, end: [...text.slice(0, text.indexOf(quote) + quote.length)].length }], text);

test("spans counted in code points find their passage behind emoji", () => {
  const [one] = found("😀😀 very nervous now", "very nervous");
  assert.equal(one.quote, "very nervous");
});

test("a finding moves with its passage and goes when it is gone", () => {
  const text = "She was very nervous. Then she was very nervous.";
  const [one] = found(text, "very nervous");
  assert.equal(stillThere([one], `New. ${text}`)[0].start, 13);
  assert.deepEqual(stillThere([one], "She was calm."), []);
});

test("paragraphs and lines are counted as a writer counts them", () => {
  const text = "Title\n\nOne.\n\nTwo here.";
  assert.equal(paragraphOf(text, text.indexOf("here")), 3);
  assert.equal(lineOf(text, text.indexOf("here")), 5);
});

test("over twelve findings are grouped by kind", () => {
  const many = Array.from({ length: 13 }, (_, i) => ({ title: i % 2 ? "Echo" : "Cliché" }));
  assert.deepEqual(grouped(many).map((group) => [group.title, group.findings.length]), [["Cliché", 7], ["Echo", 6]]);
  assert.equal(grouped(many.slice(0, 12)).length, 1);
});

test("a long quote is cut between words", () => {
  const cut = shortQuote("word ".repeat(60));
  assert.ok(cut.length <= 112 && cut.endsWith("word…"));
});

test("verse and ads are told by line, prose by paragraph", () => {
  assert.equal(inLines("[Verse 1]\nA light is on,\nand not for me."), true);
  assert.equal(inLines("A Title\n\nOne paragraph.\n\nAnother."), false);
  assert.equal(inLines(""), false);
});
