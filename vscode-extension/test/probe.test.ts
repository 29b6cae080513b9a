import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PrivateEnvironment } from "../src/privateEnvironment";
import { probePython } from "../src/probe";

test("an interpreter answers with its version", async () => {
  const answer = await probePython("python3");
  assert.match(answer?.pythonVersion ?? "", /^3\.\d+\.\d+$/);
});

test("what does not exist, does not run or says something else is no interpreter", async () => {
  assert.equal(await probePython("/nowhere/python"), undefined);
  assert.equal(await probePython("true"), undefined);
  assert.equal(await probePython("echo"), undefined);
});

test("an interpreter that hangs is given up", async () => {
  const folder = mkdtempSync(join(tmpdir(), "step-"));
  const hanging = join(folder, "python");
  writeFileSync(hanging, "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
  assert.equal(await probePython(hanging, 100), undefined);
});

test("a private environment counts only once it is complete", () => {
  const storage = mkdtempSync(join(tmpdir(), "step-"));
  const environment = new PrivateEnvironment(storage, storage, "0.1.0");
  const bin = join(storage, "environment-0.1.0", "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "python"), "");
  assert.equal(environment.interpreter(), undefined);
  writeFileSync(join(storage, "environment-0.1.0", "complete"), "");
  assert.equal(environment.interpreter(), join(bin, "python"));
  assert.equal(new PrivateEnvironment(storage, storage, "0.2.0").interpreter(), undefined);
});

test("without a wheel there is a reason, and nothing is left behind", async () => {
  const storage = mkdtempSync(join(tmpdir(), "step-"));
  const environment = new PrivateEnvironment(storage, storage, "0.1.0");
  const never = new AbortController().signal;
  await assert.rejects(environment.create(() => undefined, () => undefined, never), /carries no wheel/);
  assert.equal(environment.interpreter(), undefined);
});
