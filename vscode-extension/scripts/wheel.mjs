// Builds the wheel of steplang into bundled/, for the private environment.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve("..");
const local = join(root, ".venv", "bin", "python");
const python = process.env.STEP_PYTHON ?? (existsSync(local) ? local : "python3");

rmSync("bundled", { recursive: true, force: true });
mkdirSync("bundled");
const pip = ["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--wheel-dir", "bundled"];
// With hatchling at hand nothing needs to be fetched.
const hatchling = spawnSync(python, ["-c", "import hatchling"]).status === 0;
const done = spawnSync(python, [...pip, ...(hatchling ? ["--no-build-isolation"] : []), root], { stdio: "inherit" });
const wheels = readdirSync("bundled").filter((name) => name.endsWith(".whl"));
if (done.status !== 0 || wheels.length !== 1) {
  console.error(`error: ${python} built ${wheels.length} wheels (exit ${done.status}); set STEP_PYTHON to a Python 3.11 with pip`);
  process.exit(1);
}
console.log(`bundled/${wheels[0]}`);
