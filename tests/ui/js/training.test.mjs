// What a training's numbers are told as, where its curves stand, what is refused before it is sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Line } from "../../../creative/ui/assets/js/training_upload.mjs";
import { line, range, scales, ticks } from "../../../creative/ui/assets/js/training_plot.mjs";
import { keptOf, learned, lessSurprised, momentName, refuseFile, share, spokenTime, whereItIs } from "../../../creative/ui/assets/js/training_progress.mjs";
import { readNumber, showSetting } from "../../../creative/ui/assets/js/training_recipe.mjs";
import { RECIPE_ZH } from "../../../creative/ui/assets/js/training_recipe_words.mjs";
import { speak } from "../../../creative/ui/assets/js/words.mjs";

const look = (step, loss, kept = false) => ({ step, epoch: step / 20, held_out_loss: loss, kept, cards: [] });
const job = (values) => ({ state: "training", step: 30, total: 60, epoch: 1.5, epochs: 3, eta_s: 840, place: 0, voice: "", kept_step: null, curve: [], evaluations: [], ...values });

test("how much less surprised it is comes from the two losses", () => {
  assert.equal(Math.round(lessSurprised(4, 4 - Math.log(2))), 50);
  assert.equal(lessSurprised(4, 4), 0);
  assert.ok(lessSurprised(4, 4.1) < 0);
});

test("a wait is told in whole minutes, never in a number that is not known", () => {
  assert.equal(spokenTime(20), "less than a minute");
  assert.equal(spokenTime(70), "about a minute");
  assert.equal(spokenTime(840), "about 14 minutes");
  assert.equal(spokenTime(7300), "about 2 hours");
});

test("the line says the pass and the time left, and before the first step neither", () => {
  assert.deepEqual(whereItIs(job()), ["Pass 2 of 3", "about 14 minutes left"]);
  assert.deepEqual(whereItIs(job({ epoch: 3, eta_s: null })), ["Pass 3 of 3"]);
  assert.match(whereItIs(job({ total: 0, epochs: 0 })), /first text/);
  assert.equal(whereItIs(job({ state: "waiting", place: 2 })), "2 trainings come first. It starts by itself.");
});

test("what was learned is told by the best look at unseen pages, and a loss is not made a gain", () => {
  assert.equal(learned(job({ evaluations: [look(0, 4), look(10, 3.6), look(20, 3.7)] })), "On pages it has not read, it is 33 % less surprised than at the start.");
  assert.match(learned(job({ evaluations: [look(0, 4), look(10, 4.1)] })), /does not do better/);
  assert.match(learned(job({ evaluations: [look(0, 4), look(10, 4)] })), /nothing has changed/);
  assert.match(learned(job({ evaluations: [look(0, 4)] })), /after the first look/);
  assert.equal(learned(job({ state: "failed" })), "");
});

test("the one in use is the one chosen by hand, else the best so far", () => {
  const evaluations = [look(0, 4), look(10, 3.5, true), look(20, 3.6)];
  assert.equal(keptOf(job({ evaluations })).step, 10);
  assert.equal(keptOf(job({ evaluations, kept_step: 20 })).step, 20);
  assert.equal(keptOf(job()), null);
  assert.equal(momentName(job({ evaluations }), evaluations[0]), "Before");
  assert.equal(momentName(job({ evaluations }), evaluations[1]), "After 0.5 passes, best so far");
  assert.equal(momentName(job({ evaluations, kept_step: 20 }), evaluations[2]), "After 1 pass, in use");
  speak("zh");
  assert.equal(momentName(job({ evaluations, kept_step: 20 }), evaluations[2]), "学了 1 遍，使用中");
  speak("en");
});

test("the bar is full only at the end", () => {
  assert.equal(share(job()), 0.5);
  assert.equal(share(job({ state: "done" })), 1);
  assert.equal(share(job({ total: 0, step: 0 })), 0);
});

test("a file that is empty, too large or of another kind is not sent", () => {
  assert.match(refuseFile({ name: "a.txt", size: 0 }, [".txt"], 64), /empty/);
  assert.match(refuseFile({ name: "a.txt", size: 70_500_000 }, [".txt"], 64), /71 MB; 64 MB/);
  assert.match(refuseFile({ name: "a.exe", size: 9 }, [".txt", ".md"], 64), /\.txt, \.md/);
  assert.equal(refuseFile({ name: "A.TXT", size: 9 }, [".txt"], 64), "");
});

test("a changed number goes as a number, and what is none goes as it was typed, to be refused by name", () => {
  assert.equal(readNumber("float", " 0.001 "), 0.001);
  assert.equal(readNumber("int", "nan"), "nan");
  assert.equal(readNumber("float", ""), "");
  assert.equal(readNumber("bool", "true"), true);
  assert.equal(readNumber("text", "q_proj, v_proj"), "q_proj, v_proj");
});

test("settings are shown as a person writes them", () => {
  assert.equal(showSetting(0.000001), "0.000001");
  assert.equal(showSetting(2147483647), "2147483647");
  assert.equal(showSetting("rslora"), "rsLoRA");
  assert.equal(showSetting("as_in_use"), "as in use");
  assert.equal(showSetting(false), "no");
  for (const [name, words] of Object.entries(RECIPE_ZH)) assert.ok(words.length === 2 && /\p{Script=Han}/u.test(words[1]), name);
});

test("the curves stand within the drawing, whatever their numbers", () => {
  const at = scales(job({ curve: [[1, 5], [60, 2]], evaluations: [look(0, 4.5), look(60, Number.NaN)] }));
  assert.deepEqual(at.unread, [[0, 4.5]]);
  assert.ok(at.y(5) >= 12 && at.y(2) <= 190 - 26 && at.x(60) <= 680 && at.x(0) === 40);
  assert.equal(line([[0, 5], [60, 2]], { x: (step) => step, y: (loss) => loss }), "M0.0 5.0L60.0 2.0");
  assert.equal(scales(job()), null);
});

test("ticks are round and a single value has room around it", () => {
  assert.deepEqual(ticks(3.1, 4.4), [3.5, 4]);
  assert.deepEqual(ticks(0, 60, 6), [0, 10, 20, 30, 40, 50, 60]);
  const [low, high] = range([4, 4]);
  assert.ok(low < 4 && high > 4);
});

test("a few files go at a time and all of them in the end", async () => {
  const line = new Line(2);
  const done = [];
  let most = 0;
  let now = 0;
  await new Promise((resolve) => {
    for (let i = 0; i < 5; i += 1) {
      line.add(async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((next) => setTimeout(next, 2));
        now -= 1;
        done.push(i);
        if (done.length === 5) resolve();
      });
    }
  });
  assert.equal(most, 2);
  assert.deepEqual(done, [0, 1, 2, 3, 4]);
});
