// Step 1: the writer's files, what they are, whose they are.

import { button, h, iconButton } from "./dom.mjs";
import { isChinese } from "./text.mjs";
import { WHOLE_FILE } from "./training_preview.mjs";
import { refuseFile } from "./training_progress.mjs";
import { buildSelect, buildStep, Segments, Trouble } from "./training_step.mjs";
import { Line, sendFile } from "./training_upload.mjs";
import { pickWords, say, spoken } from "./words.mjs";

const LANGUAGES = [["English", "English"], ["Chinese", "中文"]];
const UNREADABLE = /^(unreadable: |读不了：)/;
const SCRIPT = /\.fountain$/i;
const PLAIN_TEXT = /\.(txt|md|fountain)$/i;

export class PagesStep {
  /** `on.change()` after whatever changes what the model will read; `forms` are `[{name, title}]`. */
  constructor({ forms, formats, rights, limits, change }) {
    this.formats = formats;
    this.mostMb = limits.file_mb;
    this.changed = change;
    this.files = [];
    this.line = new Line();
    this.trouble = new Trouble();
    this.list = h("ul", { class: "files", "aria-label": say("tFiles") });
    this.form = buildSelect(say("tForm"), forms.map((form) => [form.name, pickWords(form.title)]), { help: say("tFormHelp"), change: () => {
      this.formChosen = true;
      this.changed();
    } });
    this.language = buildSelect(say("tPagesLanguage"), LANGUAGES, { change: () => {
      this.languageChosen = true;
      this.changed();
    } });
    this.language.select.value = spoken() === "zh" ? "Chinese" : "English";
    this.rights = new Segments(say("tRights"), rights.map((one) => [one, say(`tRights_${one}`)]), { help: say("tRightsHelp"), change: () => this.trouble.show() });
    this.about = h("div", { class: "about-pages" }, h("div", { class: "two" }, this.form.element, this.language.element), this.rights.element);
    this.preview = h("div", { class: "preview-place" });
    this.element = buildStep("pages", "1", say("tPages"), this.buildDrop(), this.list, this.about, this.trouble.element, this.preview);
    this.show();
  }

  buildDrop() {
    // No name of its own: the button opens it, and readers and the Tab key pass it by.
    this.input = h("input", { type: "file", multiple: true, accept: this.formats.join(","), hidden: true, on: { change: () => {
      this.add([...this.input.files]);
      this.input.value = "";
    } } });
    this.chooser = button(say("tChoose"), "outline", () => this.input.click());
    const drop = h("div", { class: "drop" }, h("span", { class: "invite", text: say("tDrop") }), this.chooser, h("span", { class: "kinds", text: say("tKinds", { kinds: this.formats.join(" "), mb: this.mostMb }) }), this.input);
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      this.add([...event.dataTransfer.files]);
    });
    return drop;
  }

  add(chosen) {
    this.trouble.show();
    for (const file of chosen) {
      const entry = { name: file.name, size: file.size, share: 0, id: "", problem: refuseFile(file, this.formats, this.mostMb) };
      this.files.push(entry);
      this.draw(entry);
      if (entry.problem) continue;
      this.guess(file);
      this.line.add(() => this.send(file, entry));
    }
    this.show();
  }

  async send(file, entry) {
    if (entry.gone) return;
    try {
      entry.id = (await sendFile(file, (share) => {
        entry.share = share;
        this.paint(entry);
      })).id;
    } catch (error) {
      entry.problem = error.message;
    }
    if (entry.gone) return;
    this.paint(entry);
    this.changed();
  }

  /** A first guess at form and language from the file itself; the writer's own choice stands. */
  async guess(file) {
    const scripts = this.files.every((entry) => SCRIPT.test(entry.name));
    if (!this.formChosen && scripts && [...this.form.select.options].some((one) => one.value === "screenplay")) this.form.select.value = "screenplay";
    else if (!this.formChosen) this.form.select.selectedIndex = 0;
    if (this.languageChosen || !PLAIN_TEXT.test(file.name)) return;
    const head = await file.slice(0, 8000).text();
    if (!this.languageChosen) this.language.select.value = isChinese(head) ? "Chinese" : "English";
  }

  draw(entry) {
    entry.bar = h("i");
    entry.meter = h("div", { class: "meter", "aria-hidden": "true" }, entry.bar);
    entry.state = h("span", { class: "state" });
    const size = entry.size ? say("tSize", { mb: entry.size / 1e6 }) : "";
    entry.row = h("li", {}, h("span", { class: "name", text: entry.name }), h("span", { class: "size", text: size }), entry.state,
      iconButton("close", say("tTakeOut", { name: entry.name }), () => this.takeOut(entry)), entry.meter);
    this.list.append(entry.row);
    this.paint(entry);
  }

  paint(entry) {
    entry.bar.style.width = `${Math.round(entry.share * 100)}%`;
    entry.meter.hidden = Boolean(entry.id || entry.problem);
    entry.row.classList.toggle("refused", Boolean(entry.problem));
    const sending = entry.share > 0 ? say("tSending", { percent: Math.floor(entry.share * 100) }) : say("tWaiting");
    entry.state.textContent = entry.problem || (entry.id ? say("tReady") : sending);
  }

  takeOut(entry) {
    entry.gone = true;
    this.files = this.files.filter((one) => one !== entry);
    const next = entry.row.nextElementSibling?.querySelector("button") ?? this.chooser;
    entry.row.remove();
    next.focus();
    this.show();
    this.changed();
  }

  /** Say in its own row why a file could not be read, once the server has looked into it. */
  refuse(leftOut) {
    const reasons = new Map(leftOut.filter((one) => one.what === WHOLE_FILE).map((one) => [one.file, one.why.replace(UNREADABLE, "")]));
    for (const entry of this.files) {
      if (!entry.id) continue;
      entry.problem = reasons.get(entry.name) ?? "";
      this.paint(entry);
    }
  }

  show() {
    this.list.hidden = !this.files.length;
    this.about.hidden = !this.files.length;
  }

  /** Nothing chosen any more: for the next voice. */
  clear() {
    for (const entry of this.files) {
      entry.gone = true;
      entry.row.remove();
    }
    this.files = [];
    this.rights.value = "";
    this.show();
  }

  get sending() {
    return this.files.some((entry) => !entry.id && !entry.problem);
  }

  get uploads() {
    return this.files.filter((entry) => entry.id).map((entry) => entry.id);
  }

  order() {
    return { form: this.form.select.value, language: this.language.select.value, rights: this.rights.value || null };
  }

  /** Say what is still missing before a start, and take the writer there; whether something is. */
  missing() {
    const [words, place] = this.sending ? [say("tStillSending"), this.chooser] : !this.uploads.length ? [say("tPagesNeeded"), this.chooser] : !this.rights.value ? [say("tRightsNeeded"), this.rights.inputs[0]] : ["", null];
    this.trouble.show(words);
    place?.focus();
    return Boolean(words);
  }
}
