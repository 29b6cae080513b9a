import assert from "node:assert/strict";
import { test } from "node:test";
import { compatible, findServer, interpreterPlace, type Place } from "../src/find";
import type { Probe } from "../src/probe";

const WITH: Probe = { python: "/env/bin/python", pythonVersion: "3.11.2", version: "0.1.0", script: "/env/bin/steplang" };

function place(name: string, python: string | undefined, answer: Probe | undefined): Place {
  return interpreterPlace(name, () => Promise.resolve(python), () => Promise.resolve(answer));
}

test("the first place that has it wins, and the others are not asked", async () => {
  const never: Place = { name: "never", look: () => Promise.reject(new Error("asked")) };
  const found = await findServer([place("none", undefined, undefined), place("environment", "/env/bin/python", WITH), never]);
  assert.deepEqual(found, {
    kind: "found",
    command: { command: "/env/bin/steplang", args: ["lsp"], origin: "environment", version: "0.1.0", python: "/env/bin/python" },
    tried: ["none: none"],
  });
});

test("where it is nowhere, each place says why", async () => {
  const found = await findServer([
    place("a", undefined, undefined),
    place("b", "/b/python", undefined),
    place("c", "/c/python", { python: "/c/python", pythonVersion: "3.12.1" }),
  ]);
  assert.deepEqual(found, { kind: "missing", tried: ["a: none", "b: /b/python does not run", "c: /c/python (3.12.1) has no steplang"] });
});

test("an interpreter that must not be run is not run", async () => {
  const probe = (): Promise<Probe> => Promise.reject(new Error("was run"));
  const guarded = interpreterPlace("x", () => Promise.resolve("/w/.venv/bin/python"), probe, () => false);
  assert.match(JSON.stringify(await guarded.look()), /not trusted/);
});

test("versions that fit", () => {
  assert.equal(compatible("0.1.0", "0.1.0"), true);
  assert.equal(compatible("0.2.3", "0.1.0"), true);
  assert.equal(compatible("0.1.0.dev3+g12", "0.1.4"), true);
  assert.equal(compatible("0.1.9", "0.2.0"), false);
  assert.equal(compatible("1.0.0", "0.9.0"), false);
});
