import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { COMMANDS } from "../src/commands";
import { CLIENT_COMMANDS } from "../src/protocol";

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command?: string }[]>>;
    readonly configuration: { readonly properties: Readonly<Record<string, { description?: string; markdownDescription?: string; default: unknown }>> };
    readonly walkthroughs: readonly { readonly steps: readonly { readonly description: string; readonly media: { readonly markdown: string } }[] }[];
    readonly snippets: readonly { readonly path: string }[];
  };
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const declared = manifest.contributes.commands.map(({ command }) => command);

test("every declared command is registered, and every registered one declared", () => {
  assert.deepEqual([...declared].sort(), [...COMMANDS].sort());
});

test("the commands that the server is told of exist", () => {
  CLIENT_COMMANDS.forEach((command) => assert.ok(declared.includes(command), command));
});

test("menus and the walkthrough name commands that exist", () => {
  const used = Object.values(manifest.contributes.menus).flatMap((items) => items.flatMap(({ command }) => command ?? []));
  const steps = manifest.contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
  const linked = steps.flatMap((step) => [...step.description.matchAll(/\(command:([\w.]+)\)/g)].map((match) => match[1] ?? ""));
  [...used, ...linked].forEach((command) => assert.ok(declared.includes(command), command));
  steps.forEach((step) => assert.ok(existsSync(step.media.markdown), step.media.markdown));
});

test("every setting is described, and the defaults are those of docs/protocol.md", () => {
  const properties = manifest.contributes.configuration.properties;
  for (const [name, property] of Object.entries(properties)) {
    assert.ok((property.description ?? property.markdownDescription ?? "").length > 20, name);
  }
  const [, settings = ""] = /## Settings([^]*?)\n## /.exec(readFileSync("../docs/protocol.md", "utf8")) ?? [];
  const rows = [...settings.matchAll(/^\| `([\w.]+)` \| `([^|]+)` \| .+ \|$/gm)];
  assert.ok(rows.length >= 11);
  for (const [, name = "", value = ""] of rows) {
    assert.deepEqual(properties[`step.${name}`]?.default, JSON.parse(value), name);
  }
});

test("snippets parse, and each has a prefix of its own", () => {
  const prefixes = manifest.contributes.snippets.flatMap(({ path }) => {
    const snippets = JSON.parse(readFileSync(path, "utf8")) as Record<string, { prefix: string; body: string[]; description: string }>;
    return Object.values(snippets).map(({ prefix }) => prefix);
  });
  assert.equal(new Set(prefixes).size, prefixes.length);
  assert.ok(prefixes.length >= 4);
});
