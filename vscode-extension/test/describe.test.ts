import assert from "node:assert/strict";
import { test } from "node:test";
import { count, effort, experienceDetail, fixesAsMarkdown, percent, seconds } from "../src/describe";
import type { Experience, SynthesizeResult } from "../src/protocol";
import { summary } from "../src/summary";

const RESULT: SynthesizeResult = {
  status: "solved",
  operator: "rms_norm",
  proposer: "search",
  body: null,
  seconds: 3.14159,
  candidates: 1204,
  tokens: 0,
  cost: null,
  fixes: [],
  message: null,
  applied: true,
  newText: null,
  notApplied: null,
  diff: null,
};

test("what a synthesis cost", () => {
  assert.equal(effort(RESULT), "3.1 s · 1,204 candidates");
  assert.equal(effort({ ...RESULT, tokens: 5310, cost: 0.02, candidates: 1 }), "3.1 s · 1 candidate · 5,310 tokens · $0.02");
  assert.equal(effort({ ...RESULT, cost: 0.0042, candidates: 0 }), "3.1 s · $0.0042");
});

test("numbers as people read them", () => {
  assert.equal(seconds(0.04), "0.040 s");
  assert.equal(seconds(42.3), "42 s");
  assert.equal(seconds(135), "2 min 15 s");
  assert.equal(count(1, "fix", "fixes"), "1 fix");
  assert.equal(count(2, "fix", "fixes"), "2 fixes");
  assert.equal(percent(0.125), "13 %");
});

test("the guardian's fixes are explained with their diff", () => {
  const fix = { rule: "insert-copy", reason: "`x` is consumed twice.", before: "a\n", after: "b\nc" };
  const text = fixesAsMarkdown({ ...RESULT, fixes: [fix] });
  assert.match(text, /## 1\. insert-copy\n\n`x` is consumed twice\.\n\n```diff\n- a\n\+ b\n\+ c\n```/);
});

test("the summary names the worst first", () => {
  assert.deepEqual(summary(["passed", "failed", "passed"]), { text: "1 failed · 2 passed", worst: "failed" });
  assert.deepEqual(summary(["stale", "hole"]), { text: "1 stale · 1 to synthesize", worst: "stale" });
  assert.deepEqual(summary(["timeout"]), { text: "1 timed out", worst: "failed" });
  assert.deepEqual(summary([]), { text: "no operators", worst: "fine" });
});

test("an experience's flags: what nobody was asked is no mark", () => {
  const experience: Experience = {
    id: "1", operator: "f", group: null, passRate: 0.5, stratum: "mixed", samples: 2, proposer: null, model: null,
    tokens: 0, seconds: 1, created: "2026-01-01T00:00:00Z", valid: true, accepted: null,
  };
  assert.equal(experienceDetail(experience), "50 % · 2 samples");
  assert.equal(experienceDetail({ ...experience, accepted: true }), "50 % · 2 samples");
  assert.equal(experienceDetail({ ...experience, accepted: false, valid: false }), "50 % · 2 samples · no longer valid · rejected");
});
