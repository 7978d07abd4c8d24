// What a training's numbers mean to a writer: how far, how long still, how much was learned. Knows no DOM.

import { say } from "./words.mjs";

export const ACTIVE = new Set(["waiting", "starting", "training", "finishing"]);

/** Percent by which `after` is less surprised than `before`, both in nats per token; negative when it is more. */
export function lessSurprised(before, after) {
  return (1 - Math.exp(after - before)) * 100;
}

/** A wait as a person says it. */
export function spokenTime(seconds) {
  const minutes = Math.round(seconds / 60);
  if (seconds < 50) return say("tLessMinute");
  if (minutes < 90) return say("tMinutes", { n: Math.max(1, minutes) });
  return say("tHours", { n: Math.round(minutes / 60) });
}

/** One line: the pass, the time left, and that the page may be closed. */
export function whereItIs(job) {
  if (job.state === "waiting") return say("tAhead", { n: job.place });
  if (job.state === "starting") return say("tGettingReady");
  if (job.state === "finishing") return say("tFinishing");
  if (job.state === "done") return say(job.voice ? "tDone" : "tNoVoice");
  if (job.state === "stopped") return say(job.voice || job.evaluations.length > 1 ? "tStopped" : "tStoppedEmpty");
  if (job.state === "interrupted") return say("tInterrupted");
  if (job.state !== "training") return "";
  if (!job.total) return say("tBeforeFirst");
  const passes = Math.max(1, Math.ceil(job.epochs));
  const pass = Math.min(passes, Math.floor(job.epoch) + 1);
  const parts = [say("tPass", { pass, of: passes })];
  if (job.eta_s !== null && job.eta_s !== undefined) parts.push(say("tLeft", { time: spokenTime(job.eta_s) }));
  return parts;
}

/** One plain sentence on the pages that it has not read. */
export function learned(job) {
  const { evaluations } = job;
  if (evaluations.length < 2) return ACTIVE.has(job.state) && job.state !== "waiting" ? say("tLearnedSoon") : "";
  const best = Math.min(...evaluations.slice(1).map((one) => one.held_out_loss));
  const percent = Math.round(lessSurprised(evaluations[0].held_out_loss, best));
  if (percent >= 1) return say("tLearnedMore", { percent });
  return say(best > evaluations[0].held_out_loss + 0.005 ? "tLearnedWorse" : "tLearnedNothing");
}

/** How far along the bar stands, 0 to 1. */
export function share(job) {
  if (["done", "finishing"].includes(job.state)) return 1;
  return job.total > 0 ? Math.min(1, job.step / job.total) : 0;
}

/** The evaluation the voice stands at, or would: the one chosen, else the best so far. */
export function keptOf(job) {
  const { evaluations } = job;
  return evaluations.find((one) => one.step === job.kept_step) ?? evaluations.findLast((one) => one.kept) ?? null;
}

/** What a moment of the training is called. */
export function momentName(job, one) {
  if (one.step === 0) return say("tBefore");
  const label = say("tAfterPass", { pass: String(Math.round(one.epoch * 10) / 10) });
  if (one !== keptOf(job)) return label;
  return say(job.kept_step === null || job.kept_step === undefined ? "tBestMark" : "tKeptMark", { label });
}

/** Why a file cannot be sent at all, or "". `formats` are suffixes with their dots. */
export function refuseFile(file, formats, mostMb) {
  const suffix = /\.[^.]+$/.exec(file.name.toLowerCase())?.[0] ?? "";
  if (formats.length && !formats.includes(suffix)) return say("tOtherKind", { kinds: formats.join(", ") });
  if (file.size === 0) return say("tEmptyFile");
  if (file.size > mostMb * 1e6) return say("tTooLarge", { mb: Math.ceil(file.size / 1e6), most: mostMb });
  return "";
}
