/** What passes between VS Code and the server is left alone, but for the settings. */

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import { fromEnvironments, fromPython } from "./python";
import { serverSettings } from "./settings";
import { probePython } from "./probe";

/** @param serverPython the interpreter of the server's own environment, where known */
export function middleware(serverPython: string | undefined): Middleware {
  return {
    workspace: {
      configuration: async (params, token, next) => {
        const answers = await next(params, token);
        if (!Array.isArray(answers)) {
          return answers;
        }
        return Promise.all(
          params.items.map(async (item, index) => {
            if (item.section !== "step") {
              return answers[index] as unknown;
            }
            const scope = item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri);
            return serverSettings(scope, await selectedInterpreter(scope, serverPython));
          }),
        );
      },
    },
  };
}

const answers = new Map<string, Promise<boolean>>();

/** The interpreter selected in VS Code, where it is another than the server's and can import `step`. */
async function selectedInterpreter(scope: vscode.Uri | undefined, serverPython: string | undefined): Promise<string | undefined> {
  if (!vscode.workspace.isTrusted) {
    return undefined;
  }
  const selected = (await fromEnvironments(scope)) ?? (await fromPython(scope));
  if (selected === undefined || selected === serverPython) {
    return undefined;
  }
  let usable = answers.get(selected);
  if (usable === undefined) {
    usable = probePython(selected).then((probe) => probe?.version !== undefined);
    answers.set(selected, usable);
  }
  return (await usable) ? selected : undefined;
}
