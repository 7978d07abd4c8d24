// The model that comes with the page: what it is good for and what not, and the way to a bigger one.

import { button, h } from "./dom.mjs";
import { say } from "./words.mjs";

const KNOWN = "starterKnown";

export function isStarter(model) {
  return model?.id === "starter";
}

/** A quiet line on an empty page; in English until something was written once in this browser. */
export class StarterNote {
  constructor(room) {
    this.room = room;
    this.element = h("div", { class: "sheet-note" });
  }

  /** `state` is what the server told of the models, `language` the one to be written in. */
  show(state, language) {
    const wanted = isStarter(state?.current) && !(language === "English" && this.room.store.read(KNOWN));
    const parts = wanted ? [h("p", { text: say("starterNote") })] : [];
    if (wanted && state.owner) parts.push(button(say("biggerModel"), "link", () => this.room.models()));
    this.element.replaceChildren(...parts);
  }

  /** It wrote: whoever has read a page of it knows it. */
  met() {
    this.room.store.write(KNOWN, true);
  }
}
