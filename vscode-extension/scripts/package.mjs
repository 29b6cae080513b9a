// Builds everything and packs it: steplang.vsix, at most 5 MB.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, statSync } from "node:fs";

const LIMIT = 5 * 1024 * 1024;
const target = "steplang.vsix";

function run(command, args) {
  const done = spawnSync(command, args, { stdio: "inherit" });
  if (done.status !== 0) {
    console.error(`error: ${command} ${args.join(" ")} ended with ${done.status}`);
    process.exit(done.status ?? 1);
  }
}

run(process.execPath, ["scripts/build.mjs"]);
run(process.execPath, ["scripts/wheel.mjs"]);
for (const [from, to] of [["../LICENSE", "LICENSE.txt"], ["../CHANGELOG.md", "CHANGELOG.md"]]) {
  if (existsSync(from)) {
    copyFileSync(from, to);
  }
}
run(process.execPath, [
  "node_modules/@vscode/vsce/vsce",
  "package",
  "--no-dependencies", // everything is bundled
  "--allow-missing-repository",
  ...(existsSync("LICENSE.txt") ? [] : ["--skip-license"]),
  "--out",
  target,
]);
const size = statSync(target).size;
console.log(`${target}: ${(size / 1024 / 1024).toFixed(2)} MB`);
if (size > LIMIT) {
  console.error(`error: larger than ${LIMIT / 1024 / 1024} MB`);
  process.exit(1);
}
