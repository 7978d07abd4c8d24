// The life of a run: late, lost and doubled messages change nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Runner } from "../../../creative/ui/assets/js/runner.mjs";

function stage() {
  const told = [];
  const sent = [];
  const link = { ask: async (op) => { told.push(op); return true; }, alive: async () => true };
  const runner = new Runner({ trigger: (_name, order) => sent.push(order), link, on: {
    state: (name) => told.push(name), piece: (_i, text) => told.push(`+${text}`), variant: () => {}, end: (how) => told.push(`end ${how}`),
  } });
  return { runner, told, sent };
}

const tick = (ms = 5) => new Promise((resolve) => { setTimeout(resolve, ms); });

test("pieces are what is new in the text so far, even when messages are lost or doubled", async () => {
  const { runner, told, sent } = stage();
  await runner.start("write", async () => ({}));
  const run = sent[0].run;
  for (const text of ["One", "One", "One two three", "One two"]) runner.receive({ run, state: "writing", texts: [text] });
  runner.receive({ run, state: "done", texts: ["One two three."] });
  assert.deepEqual(told.filter((one) => one.startsWith("+")), ["+One", "+ two three", "+."]);
  assert.equal(told.at(-1), "end done");
});

test("a message for a run that has ended does not lock the page", async () => {
  const { runner, told, sent } = stage();
  await runner.start("write", async () => ({}));
  const { run } = sent[0];
  runner.receive({ run, state: "done", texts: ["a"] });
  const before = told.length;
  runner.receive({ run, state: "writing", texts: ["a b"] });
  assert.equal(told.length, before);
  assert.equal(runner.busy, false);
});

test("stop frees the page at once, and the next run waits until the old one is closed", async () => {
  const { runner, told, sent } = stage();
  await runner.start("write", async () => ({}));
  const first = sent[0].run;
  runner.receive({ run: first, state: "writing", texts: ["a"] });
  runner.stop();
  assert.equal(runner.busy, false);
  const second = runner.start("write", async () => ({}));
  await tick();
  assert.equal(sent.length, 1);
  runner.receive({ run: first, state: "stopped", texts: ["a b"] });
  await second;
  assert.equal(sent.length, 2);
  assert.deepEqual(told.filter((one) => one.startsWith("+") || one.startsWith("end")), ["+a", "+ b", "end stopped"]);
  runner.receive({ run: sent[1].run, state: "done", texts: [] });
});

test("stop before the order is sent sends nothing", async () => {
  const { runner, told, sent } = stage();
  let release;
  const begun = runner.start("write", () => new Promise((resolve) => { release = resolve; }));
  await tick();
  runner.stop();
  release({});
  await begun;
  assert.deepEqual(sent, []);
  assert.equal(told.at(-1), "end stopped");
});
