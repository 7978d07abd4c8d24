// A menu behind a button: opens with focus in it, arrows go through it, Esc and leaving close it.

import { h } from "./dom.mjs";

/** `makeButton(open)` gives the opener; `items()` gives `[label, note, act]` each time it opens. */
export function buildMenu(kind, makeButton, items) {
  const menu = h("div", { class: "menu", role: "menu" });
  const wrap = h("div", { class: `menu-wrap ${kind}` });
  const close = (focus) => {
    if (!menu.classList.contains("open")) return false;
    menu.classList.remove("open");
    opener.setAttribute("aria-expanded", "false");
    if (focus) opener.focus();
    return true;
  };
  const item = ([label, note, act]) => h("button", { type: "button", role: "menuitem", on: { click: () => { close(false); act(); } } },
    document.createTextNode(label), note && h("small", { text: note }));
  const opener = makeButton(() => {
    if (close(false)) return;
    menu.replaceChildren(...items().map(item));
    menu.classList.add("open");
    opener.setAttribute("aria-expanded", "true");
    menu.querySelector("button")?.focus();
  });
  opener.setAttribute("aria-haspopup", "menu");
  opener.setAttribute("aria-expanded", "false");
  wrap.append(opener, menu);
  wrap.addEventListener("focusout", (event) => wrap.contains(event.relatedTarget) || close(false));
  wrap.addEventListener("keydown", (event) => {
    const all = [...menu.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") close(true);
    if (!step || !menu.classList.contains("open")) return;
    event.preventDefault();
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });
  return wrap;
}
