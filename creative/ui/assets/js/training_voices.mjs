// The writer's voices: write with one, bring one in, take one along, delete one, put one on the hub.

import { openDialog } from "./dialogs.mjs";
import { button, freshId, h, icon, iconButton } from "./dom.mjs";
import { buildInput, buildStep, Trouble } from "./training_step.mjs";
import { sendFile } from "./training_upload.mjs";
import { pickWords, say, when } from "./words.mjs";

export class VoicesStep {
  /** `ask(op, args, trouble)` asks the server; `on`: `write(voice)`, `changed()`; `forms` by name. */
  constructor({ ask, forms, host, on }) {
    Object.assign(this, { ask, forms, host, on });
    this.trouble = new Trouble();
    this.told = h("p", { class: "told", role: "status" });
    this.list = h("ul", { class: "shelf-list" });
    this.input = h("input", { type: "file", multiple: true, accept: ".zip,.json,.safetensors", hidden: true, on: { change: () => {
      this.bringIn([...this.input.files]);
      this.input.value = "";
    } } });
    this.importer = button(say("tImport"), "outline small", () => this.input.click());
    this.element = buildStep("shelf", "", say("tShelf"), this.list, this.told, this.trouble.element,
      h("div", { class: "acts" }, this.importer, h("span", { class: "help", text: say("tImportHelp") }), this.input));
  }

  /** Whether a voice stands here; while nobody has told, it is taken to. */
  has(name) {
    return this.names?.has(name) ?? true;
  }

  async load() {
    const voices = await this.ask("voices", {}, this.trouble);
    if (!voices) return;
    this.names = new Set(voices.map((voice) => voice.name));
    this.list.replaceChildren(...(voices.length ? voices.map((voice) => this.row(voice)) : [h("li", { class: "calm", text: say("tShelfEmpty") })]));
  }

  row(voice) {
    const name = voice.title || voice.name;
    return h("li", { dataset: { voice: voice.name } },
      h("div", { class: "who" }, h("span", { class: "name", text: name }), h("span", { class: "about", text: this.about(voice) })),
      h("div", { class: "tools" },
        button(say("tWriteWith"), "outline small", () => this.on.write(voice), { "aria-label": say("tWriteName", { name }) }),
        h("a", { class: "btn icon-only", href: new URL(`folio/voice/${encodeURIComponent(voice.name)}.zip`, document.baseURI), download: `${voice.name}.zip`, title: say("tDownload"), "aria-label": say("tDownloadName", { name }) }, icon("down")),
        iconButton("export", say("tPushName", { name }), () => this.push(voice, name)),
        iconButton("bin", say("tDeleteName", { name }), () => this.remove(voice, name))));
  }

  about(voice) {
    const form = this.forms.get(voice.form);
    const passport = voice.passport ?? {};
    const change = passport.results?.perplexity?.change_percent;
    return [
      form ? pickWords(form.title) : say("tAnyForm"), voice.base_id && say("tForBase", { base: voice.base_id }),
      passport.created ? when(passport.created) : "", typeof change === "number" && change <= -1 ? say("tLess", { percent: Math.round(-change) }) : "",
    ].filter(Boolean).join(" · ");
  }

  async bringIn(files) {
    this.trouble.show();
    this.told.textContent = say("tImporting");
    try {
      const uploads = [];
      for (const file of files) uploads.push((await sendFile(file, () => {})).id);
      const made = await this.ask("voice_import", { uploads }, this.trouble);
      this.told.textContent = made ? say("tImported", { name: made.title || made.name }) : "";
    } catch (error) {
      this.told.textContent = "";
      this.trouble.show(error.message);
    }
    await this.changed();
  }

  /** Gone at once, with a way back until the next act. */
  async remove(voice, name) {
    this.trouble.show();
    const key = await this.ask("voice_delete", { name: voice.name }, this.trouble);
    if (!key) return;
    const back = button(say("tUndo"), "link", async () => {
      const made = await this.ask("voice_restore", { key }, this.trouble);
      this.told.textContent = made ? say("tRestored", { name }) : "";
      this.importer.focus();
      this.changed();
    });
    this.told.replaceChildren(h("span", { text: `${say("tDeleted", { name })} ` }), back);
    back.focus();
    await this.changed();
  }

  async changed() {
    await this.load();
    this.on.changed();
  }

  push(voice, name) {
    const trouble = new Trouble();
    const told = h("p", { class: "told", role: "status" });
    const repo = buildInput(say("tRepo"), { help: say("tRepoHelp"), placeholder: say("tRepoPlaceholder"), spellcheck: "false", autocapitalize: "none" });
    const id = freshId("private");
    const hidden = h("input", { type: "checkbox", id });
    hidden.checked = true;
    const send = button(say("tPushGo"), "primary", async () => {
      const where = repo.input.value.trim();
      trouble.show(/^[\w.-]+\/[\w.-]+$/.test(where) ? "" : say("tRepoNeeded"));
      if (trouble.element.textContent) return void repo.input.focus();
      send.setAttribute("aria-disabled", "true");
      told.textContent = say("tPushing");
      const done = await this.ask("voice_push", { name: voice.name, repo: where, private: hidden.checked }, trouble);
      send.setAttribute("aria-disabled", "false");
      told.textContent = done ? say("tPushed", { where: typeof done === "string" ? done : done.url ?? where }) : "";
    });
    const body = h("div", { class: "push" }, repo.element, h("div", { class: "field check" }, hidden, h("label", { for: id, text: say("tPrivate") })), trouble.element, told, h("div", { class: "acts" }, send));
    openDialog(this.host, say("tPushTitle", { name }), body);
    repo.input.focus();
  }
}
