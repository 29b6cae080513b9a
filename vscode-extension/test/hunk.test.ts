import assert from "node:assert/strict";
import { test } from "node:test";
import { hunkBetween, place } from "../src/hunk";

const BASE = ["import step", "", "@step.operator()", "def a(x):", "    ...", "", "@step.operator()", "def b(x):", "    ...", ""].join("\n");
const CHANGED = BASE.replace("def b(x):\n    ...", "def b(x):\n    y = x\n    return y");

function applied(hunk: ReturnType<typeof hunkBetween>, text: string): string | undefined {
  const placement = place(hunk, text);
  if (placement === undefined) {
    return undefined;
  }
  const lines = text.split("\n");
  lines.splice(placement.startLine, placement.endLine - placement.startLine, ...placement.lines);
  return lines.join("\n");
}

test("the hunk is the changed lines only", () => {
  const hunk = hunkBetween(BASE, CHANGED);
  assert.equal(hunk.line, 8);
  assert.deepEqual(hunk.before, ["    ..."]);
  assert.deepEqual(hunk.after, ["    y = x", "    return y"]);
});

test("in the same text it makes the changed one", () => {
  assert.equal(applied(hunkBetween(BASE, CHANGED), BASE), CHANGED);
});

test("it finds its place again after an edit above", () => {
  const moved = BASE.replace("import step", "import step\nimport numpy as np\nimport os");
  assert.equal(applied(hunkBetween(BASE, CHANGED), moved), CHANGED.replace("import step", "import step\nimport numpy as np\nimport os"));
});

test("it does not touch a place that was edited", () => {
  assert.equal(applied(hunkBetween(BASE, CHANGED), BASE.replace("def b(x):\n    ...", "def b(x):\n    return x")), undefined);
});

test("two equal places and none where it was: it says no rather than guess", () => {
  const hunk = { line: 40, before: ["    ..."], after: ["    return x"], above: [] };
  assert.equal(place(hunk, BASE), undefined);
});

test("Windows line breaks make no difference", () => {
  assert.deepEqual(hunkBetween(BASE.replaceAll("\n", "\r\n"), CHANGED), hunkBetween(BASE, CHANGED));
});

test("equal texts have an empty hunk", () => {
  const hunk = hunkBetween(BASE, BASE);
  assert.deepEqual([hunk.before, hunk.after], [[], []]);
});
