import assert from "node:assert/strict";
import { test } from "node:test";
import { executablesOnPath, expandPath, interpretersOf, liesIn, pythonLaunches, shortPath, unusable } from "../src/platform";

const WINDOWS = { platform: "win32", home: "C:\\Users\\Ada", folder: "D:\\code\\ops", environment: { TOOLS: "E:\\tools" } } as const;
const MAC = { platform: "darwin", home: "/Users/ada", folder: "/Users/ada/ops", environment: { TOOLS: "/Volumes/tools" } } as const;

test("the interpreter of an environment, as venv makes it", () => {
  assert.deepEqual(interpretersOf("D:\\code\\ops\\.venv", "win32"), [
    "D:\\code\\ops\\.venv\\Scripts\\python.exe",
    "D:\\code\\ops\\.venv\\python.exe",
  ]);
  assert.deepEqual(interpretersOf("/Users/ada/ops/.venv", "darwin"), ["/Users/ada/ops/.venv/bin/python", "/Users/ada/ops/.venv/bin/python3"]);
});

test("PATH is cut where the system cuts it, and only whole paths count", () => {
  assert.deepEqual(executablesOnPath('C:\\Python311\\Scripts;"C:\\Program Files\\step";;.;bin', "win32"), [
    "C:\\Python311\\Scripts\\steplang.exe",
    "C:\\Program Files\\step\\steplang.exe",
  ]);
  assert.deepEqual(executablesOnPath("/usr/bin:.:/Users/ada/.local/bin", "darwin"), ["/usr/bin/steplang", "/Users/ada/.local/bin/steplang"]);
  assert.deepEqual(executablesOnPath(undefined, "linux"), []);
});

test("on Windows the launcher is asked for a Python 3", () => {
  assert.deepEqual(pythonLaunches("win32")[0], { command: "py", args: ["-3"] });
  assert.deepEqual(pythonLaunches("darwin")[0], { command: "python3", args: [] });
});

test("what lies in a workspace is seen through case, dots and look-alike neighbours", () => {
  assert.ok(liesIn("D:\\code\\ops", "d:\\Code\\Ops\\.venv\\Scripts\\python.exe", "win32"));
  assert.ok(liesIn("D:\\code\\ops", "D:/code/ops/.venv/Scripts/python.exe", "win32"));
  assert.ok(!liesIn("D:\\code\\ops", "C:\\Python311\\python.exe", "win32"));
  assert.ok(!liesIn("D:\\code\\ops", "D:\\code\\ops-tools\\python.exe", "win32"));
  assert.ok(liesIn("/Users/ada/ops", "/users/ada/OPS/.venv/bin/python", "darwin"));
  assert.ok(liesIn("/home/ada/ops", "/home/ada/other/../ops/python", "linux"));
  assert.ok(!liesIn("/home/ada/ops", "/home/ada/Ops/python", "linux"));
  assert.ok(!liesIn("/home/ada/ops", "/home/ada/ops/../..x/python", "linux"));
  assert.ok(liesIn("/home/ada/ops", "/home/ada/ops/..x/python", "linux"));
  assert.ok(!liesIn("/home/ada/ops", "/home/ada/ops", "linux"));
});

test("an executable that cannot be started is refused with a reason", () => {
  assert.equal(unusable("C:\\x\\steplang.exe", "win32", () => true), undefined);
  assert.match(unusable("C:\\x\\steplang.CMD", "win32", () => true) ?? "", /script of the shell/);
  assert.match(unusable("/x/steplang", "darwin", () => false) ?? "", /does not exist/);
});

test("paths as people write them in settings", () => {
  assert.equal(expandPath("~\\bin\\steplang.exe", WINDOWS), "C:\\Users\\Ada\\bin\\steplang.exe");
  assert.equal(expandPath("${workspaceFolder}\\.venv\\Scripts\\python.exe", WINDOWS), "D:\\code\\ops\\.venv\\Scripts\\python.exe");
  assert.equal(expandPath(".venv/Scripts/python.exe", WINDOWS), "D:\\code\\ops\\.venv\\Scripts\\python.exe");
  assert.equal(expandPath("${env:TOOLS}\\steplang.exe", WINDOWS), "E:\\tools\\steplang.exe");
  assert.equal(expandPath("  ~/bin/steplang ", MAC), "/Users/ada/bin/steplang");
  assert.equal(expandPath("~bob/bin/steplang", MAC), "/Users/ada/ops/~bob/bin/steplang");
  assert.equal(expandPath("${userHome}/$&/steplang", MAC), "/Users/ada/$&/steplang");
  assert.equal(expandPath("bin/steplang", { ...MAC, folder: undefined }), "bin/steplang");
  assert.equal(expandPath("", MAC), undefined);
  assert.equal(expandPath(null, MAC), undefined);
});

test("a long path is shortened to what tells it apart", () => {
  assert.equal(shortPath("D:\\code\\ops\\.venv\\Scripts\\python.exe", WINDOWS), ".venv\\Scripts\\python.exe");
  assert.equal(shortPath("/Users/ada/miniforge/envs/step/bin/python", MAC), "~/miniforge/envs/step/bin/python");
  assert.equal(shortPath("/usr/bin/python3", MAC), "/usr/bin/python3");
  assert.equal(shortPath("/Library/Frameworks/Python.framework/Versions/3.11/bin/python3", MAC), "…/3.11/bin/python3");
});
