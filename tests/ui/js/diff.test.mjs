// The flowing diff: right on any two texts, and calm to read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { diffWords } from "../../../creative/ui/assets/js/diff.mjs";

const after = (runs) => runs.filter((run) => run.kind !== "removed").map((run) => run.text).join("");
const before = (runs) => runs.filter((run) => run.kind !== "added").map((run) => run.text).join("");

test("the runs give back both texts, whatever they are", () => {
  const words = ["the", "ferry", "stood", "—", "漢", "字", "\n", "it's", "low", "low"];
  let seed = 7;
  const next = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  for (let round = 0; round < 300; round += 1) {
    const make = () => Array.from({ length: Math.floor(next() * 14) }, () => words[Math.floor(next() * words.length)]).join(next() < 0.5 ? " " : "");
    const [a, b] = [make(), make()];
    const runs = diffWords(a, b);
    assert.equal(before(runs), a);
    assert.equal(after(runs), b);
  }
});

test("changes that only a space keeps apart are one run", () => {
  const runs = diffWords("She was very nervous about it", "She was rather calm about it");
  assert.deepEqual(runs, [
    { kind: "same", text: "She was " }, { kind: "removed", text: "very nervous" }, { kind: "added", text: "rather calm" }, { kind: "same", text: " about it" },
  ]);
});

test("Chinese is compared character by character", () => {
  const runs = diffWords("他走了很久", "他走得很久");
  assert.deepEqual(runs.filter((run) => run.kind !== "same").map((run) => run.text), ["了", "得"]);
});

test("two versions of a novel are compared in time", () => {
  const a = Array.from({ length: 4000 }, (_, i) => `Line ${i} of the long book.`).join("\n");
  const b = a.replace("Line 2000 of", "Line two thousand of");
  const start = performance.now();
  const runs = diffWords(a, b);
  assert.ok(performance.now() - start < 500);
  assert.equal(after(runs), b);
});

test("two texts with nothing in common end in one replacement, not in a wait", () => {
  const a = Array.from({ length: 3000 }, (_, i) => `a${i}`).join(" ");
  const b = Array.from({ length: 3000 }, (_, i) => `b${i}`).join(" ");
  const start = performance.now();
  assert.equal(after(diffWords(a, b)), b);
  assert.ok(performance.now() - start < 3000);
});
