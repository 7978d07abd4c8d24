// Marks painted over the text by the CSS Custom Highlight API; where it is missing, nothing is painted.

const painted = new Map();
const able = typeof CSS !== "undefined" && Boolean(CSS.highlights) && typeof Highlight !== "undefined";

/** Paint ranges under a name for one owner; other owners' ranges under that name stay. */
export function paint(name, owner, ranges) {
  if (!able) return;
  if (!painted.has(name)) painted.set(name, new Map());
  const owners = painted.get(name);
  if (!ranges.length && !owners.has(owner)) return;
  if (ranges.length) owners.set(owner, ranges);
  else owners.delete(owner);
  const all = [...owners.values()].flat();
  if (all.length) CSS.highlights.set(name, new Highlight(...all));
  else CSS.highlights.delete(name);
}
