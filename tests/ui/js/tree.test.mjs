// The undo tree: back, forth, branches and the lanes they are drawn in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Tree, lanes } from "../../../creative/ui/assets/js/tree.mjs";

const grow = (...ids) => {
  const tree = new Tree();
  for (const id of ids) tree.add({ id, verb: "write", words: 1, time: 0 });
  return tree;
};

test("undo goes to the parent, redo along the branch visited last", () => {
  const tree = grow("a", "b", "c");
  tree.go("a");
  tree.add({ id: "d", verb: "edit", words: 2, time: 0 });
  tree.go("a");
  assert.equal(tree.redoTarget().id, "d");
  tree.go("c");
  tree.go("a");
  assert.equal(tree.redoTarget().id, "b");
});

test("nothing is below the first version and nothing above the last", () => {
  const tree = grow("a");
  assert.equal(tree.undoTarget(), null);
  assert.equal(tree.redoTarget(), null);
});

test("words gained or lost are told against the parent", () => {
  const tree = new Tree([{ id: "a", parent: null, words: 10 }, { id: "b", parent: "a", words: 4 }], "b");
  assert.equal(tree.change("b"), -6);
  assert.equal(tree.change("a"), 10);
});

test("long chains of the writer's edits are folded, the current one and branches are not", () => {
  const tree = grow("a");
  for (let i = 0; i < 100; i += 1) tree.add({ id: `e${i}`, verb: "edit", words: i, time: i });
  assert.deepEqual(tree.listed().map((node) => node.id), ["e99", "a"]);
  tree.go("e50");
  assert.deepEqual(tree.listed().map((node) => node.id), ["e99", "e50", "a"]);
});

test("a branch has a lane of its own and bends into its parent", () => {
  const tree = grow("a", "b", "c");
  tree.go("a");
  tree.add({ id: "d", verb: "edit", words: 1, time: 0 });
  const rows = lanes(tree, tree.listed());
  assert.deepEqual(rows.map((row) => [row.node.id, row.lane, row.parentRow]), [["d", 1, 3], ["c", 0, 2], ["b", 0, 3], ["a", 0, null]]);
});

test("no two versions of one row share a lane with a line that passes them", () => {
  const tree = grow("a", "b");
  for (const id of ["c", "d", "e"]) {
    tree.go("a");
    tree.add({ id, verb: "write", words: 1, time: 0 });
  }
  const rows = lanes(tree, tree.listed());
  assert.equal(new Set(rows.filter((row) => row.node.id !== "a" && row.node.id !== "b").map((row) => row.lane)).size, 3);
});
