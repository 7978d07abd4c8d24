// Counting, code points, and what a paste may bring in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { countWords, firstLine, fromCodePoints, isChinese, languageTag, tidy, toCodePoints } from "../../../creative/ui/assets/js/text.mjs";

test("a Han character counts one, a Latin word counts one, mixed text adds them", () => {
  assert.equal(countWords("The ferry's last day, half-past nine."), 6);
  assert.equal(countWords("渡轮停了。"), 4);
  assert.equal(countWords("他说 OK 就走了"), 6);
  assert.equal(countWords("  \n — … "), 0);
});

test("code points and UTF-16 places lead to each other past emoji", () => {
  const text = "a😀b漢😀c";
  for (let points = 0; points <= [...text].length; points += 1) {
    assert.equal(toCodePoints(text, fromCodePoints(text, points)), points);
  }
  assert.equal(text.slice(fromCodePoints(text, 4)), "😀c");
});

test("the language follows the text, and the page where there is none", () => {
  assert.equal(languageTag("渡轮从星期二起就没再开过", "en"), "zh-CN");
  assert.equal(languageTag("She wrote 渡轮 on the wall and left", "zh-CN"), "en");
  assert.equal(languageTag("  ", "zh-CN"), "zh-CN");
  assert.equal(isChinese(""), false);
});

test("a paste loses control characters and direction overrides, and keeps its lines", () => {
  assert.equal(tidy("a\r\nb\rc\u2028d"), "a\nb\nc\nd");
  assert.equal(tidy("x\u202ey\u0000z\u00a0w\t."), "xyz w\t.");
});

test("a draft is called by its first line with words, cut at sixty characters", () => {
  assert.equal(firstLine("\n\n# The Ferry\n\nmore"), "The Ferry");
  assert.equal([...firstLine("😀".repeat(80))].length, 60);
});
