import assert from "node:assert/strict";
import { test } from "node:test";
import { CrashLog, describeExit } from "../src/crashes";
import { LastLines, levelOf } from "../src/stderr";

const crash = (at: number) => ({ at, exit: "exit code 1", lastWords: ["ValueError: x"] });

test("four crashes in three minutes are forgiven, the fifth is not", () => {
  const log = new CrashLog();
  assert.deepEqual([1, 2, 3, 4, 5].map((second) => log.add(crash(second * 1000))), [true, true, true, true, false]);
});

test("crashes far apart are forgiven for ever", () => {
  const log = new CrashLog();
  for (let minute = 0; minute < 20; minute += 1) {
    assert.equal(log.add(crash(minute * 60_000 * 4)), true);
  }
  assert.equal(log.count, 1);
});

test("the report holds each crash and its last words", () => {
  const log = new CrashLog();
  log.add(crash(0));
  assert.equal(log.describe(), "1970-01-01T00:00:00.000Z exit code 1\n    ValueError: x");
  log.clear();
  assert.equal(log.describe(), "no crashes");
});

test("how a process ended", () => {
  assert.equal(describeExit(3, null), "exit code 3");
  assert.equal(describeExit(null, "SIGKILL"), "killed by SIGKILL");
  assert.equal(describeExit(null, null), "connection closed");
});

test("stderr: a line's level is the one it names", () => {
  assert.equal(levelOf("2026-01-01 10:00:00 WARNING step: slow"), "warn");
  assert.equal(levelOf("DEBUG:pygls:x"), "debug");
  assert.equal(levelOf("Traceback (most recent call last):"), "error");
  assert.equal(levelOf("ValueError: nothing"), "error");
  assert.equal(levelOf("hello"), "info");
  assert.equal(levelOf("INFO step: the message says ERROR".padEnd(90)), "info");
});

test("the last lines are kept, no more", () => {
  const lines = new LastLines(3);
  ["a", "b", "c", "d", "e"].forEach((line) => lines.add(line));
  assert.deepEqual(lines.all, ["c", "d", "e"]);
});
