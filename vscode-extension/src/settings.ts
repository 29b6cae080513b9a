/** The settings of section `step`: what the server is told, and what only the extension reads. */

import { isAbsolute, join } from "node:path";
import * as vscode from "vscode";

/** A change of these needs a new server; the others reach a running one. */
const NEEDS_RESTART = ["step.path", "step.experience.url"];

export function needsRestart(event: vscode.ConfigurationChangeEvent): boolean {
  return NEEDS_RESTART.some((key) => event.affectsConfiguration(key));
}

/** `step.path`, with `${workspaceFolder}` and `~` expanded; `undefined` where it is not set. */
export function explicitPath(): string | undefined {
  return expand(vscode.workspace.getConfiguration("step").get<string | null>("path", null));
}

export function interpreterSetting(scope: vscode.Uri | undefined): string | undefined {
  return expand(vscode.workspace.getConfiguration("step", scope ?? null).get<string | null>("interpreter", null));
}

function expand(value: string | null): string | undefined {
  if (value === null || value.trim() === "") {
    return undefined;
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const home = process.env.HOME ?? process.env.USERPROFILE;
  let path = value.trim();
  if (folder !== undefined) {
    path = path.replaceAll("${workspaceFolder}", folder);
  }
  if (home !== undefined && path.startsWith("~")) {
    path = home + path.slice(1);
  }
  return isAbsolute(path) || folder === undefined ? path : join(folder, path);
}

/** The settings as docs/protocol.md has them, for one resource. `interpreter` stands in where the user set none. */
export function serverSettings(scope: vscode.Uri | undefined, interpreter: string | undefined): Record<string, unknown> {
  const step = vscode.workspace.getConfiguration("step", scope ?? null);
  return {
    interpreter: interpreterSetting(scope) ?? interpreter ?? null,
    check: {
      onSave: step.get("check.onSave", true),
      timeout: step.get("check.timeout", 20),
      memory: step.get("check.memory", 4096),
    },
    inlayHints: step.get("inlayHints", true),
    proposer: step.get("proposer", "auto"),
    budget: step.get("budget", 60),
    applyMode: step.get("applyMode", "apply"),
    model: step.get<string | null>("model", null),
    baseUrl: step.get<string | null>("baseUrl", null),
    experience: { url: step.get<string | null>("experience.url", null) },
    trusted: vscode.workspace.isTrusted,
  };
}

export type ApplyMode = "apply" | "preview";

export function applyMode(scope: vscode.Uri): ApplyMode {
  return vscode.workspace.getConfiguration("step", scope).get<ApplyMode>("applyMode", "apply");
}
