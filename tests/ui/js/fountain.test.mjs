// The kinds of lines that a screenplay and prose are drawn by.
import assert from "node:assert/strict";
import { test } from "node:test";
import { proseKinds, scriptKinds } from "../../../creative/ui/assets/js/fountain.mjs";

const kinds = (text) => scriptKinds(text.split("\n"));

test("a scene is read line by line", () => {
  assert.deepEqual(kinds("INT. OFFICE - DAWN\n\nA light.\n\nINES\n(turning)\nIt's off.\n\nCUT TO:"),
    ["scene", "blank", "", "blank", "character", "parenthetical", "dialogue", "blank", "transition"]);
});

test("Chinese headings and names are read too", () => {
  assert.deepEqual(kinds("内景 码头办公室 清晨\n\n一盏灯。\n\n伊内斯\n门没锁。"), ["scene", "blank", "", "blank", "character", "dialogue"]);
});

test("a name in capitals without a line below is action", () => {
  assert.deepEqual(kinds("SILENCE\n\nMAREN (V.O.)\nNo."), ["", "blank", "character", "dialogue"]);
});

test("forced lines keep Fountain's rules", () => {
  assert.deepEqual(kinds(".SNIPER SCOPE\n\n!NOT A NAME\nsaid\n\n> THE END <\n\n@McAvoy\nAye.\n\n> Burn to white."),
    ["scene", "blank", "", "", "blank", "centred", "blank", "character", "dialogue", "blank", "transition"]);
});

test("while a name is still being typed it is not yet dialogue below", () => {
  assert.deepEqual(kinds("INES"), [""]);
});

test("a first line above a blank one is a title", () => {
  assert.deepEqual(proseKinds(["The Ferry", "", "It ran."]), ["title", "blank", ""]);
  assert.deepEqual(proseKinds(["It ran.", "It stopped."]), ["", ""]);
  assert.deepEqual(proseKinds(["Song", "", "[Chorus]", "la"]), ["title", "blank", "tag", ""]);
});

test("a sentence, a section or a long line above a blank one is none", () => {
  for (const line of ["Maren is a boy. He has to go home.", "“Is it Maren?” ", "他回来了。", `${"The ferry ".repeat(9)}ran`]) {
    assert.deepEqual(proseKinds([line, "", "It ran."]), ["", "blank", ""], line);
  }
  assert.deepEqual(proseKinds(["[Verse 1]", "", "la"]), ["tag", "blank", ""]);
});
