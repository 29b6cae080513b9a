import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { COMMANDS } from "../src/commands";
import { CLIENT_COMMANDS } from "../src/protocol";
import { nested, SERVER_KEYS } from "../src/settingKeys";

interface Setting {
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly default: unknown;
  readonly order: number;
  readonly enum?: readonly unknown[];
  readonly enumDescriptions?: readonly string[];
}

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command?: string }[]>>;
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
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

const properties = manifest.contributes.configuration.properties;

test("every setting is described, and has a place of its own", () => {
  for (const [name, property] of Object.entries(properties)) {
    assert.ok((property.description ?? property.markdownDescription ?? "").length > 20, name);
    assert.equal(property.enumDescriptions?.length, property.enum?.length, name);
  }
  const orders = Object.values(properties).map(({ order }) => order);
  assert.equal(new Set(orders).size, orders.length);
});

test("the settings that are sent, that package.json has and that docs/protocol.md has are the same, with the same defaults", () => {
  const [, settings = ""] = /## Settings([^]*?)\n## /.exec(readFileSync("../docs/protocol.md", "utf8")) ?? [];
  const rows = [...settings.matchAll(/^\| `([\w.]+)` \| `([^|]+)` \| .+ \|$/gm)];
  const documented = Object.fromEntries(rows.map(([, name = "", value = ""]) => [`step.${name}`, JSON.parse(value) as unknown]));
  const declared = Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, property.default]));
  assert.deepEqual(declared, { ...documented, "step.path": null }); // the path of the server itself
  assert.deepEqual(SERVER_KEYS.map((key) => `step.${key}`).sort(), Object.keys(documented).sort());
});

test("dotted keys become nested ones", () => {
  assert.deepEqual(nested([["a", 1], ["check.b", 2], ["check.c", null]]), { a: 1, check: { b: 2, c: null } });
});

test("snippets parse, and each has a prefix of its own", () => {
  const prefixes = manifest.contributes.snippets.flatMap(({ path }) => {
    const snippets = JSON.parse(readFileSync(path, "utf8")) as Record<string, { prefix: string; body: string[]; description: string }>;
    return Object.values(snippets).map(({ prefix }) => prefix);
  });
  assert.equal(new Set(prefixes).size, prefixes.length);
  assert.ok(prefixes.length >= 4);
});
