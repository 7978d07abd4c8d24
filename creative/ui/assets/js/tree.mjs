// The undo tree of one draft: versions, the way back and forth, and the lanes they are drawn in.

/** Versions and where the writer stands. A version: `{id, parent, verb, words, time, text?, server?}`. */
export class Tree {
  constructor(nodes = [], current = null) {
    this.nodes = new Map(nodes.map((node) => [node.id, node]));
    this.current = current;
    this.chosen = new Map();
    for (const node of nodes) if (node.parent) this.chosen.set(node.parent, node.id);
    this.follow(current);
  }

  /** Remember, for each version above `id`, the branch that leads to it: redo takes it. */
  follow(id) {
    for (let node = this.nodes.get(id); node?.parent; node = this.nodes.get(node.parent)) {
      this.chosen.set(node.parent, node.id);
    }
  }

  /** Put a version below the current one (or below `parent`) and stand on it. */
  add(node) {
    const full = { parent: this.current, ...node };
    this.nodes.set(full.id, full);
    this.current = full.id;
    this.follow(full.id);
    return full;
  }

  go(id) {
    if (!this.nodes.has(id)) return null;
    this.current = id;
    this.follow(id);
    return this.nodes.get(id);
  }

  get here() {
    return this.nodes.get(this.current) ?? null;
  }

  undoTarget() {
    return this.nodes.get(this.here?.parent) ?? null;
  }

  redoTarget() {
    return this.nodes.get(this.chosen.get(this.current)) ?? null;
  }

  /** Words gained (+) or lost (-) against the version it grew from. */
  change(id) {
    const node = this.nodes.get(id);
    return node.words - (this.nodes.get(node.parent)?.words ?? 0);
  }

  /** Newest first, with runs of the writer's own edits folded: only the last of a chain is listed. */
  listed(fold = true) {
    const children = new Map();
    for (const node of this.nodes.values()) children.set(node.parent, (children.get(node.parent) ?? 0) + 1);
    const folded = new Set();
    if (fold) {
      for (const node of this.nodes.values()) {
        const parent = this.nodes.get(node.parent);
        const chained = node.verb === "edit" && parent?.verb === "edit" && children.get(parent.id) === 1;
        if (chained && parent.id !== this.current && !parent.label) folded.add(parent.id);
      }
    }
    return [...this.nodes.values()].filter((node) => !folded.has(node.id)).reverse();
  }
}

/** Rows newest first with a lane each and the line to the parent: `{node, lane, parentRow, parentLane}`. */
export function lanes(tree, listed) {
  const rowOf = new Map(listed.map((node, row) => [node.id, row]));
  const shownParent = (node) => {
    let id = node.parent;
    while (id && !rowOf.has(id)) id = tree.nodes.get(id)?.parent;
    return id ?? null;
  };
  const oldestFirst = [...listed].reverse();
  const laneOf = new Map();
  const taken = new Set();
  const continued = new Set();
  let lanesUsed = 0;
  for (const node of oldestFirst) {
    const parent = shownParent(node);
    if (parent && !continued.has(parent)) {
      continued.add(parent);
      laneOf.set(node.id, laneOf.get(parent));
    } else {
      while (taken.has(lanesUsed)) lanesUsed += 1;
      laneOf.set(node.id, lanesUsed);
    }
    taken.add(laneOf.get(node.id));
  }
  return listed.map((node) => {
    const parent = shownParent(node);
    return { node, lane: laneOf.get(node.id), parentRow: rowOf.get(parent) ?? null, parentLane: laneOf.get(parent) ?? null };
  });
}
