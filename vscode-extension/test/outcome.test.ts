import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomeOf } from "../src/outcome";
import { operatorsIn } from "../src/discover";
import type { OperatorStatus } from "../src/protocol";

const range = (line: number) => ({ start: { line, character: 0 }, end: { line, character: 9 } });
const STATUS: OperatorStatus = {
  operator: "f",
  range: range(1),
  nameRange: range(5),
  isHole: false,
  status: "passed",
  seconds: 0.04,
  maxAbsError: 1.2e-7,
  message: null,
  diagnostics: [],
};

test("passed: with time and deviation", () => {
  assert.equal(outcomeOf(STATUS).text, "f passed in 0.040 s, largest deviation 1.2e-7");
});

test("failed: the differing values, at the diagnostic's place", () => {
  const message = "output 0 differs at [3, 1]: expected 0.25, got -1.5e-3";
  const outcome = outcomeOf({ ...STATUS, status: "failed", message, diagnostics: [{ code: "X", message, severity: 1, range: range(7) }] });
  assert.deepEqual(outcome, { kind: "failed", text: message, range: range(7), expected: "0.25", actual: "-1.5e-3" });
});

test("failed with nan, and with a message that names no values", () => {
  assert.equal(outcomeOf({ ...STATUS, status: "failed", message: "expected 1, got nan" }).actual, "nan");
  const bare = outcomeOf({ ...STATUS, status: "failed" });
  assert.equal(bare.text, "f differs from its reference");
  assert.equal(bare.expected, undefined);
});

test("a hole is skipped, a time-out is an error", () => {
  assert.equal(outcomeOf({ ...STATUS, status: "hole" }).kind, "skipped");
  assert.equal(outcomeOf({ ...STATUS, status: "timeout" }).kind, "errored");
});

test("what was skipped says why", () => {
  const message = "`f` does not exist at run time and was not checked: `if False:` (line 3) was not taken";
  assert.deepEqual(outcomeOf({ ...STATUS, status: "skipped", message }), { kind: "skipped", text: message, range: STATUS.nameRange });
});

test("operators of a file that is not open", () => {
  const text = "@step.operator(\n    inputs={},\n)\ndef a(x):\n    ...\n\n@step.fn(f32, f32)\ndef b(x):\n    return x\n\n@operator()\ndef c(x):\n    ...\n";
  assert.deepEqual(operatorsIn(text), [
    { operator: "a", line: 3 },
    { operator: "c", line: 11 },
  ]);
});
