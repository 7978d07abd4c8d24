// The margin: findings in place, and the versions as a tree.

import { freshId, h, iconButton, svg, wireTabs } from "./dom.mjs";
import { grouped, inLines, lineOf, paragraphOf, shortQuote } from "./findings.mjs";
import { isChinese } from "./text.mjs";
import { lanes } from "./tree.mjs";
import { say, when } from "./words.mjs";

const ROW = 46;
const LANE = 14;
// A kept variation is named so on the server, in no language.
const VARIATION = /^variation (\d+)$/;

export class Margin {
  /** `on.finding(finding)`, `on.version(id)`, `on.name(id)`, `on.compare(id)`. */
  constructor({ script, verbs, on }) {
    this.script = script;
    this.verbs = verbs;
    this.on = on;
    const ids = { findings: freshId("findings"), versions: freshId("versions") };
    this.bodies = {};
    this.tabs = {};
    for (const name of ["findings", "versions"]) {
      this.bodies[name] = h("div", { class: "margin-body", role: "tabpanel", id: ids[name], "aria-labelledby": `${ids[name]}-tab`, tabindex: "0" });
      this.tabs[name] = h("button", { type: "button", role: "tab", id: `${ids[name]}-tab`, "aria-controls": ids[name], on: { click: () => this.show(name) } }, document.createTextNode(say(name)), h("b"));
    }
    const list = h("div", { class: "margin-tabs", role: "tablist", "aria-label": say("margin") }, this.tabs.findings, this.tabs.versions);
    wireTabs(list);
    this.element = h("aside", { class: "margin", "aria-label": say("margin") }, list, this.bodies.findings, this.bodies.versions);
    this.show("findings");
    this.showFindings([], "");
  }

  show(name) {
    for (const [one, tab] of Object.entries(this.tabs)) {
      tab.setAttribute("aria-selected", String(one === name));
      tab.tabIndex = one === name ? 0 : -1;
      this.bodies[one].hidden = one !== name;
    }
  }

  count(name, n) {
    this.tabs[name].querySelector("b").textContent = n ? String(n) : "";
  }

  /** `read` tells whether the page has been read as it stands; until then its silence is no praise. */
  showFindings(findings, text, read = true) {
    this.count("findings", findings.length);
    if (!findings.length) {
      this.bodies.findings.replaceChildren(h("p", { class: "calm", text: say(!text.trim() ? "noPage" : read ? "noFindings" : "reading") }));
      return;
    }
    const parts = [];
    for (const group of grouped(findings)) {
      if (group.title) parts.push(h("div", { class: "finding-group", text: `${group.title} · ${group.findings.length}` }));
      for (const one of group.findings) parts.push(this.buildFinding(one, text));
    }
    this.bodies.findings.replaceChildren(...parts);
  }

  buildFinding(one, text) {
    const byLine = this.script || inLines(text);
    const place = one.quote ? say(byLine ? "line" : "paragraph", { n: (byLine ? lineOf : paragraphOf)(text, one.start) }) : say("whole");
    const quote = shortQuote(one.quote ?? "");
    return h("button", { type: "button", class: one.origin ? "finding origin" : "finding", on: { click: () => this.on.finding(one) } },
      h("span", { class: "head" }, h("span", { class: "kind" }), h("span", { text: one.title }), h("span", { class: "place", text: place })),
      quote && h("span", { class: "quote", lang: isChinese(quote) ? "zh-CN" : "en", text: `“${quote}”` }),
      h("span", { class: "advice", text: one.message }));
  }

  verb(node) {
    const variation = VARIATION.exec(node.name || node.verb);
    if (variation) return say("verb_variation", { n: variation[1] });
    if (node.name) return node.name;
    return this.verbs[node.verb] ?? say(`verb_${node.verb}`);
  }

  showVersions(tree) {
    const listed = tree.listed();
    this.count("versions", Math.max(0, listed.length));
    if (!listed.length) {
      this.bodies.versions.replaceChildren(h("p", { class: "calm", text: say("noVersions") }));
      return;
    }
    const rows = lanes(tree, listed);
    const gutter = (Math.max(...rows.map((row) => row.lane)) + 1) * LANE + 10;
    const list = h("ol", { class: "versions", "aria-label": say("versions") });
    for (const row of rows) list.append(this.buildVersion(row, tree, gutter));
    list.prepend(drawLanes(rows, gutter, tree.current));
    this.bodies.versions.replaceChildren(list);
  }

  buildVersion({ node }, tree, gutter) {
    const current = node.id === tree.current;
    const change = tree.change(node.id);
    const go = h("button", { type: "button", class: "go-there", "aria-current": current ? "true" : null, on: { click: () => this.on.version(node.id) } },
      h("span", { class: "verb", text: this.verb(node) }), h("span", { class: "change", text: say("gained", { n: change }) }),
      h("span", { class: "time", text: current ? say("now") : when(node.time) }));
    const item = h("li", { style: `padding-left:${gutter}px`, dataset: { version: node.id } }, go,
      h("span", { class: "tools" },
        iconButton("pen", `${say("nameIt")}: ${this.verb(node)}`, () => this.edit(item, node)),
        !current && iconButton("compare", `${say("compareWith")}: ${this.verb(node)}`, () => this.on.compare(node.id))));
    return item;
  }

  edit(item, node) {
    const own = VARIATION.test(node.name ?? "") ? "" : node.name ?? "";
    const input = h("input", { type: "text", "aria-label": say("versionName"), maxlength: 60, value: own });
    let left = false;
    const leave = (keep) => {
      if (left) return;
      left = true;
      const typed = input.value.trim();
      this.on.name(node.id, keep && typed !== own ? typed : node.name ?? "");
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") leave(true);
      if (event.key === "Escape") leave(false);
    });
    input.addEventListener("blur", () => leave(true));
    item.querySelector(".go-there").replaceWith(h("div", { class: "field naming" }, input));
    item.querySelector(".tools").remove();
    input.focus();
  }
}

/** Lines left of the labels: 14 px a lane; a branch bends into its parent's dot. */
function drawLanes(rows, gutter, current) {
  const drawing = svg("svg", { class: "gutter", width: gutter, height: rows.length * ROW, "aria-hidden": "true" });
  const x = (lane) => 14 + lane * LANE;
  const y = (row) => row * ROW + ROW / 2;
  rows.forEach((row, i) => {
    if (row.parentRow === null) return;
    const [fromX, fromY, toX, toY] = [x(row.lane), y(i), x(row.parentLane), y(row.parentRow)];
    const bend = fromX === toX ? `L${toX} ${toY}` : `L${fromX} ${toY - 18} Q${fromX} ${toY} ${toX} ${toY}`;
    drawing.append(svg("path", { d: `M${fromX} ${fromY} ${bend}` }));
  });
  rows.forEach((row, i) => {
    drawing.append(svg("circle", { cx: x(row.lane), cy: y(i), r: 4.5, class: row.node.id === current ? "current" : "" }));
  });
  return drawing;
}
