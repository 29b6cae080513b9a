// Bundles test/*.test.ts and runs them with Node's own runner; what they test imports no "vscode".
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import esbuild from "esbuild";

const out = "out/test";
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await esbuild.build({
  entryPoints: readdirSync("test").filter((name) => name.endsWith(".test.ts")).map((name) => `test/${name}`),
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  outdir: out,
  outExtension: { ".js": ".cjs" },
  sourcemap: "inline",
  logLevel: "warning",
});
const files = readdirSync(out).map((name) => `${out}/${name}`);
const done = spawnSync(process.execPath, ["--enable-source-maps", "--test", "--test-reporter=spec", ...process.argv.slice(2), ...files], { stdio: "inherit" });
process.exit(done.status ?? 1);
