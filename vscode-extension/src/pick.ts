/** Pickers for the proposer, its model and the time it may take. */

import * as vscode from "vscode";
import { seconds } from "./describe";
import { messageOf } from "./failures";
import { modelsOf, type Service } from "./models";
import { askForKey, hasKey, keyOf, KEYS, type KeyKind } from "./secrets";

type Proposer = "auto" | "search" | "anthropic" | "openai";

interface Item extends vscode.QuickPickItem {
  /** `undefined`: all the settings. */
  readonly proposer: Proposer | undefined;
}

export async function chooseProposer(secrets: vscode.SecretStorage): Promise<void> {
  const present = setting<Proposer>("proposer", "auto");
  const [anthropic, openai] = await Promise.all([keyState(secrets, KEYS.anthropic), keyState(secrets, KEYS.openai)]);
  const item = (proposer: Proposer, label: string, detail: string, description = ""): Item => ({
    proposer,
    label: `${proposer === present ? "$(check) " : ""}${label}`,
    detail,
    description,
  });
  const picked = await vscode.window.showQuickPick<Item>(
    [
      item("auto", "Automatic", "The offline search for a few seconds, then the model whose key is set"),
      item("search", "Offline search", "Needs no key and no network"),
      item("anthropic", "Anthropic", "Models of Anthropic", anthropic),
      item("openai", "OpenAI-compatible", "OpenAI, or a local service with the same interface", openai),
      { proposer: undefined, label: "", kind: vscode.QuickPickItemKind.Separator },
      { proposer: undefined, label: "$(gear) All Settings…", detail: "Guardian, repairs, budget, seed and the rest" },
    ],
    { title: "Who proposes bodies?", placeHolder: "Proposer", matchOnDetail: true },
  );
  if (picked === undefined) {
    return;
  }
  if (picked.proposer === undefined) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "@ext:steplang.steplang");
    return;
  }
  await save("proposer", picked.proposer);
  if (picked.proposer === "anthropic" || (picked.proposer === "openai" && (await chooseService()))) {
    await chooseModel(secrets, picked.proposer);
  }
}

/** Asks for a key where there is none, then for one of the models that the service offers. */
async function chooseModel(secrets: vscode.SecretStorage, proposer: "anthropic" | "openai"): Promise<void> {
  const kind = KEYS[proposer];
  if ((await keyOf(secrets, kind)) === undefined && !(await askForKey(secrets, kind))) {
    return;
  }
  const service = { proposer, baseUrl: setting<string | null>("baseUrl", null) ?? undefined, key: await keyOf(secrets, kind) };
  const model = await pickModel(service);
  if (model !== undefined) {
    await save("model", model === "" ? undefined : model);
  }
}

/** A model's name; empty for the proposer's default, `undefined` where the user left. */
async function pickModel(service: Service): Promise<string | undefined> {
  const present = setting<string | null>("model", null) ?? "";
  let names: readonly string[];
  try {
    names = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: "Asking for the models" }, () => modelsOf(service));
  } catch (error) {
    return typeModel(present, `The service did not tell its models (${messageOf(error)}). `);
  }
  const other = "$(edit) Another name…";
  const picked = await vscode.window.showQuickPick(
    [
      { label: "Default", description: "the proposer's own choice", name: "" },
      ...(present === "" || names.includes(present) ? [] : [{ label: present, description: "not offered by the service", name: present }]),
      ...names.map((name) => ({ label: name, name })),
      { label: other, name: undefined },
    ].map((item) => (item.name === present ? { ...item, label: `$(check) ${item.label}` } : item)),
    { title: "Model", placeHolder: present === "" ? "Default" : present },
  );
  return picked?.label === other ? typeModel(present, "") : picked?.name;
}

async function typeModel(present: string, why: string): Promise<string | undefined> {
  const model = await vscode.window.showInputBox({
    title: "Model",
    prompt: `${why}Name of the model; empty for the proposer's default`,
    value: present,
    ignoreFocusOut: true,
  });
  return model?.trim();
}

/** Whether the user went on. */
async function chooseService(): Promise<boolean> {
  const url = await vscode.window.showInputBox({
    title: "Service",
    prompt: "Endpoint of the service; empty for OpenAI's own",
    placeHolder: "http://localhost:8000/v1",
    value: setting<string | null>("baseUrl", null) ?? "",
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === "" || /^https?:\/\/\S+$/.test(text.trim()) ? undefined : "A URL starts with http:// or https://"),
  });
  if (url === undefined) {
    return false;
  }
  await save("baseUrl", url.trim() === "" ? undefined : url.trim());
  return true;
}

export async function setBudget(): Promise<void> {
  const present = setting("budget", 60);
  const answer = await vscode.window.showInputBox({
    title: "Synthesis budget",
    prompt: `Longest time for one synthesis, in seconds (now ${seconds(present)})`,
    value: String(present),
    validateInput: (text) => (validBudget(text) === undefined ? "A number of seconds between 1 and 86400" : undefined),
  });
  const budget = answer === undefined ? undefined : validBudget(answer);
  if (budget !== undefined) {
    await save("budget", budget);
  }
}

function validBudget(text: string): number | undefined {
  const value = Number(text.trim());
  return text.trim() !== "" && value >= 1 && value <= 86400 ? value : undefined;
}

async function keyState(secrets: vscode.SecretStorage, kind: KeyKind): Promise<string> {
  if (await hasKey(secrets, kind)) {
    return "key stored";
  }
  return process.env[kind.variable] === undefined ? "no key yet" : `key from ${kind.variable}`;
}

function setting<T>(key: string, fallback: T): T {
  return vscode.workspace.getConfiguration("step").get<T>(key, fallback);
}

/** Where the workspace has its own value, that one is changed; else the user's. */
async function save(key: string, value: unknown): Promise<void> {
  const configuration = vscode.workspace.getConfiguration("step");
  const inWorkspace = configuration.inspect(key)?.workspaceValue !== undefined;
  await configuration.update(key, value, inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global);
}
