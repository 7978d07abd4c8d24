// The manuscript as plain text: where streamed text goes in, what is fresh, how edits move both.

/** The one change that leads from `before` to `after`: `{at, removed, added}` in UTF-16 units. */
export function changeBetween(before, after) {
  const shorter = Math.min(before.length, after.length);
  let at = 0;
  while (at < shorter && before.charCodeAt(at) === after.charCodeAt(at)) at += 1;
  let tail = 0;
  while (tail < shorter - at && before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)) tail += 1;
  return { at, removed: before.length - at - tail, added: after.length - at - tail };
}

/** Where a place stands after a change; text put in exactly at the place lands behind it. */
export function moved(place, { at, removed, added }) {
  if (place <= at) return place;
  return Math.max(at, place - removed) + (place >= at + removed ? added : 0);
}

/** Plain text with the place where the model writes and the stretch it has written. */
export class Manuscript {
  constructor(text = "") {
    this.text = text;
    this.anchor = null;
    this.fresh = null;
  }

  load(text, fresh = null) {
    this.text = text;
    this.anchor = null;
    this.fresh = fresh;
  }

  /** The writer's edit: keeps the model's place where its text ends, and lets go of the tint when idle. */
  edited(text) {
    const change = changeBetween(this.text, text);
    this.text = text;
    if (!change.removed && !change.added) return null;
    if (this.anchor !== null) {
      this.anchor = moved(this.anchor, change);
      if (this.fresh) this.fresh = [moved(this.fresh[0], change), this.anchor];
    } else this.fresh = null;
    return change;
  }

  /** The model begins at `place`; with `blank` the page starts empty. */
  begin(place, blank = false) {
    if (blank) this.text = "";
    this.anchor = blank ? 0 : Math.min(place, this.text.length);
    this.fresh = [this.anchor, this.anchor];
  }

  /** A piece from the model; gives the place where it went in. */
  push(piece) {
    const place = this.anchor;
    this.text = this.text.slice(0, place) + piece + this.text.slice(place);
    this.anchor = place + piece.length;
    this.fresh = [this.fresh[0], this.anchor];
    return place;
  }

  end() {
    this.anchor = null;
    if (this.fresh && this.fresh[0] === this.fresh[1]) this.fresh = null;
  }

  /** Put `replacement` for the stretch and call it fresh. */
  replace(start, end, replacement) {
    this.text = this.text.slice(0, start) + replacement + this.text.slice(end);
    this.fresh = [start, start + replacement.length];
  }
}

/** Where a passage stands now if it was `start..end` of `before`, or null when it is gone. */
export function findPassage(passage, start, text) {
  if (text.startsWith(passage, start)) return start;
  const after = text.indexOf(passage, start);
  const before = text.lastIndexOf(passage, start);
  if (after < 0 && before < 0) return null;
  if (after < 0 || before < 0) return Math.max(after, before);
  return start - before <= after - start ? before : after;
}
