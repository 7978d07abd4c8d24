// My drafts: open, search, rename, duplicate, delete with a way back, download all.

import { button, download, h, icon, iconButton } from "./dom.mjs";
import { openDialog } from "./dialogs.mjs";
import { Gone, Refusal } from "./link.mjs";
import { pickWords, say, when } from "./words.mjs";

const SEARCH_MS = 200;

export class DraftsDialog {
  constructor(host, room) {
    this.host = host;
    this.room = room;
  }

  async open() {
    await Promise.all([...this.room.desks.values()].map((desk) => desk.history.flush()));
    this.search = h("input", { type: "search", placeholder: say("searchDrafts"), "aria-label": say("searchDrafts"), autocomplete: "off" });
    this.search.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.load(), SEARCH_MS);
    });
    this.list = h("ul", { class: "draft-list" });
    this.told = h("span", { role: "status" });
    const foot = h("div", { class: "dialog-foot" }, this.told, h("span", { class: "spring" }),
      button(say("newDraft"), "small", () => this.begin()), button(say("downloadAll"), "outline small", () => this.downloadAll()));
    this.dialog = openDialog(this.host, say("drafts"), h("div", {}, h("div", { class: "field" }, this.search), this.list), { foot });
    await this.load();
  }

  async ask(op, args = {}) {
    try {
      return await this.room.link.ask(op, args);
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof Gone)) throw error;
      this.told.textContent = error instanceof Refusal ? `${error.told.message} ${error.told.hint}` : say("gone");
      return undefined;
    }
  }

  async load() {
    const drafts = await this.ask("drafts", { query: this.search.value });
    if (!drafts) return;
    const rows = drafts.map((draft) => this.row(draft));
    if (!rows.length) rows.push(h("li", {}, h("p", { class: "calm", text: say(this.search.value ? "noMatch" : "draftsEmpty") })));
    this.list.replaceChildren(...rows);
  }

  row(draft) {
    const form = this.room.forms.get(draft.form);
    const name = draft.title || draft.excerpt || say("untitled");
    const here = [...this.room.desks.values()].some((desk) => desk.history.draft === draft.id);
    const about = say("draftWords", { n: draft.words, form: form ? pickWords(form.title) : draft.form, time: when(draft.updated) });
    const row = h("li", { dataset: { draft: draft.id } },
      h("button", { type: "button", class: "open", on: { click: () => this.show(draft) } }, h("span", { class: "name", text: name }), h("span", { class: "about", text: about })),
      here && h("span", { class: "here", text: say("hereNow") }),
      iconButton("pen", `${say("rename")}: ${name}`, () => this.rename(row, draft)),
      iconButton("copy", `${say("duplicate")}: ${name}`, async () => { if (await this.ask("duplicate", { draft: draft.id })) this.load(); }),
      iconButton("bin", `${say("remove")}: ${name}`, () => this.remove(draft, name)));
    return row;
  }

  async show(draft) {
    const whole = await this.ask("tree", { draft: draft.id });
    if (!whole) return;
    this.dialog.close();
    const desk = await this.room.goTo(whole.form);
    await desk?.open(whole);
  }

  async begin() {
    this.dialog.close();
    const desk = this.room.here() ?? (await this.room.goTo([...this.room.forms.keys()][0]));
    await desk.open(null);
  }

  rename(row, draft) {
    const input = h("input", { type: "text", value: draft.title, "aria-label": say("rename"), maxlength: 120 });
    let left = false;
    const leave = async (keep) => {
      if (left) return;
      left = true;
      const title = input.value.trim();
      if (keep && title && title !== draft.title) {
        await this.ask("rename", { draft: draft.id, title });
        for (const desk of this.room.desks.values()) if (desk.history.draft === draft.id) desk.history.title = title;
      }
      this.load();
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") leave(true);
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
        leave(false);
      }
    });
    input.addEventListener("blur", () => leave(true));
    row.replaceChildren(input);
    input.select();
    input.focus();
  }

  async remove(draft, name) {
    if ((await this.ask("remove", { draft: draft.id })) === undefined) return;
    const restore = button(say("putBack"), "link", async () => {
      await this.ask("restore", { draft: draft.id });
      this.told.replaceChildren();
      this.load();
    });
    this.told.replaceChildren(document.createTextNode(`${say("deleted", { name })} `), restore);
    restore.focus();
    for (const desk of this.room.desks.values()) if (desk.history.draft === draft.id) await desk.leave();
    this.load();
  }

  async downloadAll() {
    const file = await this.ask("archive");
    if (file) download(file.name, file.data, "application/zip");
  }
}

export function draftsButton(dialog) {
  return h("button", { type: "button", class: "drafts-button", title: say("drafts"), "aria-label": say("drafts"), on: { click: () => dialog.open() } }, icon("drafts"), h("span", { class: "wide", text: say("drafts") }));
}
