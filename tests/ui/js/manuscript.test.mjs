// Streamed text and the writer's own edits meet in one text, and neither loses a letter.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Manuscript, changeBetween, findPassage, moved } from "../../../creative/ui/assets/js/manuscript.mjs";

test("the one change between two texts is found", () => {
  assert.deepEqual(changeBetween("the ferry", "the old ferry"), { at: 4, removed: 0, added: 4 });
  assert.deepEqual(changeBetween("aaa", "aa"), { at: 2, removed: 1, added: 0 });
  assert.deepEqual(changeBetween("same", "same"), { at: 4, removed: 0, added: 0 });
});

test("a place before a change stays, one behind it moves, one inside goes to its start", () => {
  const change = { at: 4, removed: 3, added: 1 };
  assert.equal(moved(4, change), 4);
  assert.equal(moved(5, change), 4);
  assert.equal(moved(7, change), 5);
  assert.equal(moved(20, change), 18);
});

test("two hundred pieces stream in while a paragraph above is edited, and nothing is lost", () => {
  const page = new Manuscript("First.\n\nSecond.");
  page.begin(page.text.length);
  let own = "";
  for (let i = 0; i < 200; i += 1) {
    page.push(` w${i}`);
    if (i % 3 === 0) {
      own += "x";
      page.edited(`First${own}${page.text.slice(5 + own.length - 1)}`);
    }
  }
  const streamed = Array.from({ length: 200 }, (_, i) => ` w${i}`).join("");
  assert.equal(page.text, `First${own}.\n\nSecond.${streamed}`);
  assert.equal(page.text.slice(...page.fresh), streamed);
});

test("letters typed where the model writes stay together behind its text", () => {
  const page = new Manuscript("Once");
  page.begin(4);
  page.push(" upon");
  page.edited("Once upon!!");
  page.push(" a time");
  assert.equal(page.text, "Once upon a time!!");
});

test("deleting across the model's place keeps writing where the hole is", () => {
  const page = new Manuscript("abcdef");
  page.begin(6);
  page.push("GHI");
  page.edited("abI");
  page.push("J");
  assert.equal(page.text, "abIJ");
});

test("the tint goes when the writer edits after the run, and stays while it runs", () => {
  const page = new Manuscript("");
  page.begin(0, true);
  page.push("Hello there");
  page.edited("Hello, there");
  assert.deepEqual(page.fresh, [0, 12]);
  page.end();
  assert.deepEqual(page.fresh, [0, 12]);
  page.edited("Hello, there.");
  assert.equal(page.fresh, null);
});

test("a passage is found again nearest to where it was", () => {
  assert.equal(findPassage("ab", 6, "ab xx ab xx ab"), 6);
  assert.equal(findPassage("ab", 8, "ab xx ab xx ab"), 6);
  assert.equal(findPassage("zz", 0, "ab"), null);
});
