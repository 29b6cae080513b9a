/**
 * The entry point, kept small: VS Code loads it with every Python file. The rest, the language client included, is loaded with the
 * first file that imports step, or with the first of the commands.
 */

import * as vscode from "vscode";
import { COMMANDS, type Extension } from "./commands";
import { importsStep } from "./relevance";

let loaded: Promise<Extension> | undefined;

function load(context: vscode.ExtensionContext): Promise<Extension> {
  loaded ??= import("./main").then((main) => main.start(context));
  return loaded;
}

export function activate(context: vscode.ExtensionContext): void {
  const watch = (document: vscode.TextDocument): void => {
    if (loaded === undefined && concernsUs(document)) {
      void load(context);
    }
  };
  for (const command of COMMANDS) {
    const run = async (...args: unknown[]): Promise<void> => (await load(context)).run(command, args);
    context.subscriptions.push(vscode.commands.registerCommand(command, run));
  }
  context.subscriptions.push(
    vscode.workspace.onDidOpenTextDocument(watch),
    vscode.workspace.onDidChangeTextDocument((event) => watch(event.document)),
  );
  vscode.workspace.textDocuments.forEach(watch);
}

export async function deactivate(): Promise<void> {
  await (await loaded)?.stop();
}

function concernsUs(document: vscode.TextDocument): boolean {
  const ours = document.languageId === "python" && (document.uri.scheme === "file" || document.uri.scheme === "untitled");
  return ours && importsStep(document.getText());
}
