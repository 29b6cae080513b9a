// Bundles the extension: the small entry, the part that is loaded later, and the two pages.
import { rmSync } from "node:fs";
import esbuild from "esbuild";

const watch = process.argv.includes("--watch");
const common = { bundle: true, minify: !watch, sourcemap: watch, logLevel: "warning", outdir: "dist", legalComments: "eof" };

const extension = {
  ...common,
  entryPoints: { extension: "src/extension.ts", main: "src/main.ts" },
  platform: "node",
  target: "node20",
  format: "cjs",
  plugins: [
    {
      name: "main-stays-apart",
      // `import("./main")` in the entry becomes a load of dist/main.js, when it is called.
      setup: (build) => build.onResolve({ filter: /^\.\/main$/ }, () => ({ path: "./main.js", external: true })),
    },
  ],
  external: ["vscode"],
};

const pages = {
  ...common,
  entryPoints: { graph: "webview/graph.ts", curve: "webview/curve.ts" },
  platform: "browser",
  target: "es2022",
  format: "iife",
};

rmSync("dist", { recursive: true, force: true });
if (watch) {
  for (const options of [extension, pages]) {
    await (await esbuild.context(options)).watch();
  }
} else {
  await Promise.all([esbuild.build(extension), esbuild.build(pages)]);
}
