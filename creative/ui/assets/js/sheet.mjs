// The editing surface: one div per line, plain text only; the writer's caret and scroll are never taken.

import { h } from "./dom.mjs";
import { proseKinds, scriptKinds } from "./fountain.mjs";
import { Manuscript, changeBetween } from "./manuscript.mjs";
import { languageTag, tidy } from "./text.mjs";
import * as marks from "./marks.mjs";

const LONGEST_MARK = 600;

function makeLine(text) {
  const line = h("div", { class: "line" });
  line.append(text ? document.createTextNode(text) : document.createElement("br"));
  return line;
}

const isPlain = (line) =>
  line.nodeName === "DIV" && line.childNodes.length === 1 && (line.firstChild.nodeName === "BR" || (line.firstChild.nodeType === 3 && line.firstChild.data !== "" && !line.firstChild.data.includes("\n")));

export class Sheet {
  /** `on.edit(change)` after each edit of the writer's; `on.select()` when the selection settles. */
  constructor(root, { script, fallbackLanguage, on }) {
    this.root = root;
    this.script = script;
    this.fallbackLanguage = fallbackLanguage;
    this.on = on;
    this.manuscript = new Manuscript();
    this.composing = false;
    this.held = [];
    this.key = Symbol("sheet");
    this.listen();
    this.draw("");
  }

  get text() {
    return this.manuscript.text;
  }

  listen() {
    const { root } = this;
    root.addEventListener("beforeinput", (event) => this.before(event));
    root.addEventListener("input", () => this.composing || this.readEdit());
    root.addEventListener("compositionstart", () => { this.composing = true; });
    root.addEventListener("compositionend", () => {
      this.composing = false;
      this.readEdit();
      for (const piece of this.held.splice(0)) this.push(piece);
    });
    root.addEventListener("paste", (event) => this.take(event, event.clipboardData));
    root.addEventListener("drop", (event) => this.take(event, event.dataTransfer));
    for (const name of ["copy", "cut"]) {
      root.addEventListener(name, (event) => {
        const range = this.selection();
        if (!range || range.start === range.end) return;
        event.preventDefault();
        event.clipboardData.setData("text/plain", this.text.slice(range.start, range.end));
        if (name === "cut") this.edit(range.start, range.end, "");
      });
    }
  }

  before(event) {
    const type = event.inputType;
    if (type.startsWith("format") || type.startsWith("history")) event.preventDefault();
    else if (type === "insertParagraph" || type === "insertLineBreak") {
      event.preventDefault();
      const range = this.selection();
      if (range) this.edit(range.start, range.end, "\n");
    } else if (type === "insertFromPaste" || type === "insertFromDrop") event.preventDefault();
  }

  take(event, data) {
    event.preventDefault();
    const text = tidy(data?.getData("text/plain") ?? "");
    const range = this.selection();
    if (text && range) this.edit(range.start, range.end, text);
  }

  /** The writer's edit done by us: paste, Enter, cut. */
  edit(start, end, text) {
    this.splice(start, end, text);
    const change = this.manuscript.edited(this.text.slice(0, start) + text + this.text.slice(end));
    this.select(start + text.length, start + text.length, true);
    this.dress();
    if (change) this.on.edit(change);
  }

  readEdit() {
    this.tidyLines();
    const change = this.manuscript.edited(this.read());
    this.dress();
    if (change) this.on.edit(change);
  }

  read() {
    const lines = [];
    for (let line = this.root.firstChild; line; line = line.nextSibling) lines.push(line.textContent);
    return lines.join("\n");
  }

  /** Put right whatever is not a div with text; almost always there is nothing to do. */
  tidyLines() {
    const { root } = this;
    const wrong = [...root.childNodes].filter((line) => !isPlain(line));
    if (root.firstChild && !wrong.length) return;
    const caret = root.firstChild ? this.selection() : { start: 0, end: 0 };
    for (const line of wrong) {
      const texts = linesOf(line);
      line.replaceWith(...texts.map(makeLine));
    }
    if (!root.firstChild) root.append(makeLine(""));
    if (caret && document.activeElement === root) this.select(caret.start, caret.end);
  }

  draw(text) {
    this.root.replaceChildren(...text.split("\n").map(makeLine));
    this.dress();
  }

  /** Show another text; the caret goes to where it differs, the scroll stays with the caller. */
  load(text, fresh = null) {
    const focused = document.activeElement === this.root;
    const change = changeBetween(this.manuscript.text, text);
    this.manuscript.load(text, fresh);
    this.draw(text);
    if (focused) this.select(change.at + change.added, change.at + change.added);
  }

  begin(place, blank) {
    this.manuscript.begin(place, blank);
    if (blank) this.draw("");
  }

  push(piece) {
    if (this.composing) {
      this.held.push(piece);
      return;
    }
    const place = this.manuscript.push(piece);
    this.splice(place, place, piece);
    this.dress();
  }

  end() {
    this.manuscript.end();
    this.mark();
  }

  replace(start, end, text) {
    this.splice(start, end, text);
    this.manuscript.replace(start, end, text);
    this.dress();
  }

