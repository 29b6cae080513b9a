import assert from "node:assert/strict";
import { test } from "node:test";
import { learningCurve } from "../src/experience/curve";
import type { Experience, Stratum } from "../src/protocol";
import { ticks } from "../webview/ticks";

function experience(id: string, operator: string, passRate: number, stratum: Stratum, created: string): Experience {
  const rest = { group: null, samples: 8, proposer: null, model: null, tokens: 0, seconds: 1, valid: true, accepted: true };
  return { id, operator, passRate, stratum, created, ...rest };
}

test("the curve is in the order of time, counts an operator once, and averages the pass rate", () => {
  const { points } = learningCurve([
    experience("c", "norm", 1, "easy", "2026-01-03"),
    experience("a", "norm", 0, "hard", "2026-01-01"),
    experience("b", "bmm", 0.5, "mixed", "2026-01-02"),
  ]);
  assert.deepEqual(points.map((point) => point.id), ["a", "b", "c"]);
  assert.deepEqual(points.map((point) => point.recentPassRate), [0, 0.25, 0.5]);
  assert.deepEqual(points.at(-1)?.solved, { hard: 1, mixed: 1, easy: 0 });
});

test("no experience, no points", () => assert.deepEqual(learningCurve([]).points, []));

test("ticks are round and reach no further than the top", () => {
  assert.deepEqual(ticks(1), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks(3), [0, 1, 2, 3]);
  assert.deepEqual(ticks(47), [0, 10, 20, 30, 40]);
  assert.deepEqual(ticks(2), [0, 1, 2]);
});
