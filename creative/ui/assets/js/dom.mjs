// Building the page's own elements. Text only ever goes in as text: nothing here parses markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element; `text` becomes its text, `on` its listeners, other values its attributes. */
export function h(tag, { text, on, dataset, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (text !== undefined && text !== null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  for (const [name, value] of Object.entries(dataset ?? {})) element.dataset[name] = value;
  for (const [name, listener] of Object.entries(on ?? {})) element.addEventListener(name, listener);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const ICONS = {
  undo: ["M8 5 4 9l4 4", "M4 9h9.5a5.5 5.5 0 0 1 0 11H10"],
  redo: ["m16 5 4 4-4 4", "M20 9h-9.5a5.5 5.5 0 0 0 0 11H14"],
  export: ["M12 15V3.5", "m7.5 8 4.5-4.5L16.5 8", "M4 14v5.5h16V14"],
  theme: ["M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z", "M12 3.5v17"],
  notes: ["M4 5h16v11H11l-5 4v-4H4Z"],
  dots: ["M5 12h.01", "M12 12h.01", "M19 12h.01"],
  pen: ["m4 20 1-5L16 4l4 4L9 19Z"],
  copy: ["M8 8h12v12H8Z", "M16 4H4v12"],
  bin: ["M4 7h16", "M9 7V4h6v3", "M6 7l1 13h10l1-13"],
  compare: ["M12 3v18", "M4 8h5", "M4 12h5", "M15 12h5", "M15 16h5"],
  drafts: ["M6 3.5h9l4 4V20.5H6Z", "M15 3.5v4h4"],
  down: ["M12 4v13", "m6.5 11.5 5.5 5.5 5.5-5.5"],
  close: ["m6 6 12 12", "M18 6 6 18"],
};

/** A line icon, hidden from readers: the button carries the name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  for (const d of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  if (name === "theme") svg.append(half());
  if (name === "dots") svg.classList.add("heavy");
  return svg;
}

function half() {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", "M12 3.5a8.5 8.5 0 0 1 0 17Z");
  path.setAttribute("fill", "currentColor");
  return path;
}

export function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

export function button(label, kind, onClick, extra = {}) {
  return h("button", { type: "button", class: `btn ${kind}`, text: label, on: { click: onClick }, ...extra });
}

/** A button that shows only an icon; its name is for readers and the tooltip. */
export function iconButton(name, label, onClick, extra = {}) {
  const { class: more = "", ...rest } = extra;
  return h("button", { type: "button", class: `btn icon-only ${more}`, title: label, "aria-label": label, on: { click: onClick }, ...rest }, icon(name));
}

let made = 0;

/** An id no other element has. */
export function freshId(stem) {
  made += 1;
  return `${stem}-${made}`;
}

/** Offer bytes for download under a name; `data` is base64. */
export function download(name, data, type = "application/octet-stream") {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 30000);
}

/** A tablist by the book: one tab stop, arrows, Home and End. */
export function wireTabs(list) {
  list.addEventListener("keydown", (event) => {
    const tabs = [...list.querySelectorAll('[role="tab"]')];
    const at = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    tabs[(to + tabs.length) % tabs.length].click();
    tabs[(to + tabs.length) % tabs.length].focus();
  });
}