  /** Change the lines in place, touching only those that change. */
  splice(start, end, text) {
    const from = this.locate(start);
    const simple = start === end && !text.includes("\n");
    if (simple) {
      const node = from.line.firstChild;
      if (node.nodeType === 3) node.insertData(from.column, text);
      else if (text) from.line.replaceChildren(document.createTextNode(text));
      return;
    }
    const range = this.selection();
    const to = start === end ? from : this.locate(end);
    const lines = (from.line.textContent.slice(0, from.column) + text + to.line.textContent.slice(to.column)).split("\n");
    while (from.line.nextSibling && from.line !== to.line) {
      const next = from.line.nextSibling;
      next.remove();
      if (next === to.line) break;
    }
    setLine(from.line, lines[0]);
    from.line.after(...lines.slice(1).map(makeLine));
    if (!range) return;
    const change = { at: start, removed: end - start, added: text.length };
    const follow = (place) => (place <= start ? place : Math.max(start, place - change.removed) + change.added);
    this.select(follow(range.start), follow(range.end));
  }

  /** The line element and column of a place; counted from the nearer end. */
  locate(place) {
    const { root } = this;
    if (place > this.text.length / 2) {
      let line = root.lastChild;
      let after = this.length() - line.textContent.length;
      while (line.previousSibling && place < after) {
        line = line.previousSibling;
        after -= line.textContent.length + 1;
      }
      return { line, column: Math.max(0, Math.min(place - after, line.textContent.length)) };
    }
    let line = root.firstChild;
    let left = place;
    while (line.nextSibling && left > line.textContent.length) {
      left -= line.textContent.length + 1;
      line = line.nextSibling;
    }
    return { line, column: Math.min(left, line.textContent.length) };
  }

  length() {
    let length = -1;
    for (let line = this.root.firstChild; line; line = line.nextSibling) length += line.textContent.length + 1;
    return length;
  }

  range(start, end) {
    const range = document.createRange();
    const [from, to] = [this.locate(start), this.locate(end)];
    range.setStart(...boundary(from));
    range.setEnd(...boundary(to));
    return range;
  }

  /** The selection as places in the text, or null when it is elsewhere. */
  selection() {
    const selection = document.getSelection();
    if (!selection?.rangeCount || !this.root.contains(selection.anchorNode) || !this.root.contains(selection.focusNode)) return null;
    const range = selection.getRangeAt(0);
    return { start: this.place(range.startContainer, range.startOffset), end: this.place(range.endContainer, range.endOffset) };
  }

  place(node, offset) {
    if (node === this.root) {
      const line = this.root.childNodes[offset];
      return line ? this.startOf(line) : this.length();
    }
    let line = node;
    while (line.parentNode !== this.root) line = line.parentNode;
    const inside = document.createRange();
    inside.setStart(line, 0);
    inside.setEnd(node, offset);
    return this.startOf(line) + inside.toString().length;
  }

  startOf(line) {
    let start = 0;
    for (let before = line.previousSibling; before; before = before.previousSibling) start += before.textContent.length + 1;
    return start;
  }

  select(start, end, reveal = false) {
    const range = this.range(start, end);
    const selection = document.getSelection();
    selection.setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
    if (reveal) this.on.reveal?.(range);
  }

  /** Kinds of lines as classes, the language, and the marks. Only what differs is touched. */
  dress() {
    const texts = [];
    for (let line = this.root.firstChild; line; line = line.nextSibling) texts.push(line.textContent);
    const kinds = (this.script ? scriptKinds : proseKinds)(texts);
    let i = 0;
    for (let line = this.root.firstChild; line; line = line.nextSibling, i += 1) {
      const wanted = kinds[i] ? `line ${kinds[i]}` : "line";
      if (line.className !== wanted) line.className = wanted;
    }
    const tag = languageTag(this.manuscript.text, this.fallbackLanguage);
    if (this.root.lang !== tag) this.root.lang = tag;
    this.mark();
  }

  mark() {
    const { fresh } = this.manuscript;
    marks.paint("fresh", this.key, fresh && fresh[1] > fresh[0] ? [this.range(...fresh)] : []);
  }

  markFindings(findings) {
    // A line under a whole page says nothing; such a finding stands in the margin only.
    const withPlace = findings.filter((one) => one.end > one.start && one.end - one.start <= LONGEST_MARK);
    marks.paint("craft", this.key, withPlace.filter((one) => !one.origin).map((one) => this.range(one.start, one.end)));
    marks.paint("origin", this.key, withPlace.filter((one) => one.origin).map((one) => this.range(one.start, one.end)));
  }

  light(start, end) {
    marks.paint("lit", this.key, [this.range(start, end)]);
    setTimeout(() => marks.paint("lit", this.key, []), 1600);
  }
}

function boundary({ line, column }) {
  const node = line.firstChild;
  return node.nodeType === 3 ? [node, column] : [line, 0];
}

function setLine(line, text) {
  if (line.textContent === text && isPlain(line)) return;
  const node = line.firstChild;
  if (text && node?.nodeType === 3 && line.childNodes.length === 1) {
    // Only the part that differs, so that ranges elsewhere in the line stay.
    const { at, removed } = changeBetween(node.data, text);
    node.replaceData(at, removed, text.slice(at, text.length - (node.data.length - at - removed)));
  } else line.replaceChildren(text ? document.createTextNode(text) : document.createElement("br"));
}

/** The lines inside whatever an edit left behind: nested blocks and breaks begin new ones. */
function linesOf(node) {
  const lines = [""];
  const walk = (one) => {
    if (one.nodeType === 3) lines[lines.length - 1] += one.data.replace(/\n/g, " ");
    else if (one.nodeName === "BR") { if (one.nextSibling) lines.push(""); }
    else {
      const block = /^(DIV|P|LI|H\d|BLOCKQUOTE|PRE)$/.test(one.nodeName);
      if (block && one !== node && lines.at(-1) !== "") lines.push("");
      one.childNodes.forEach(walk);
    }
  };
  walk(node);
  return lines.map((line) => tidy(line));
}
