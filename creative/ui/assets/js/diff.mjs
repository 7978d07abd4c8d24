// What changed between two texts, word by word, told so that it reads as one paragraph.

const TOKEN = /\p{Script=Han}|[\p{L}\p{N}\p{M}]+(?:['’-][\p{L}\p{N}\p{M}]+)*|\n|[^\S\n]+|[^\s]/gu;
const MOST_EDITS = 1500;

/** Words, single Han characters, single signs, runs of space, line ends. */
export function tokens(text) {
  return text.match(TOKEN) ?? [];
}

// Myers, "An O(ND) Difference Algorithm" (1986): the frontier after each number of edits.
function frontiers(a, b, most) {
  const size = a.length + b.length;
  const trail = [];
  let reach = new Map([[1, 0]]);
  for (let d = 0; d <= Math.min(size, most); d += 1) {
    const now = new Map();
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
      let x = down ? reach.get(k + 1) : reach.get(k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      now.set(k, x);
      if (x >= a.length && x - k >= b.length) return [...trail, now];
    }
    trail.push(now);
    reach = now;
  }
  return null;
}

function backtrack(trail, a, b) {
  const steps = [];
  let x = a.length;
  let y = b.length;
  for (let d = trail.length - 1; d > 0; d -= 1) {
    const before = trail[d - 1];
    const k = x - y;
    const down = k === -d || (k !== d && (before.get(k - 1) ?? -1) < (before.get(k + 1) ?? -1));
    const fromK = down ? k + 1 : k - 1;
    const fromX = before.get(fromK);
    const midX = down ? fromX : fromX + 1;
    for (; x > midX; x -= 1) steps.push(["same", a[x - 1]]);
    steps.push(down ? ["added", b[fromX - fromK]] : ["removed", a[fromX]]);
    x = fromX;
    y = fromX - fromK;
  }
  for (; x > 0; x -= 1) steps.push(["same", a[x - 1]]);
  return steps.reverse();
}

function compareTokens(a, b) {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const midA = a.slice(head, a.length - tail);
  const midB = b.slice(head, b.length - tail);
  const trail = frontiers(midA, midB, MOST_EDITS);
  const middle = trail
    ? backtrack(trail, midA, midB)
    : [...midA.map((t) => ["removed", t]), ...midB.map((t) => ["added", t])];
  return [...a.slice(0, head).map((t) => ["same", t]), ...middle, ...a.slice(a.length - tail).map((t) => ["same", t])];
}

/** Join runs of changes that only a space (or one short sign) keeps apart, else it reads like confetti. */
function joinRuns(steps) {
  const runs = [];
  let removed = "";
  let added = "";
  const flush = () => {
    if (removed) runs.push({ kind: "removed", text: removed });
    if (added) runs.push({ kind: "added", text: added });
    removed = "";
    added = "";
  };
  steps.forEach(([kind, text], i) => {
    if (kind === "removed") removed += text;
    else if (kind === "added") added += text;
    else if ((removed || added) && /^[^\S\n]+$/.test(text) && i + 1 < steps.length && steps[i + 1][0] !== "same") {
      removed += text;
      added += text;
    } else {
      flush();
      const last = runs.at(-1);
      if (last?.kind === "same") last.text += text;
      else runs.push({ kind: "same", text });
    }
  });
  flush();
  return runs;
}

/** Runs of `{kind: "same"|"removed"|"added", text}`; the same and added ones together give `after`. */
export function diffWords(before, after) {
  if (before.length + after.length < 60000) return joinRuns(compareTokens(tokens(before), tokens(after)));
  return joinRuns(compareTokens(before.split(/(?<=\n)/), after.split(/(?<=\n)/)));
}
