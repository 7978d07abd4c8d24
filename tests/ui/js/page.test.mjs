// The dictionary, the store, and how variations are told apart.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync, readdirSync } from "node:fs";
import { traits } from "../../../creative/ui/assets/js/differs.mjs";
import { Store } from "../../../creative/ui/assets/js/store.mjs";
import { DICTIONARIES, pickWords, say, speak } from "../../../creative/ui/assets/js/words.mjs";

const FOLDER = new URL("../../../creative/ui/assets/js/", import.meta.url);

test("both languages have the same words", () => {
  assert.deepEqual(Object.keys(DICTIONARIES.zh).sort(), Object.keys(DICTIONARIES.en).sort());
});

test("every word the scripts ask for is in the dictionary", () => {
  const missing = [];
  for (const name of readdirSync(FOLDER)) {
    for (const [, key] of readFileSync(new URL(name, FOLDER), "utf8").matchAll(/\bsay\("([a-zA-Z0-9_]+)"/g)) if (!(key in DICTIONARIES.en)) missing.push(`${name}: ${key}`);
  }
  assert.deepEqual(missing, []);
});

test("no script makes markup out of text", () => {
  const banned = /\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/;
  for (const name of readdirSync(FOLDER)) assert.ok(!banned.test(readFileSync(new URL(name, FOLDER), "utf8")), name);
});

test("numbers and words are told in the page's language", () => {
  speak("en");
  assert.equal(say("count", { n: 1220, of: 2000 }), "1,220 words of 2,000");
  assert.equal(say("wrote", { n: 1 }), "Wrote 1 word");
  speak("zh-Hans-SG");
  assert.equal(say("wrote", { n: 1220 }), "写了 1,220 字");
  assert.equal(pickWords({ en: "Story", zh: "" }), "Story");
  speak("en");
});

test("a store that is full or closed is never an error", () => {
  const full = new Store({ getItem: () => "{", setItem: () => { throw new Error("full"); }, removeItem: () => { throw new Error("closed"); } });
  assert.equal(full.read("x", 3), 3);
  assert.equal(full.write("x", 1), false);
  full.forget("x");
});

test("the writer's secret has 128 bits and is made once", () => {
  const map = new Map();
  const store = new Store({ getItem: (key) => map.get(key) ?? null, setItem: (key, value) => map.set(key, value), removeItem: (key) => map.delete(key) });
  const secret = store.writer();
  assert.match(secret, /^[0-9a-f]{32}$/);
  assert.equal(store.writer(), secret);
});

test("variations are told apart in the writer's terms", () => {
  const brief = { characters: "Maren, who left. Ines, who stayed." };
  const found = traits(["Maren took it. Maren read it twice.", "Ines reached past her. “No,” she said. “Not now, not here.”", "By evening everyone on the whole island had a letter and nobody had opened one of them at all."], brief);
  assert.deepEqual(found[0], { key: "beginsWith", name: "Maren" });
  assert.deepEqual(found[1], { key: "beginsWith", name: "Ines" });
  assert.equal(new Set(found.map((one) => one.key + (one.name ?? ""))).size, 3);
});
