/** Keys of models: in VS Code's secret storage, and from there only into the server's environment. */

import * as vscode from "vscode";

export interface KeyKind {
  readonly label: string;
  readonly variable: "ANTHROPIC_API_KEY" | "OPENAI_API_KEY";
  readonly placeholder: string;
}

export const KEYS = {
  anthropic: { label: "Anthropic", variable: "ANTHROPIC_API_KEY", placeholder: "sk-ant-…" },
  openai: { label: "OpenAI", variable: "OPENAI_API_KEY", placeholder: "sk-… (any text for a local service)" },
} as const satisfies Record<string, KeyKind>;

const slot = (kind: KeyKind): string => `step.${kind.variable}`;

/** Asks for a key; whether it was changed. An empty answer forgets the key. */
export async function askForKey(secrets: vscode.SecretStorage, kind: KeyKind): Promise<boolean> {
  const known = await hasKey(secrets, kind);
  const answer = await vscode.window.showInputBox({
    title: `${kind.label} API key`,
    prompt: `Kept in VS Code's secret storage, given to the STeP server as ${kind.variable}.${known ? " Leave empty to forget the present key." : ""}`,
    placeHolder: kind.placeholder,
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => (/\s/.test(text.trim()) ? "A key contains no spaces" : undefined),
  });
  if (answer === undefined) {
    return false;
  }
  const key = answer.trim();
  if (key === "") {
    await secrets.delete(slot(kind));
    return known;
  }
  await secrets.store(slot(kind), key);
  return true;
}

export async function hasKey(secrets: vscode.SecretStorage, kind: KeyKind): Promise<boolean> {
  return (await secrets.get(slot(kind))) !== undefined;
}

export async function forgetKeys(secrets: vscode.SecretStorage): Promise<void> {
  await Promise.all(Object.values(KEYS).map((kind) => secrets.delete(slot(kind))));
}

/** The key that a service gets: the stored one, else the one that the user exported. */
export async function keyOf(secrets: vscode.SecretStorage, kind: KeyKind): Promise<string | undefined> {
  return (await secrets.get(slot(kind))) ?? process.env[kind.variable];
}

/** What the server's environment gets. A variable the user exported serves where no key is stored. */
export async function keyVariables(secrets: vscode.SecretStorage): Promise<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const kind of Object.values(KEYS)) {
    const key = await secrets.get(slot(kind));
    if (key !== undefined) {
      variables[kind.variable] = key;
    }
  }
  return variables;
}

export function onKeysChanged(secrets: vscode.SecretStorage, changed: () => void): vscode.Disposable {
  const slots = Object.values(KEYS).map(slot);
  return secrets.onDidChange((event) => {
    if (slots.includes(event.key)) {
      changed();
    }
  });
}
