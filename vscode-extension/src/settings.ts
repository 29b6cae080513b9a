/** The settings of section `step`: what the server is told, and what only the extension reads. */

import { homedir } from "node:os";
import * as vscode from "vscode";
import { expandPath, type Surroundings } from "./platform";
import { nested, SERVER_KEYS } from "./settingKeys";

/** A change of these needs a new server; the others reach a running one. */
const NEEDS_RESTART = ["step.path", "step.experience.url"];

export function needsRestart(event: vscode.ConfigurationChangeEvent): boolean {
  return NEEDS_RESTART.some((key) => event.affectsConfiguration(key));
}

/** Where paths are counted from, for a file of the workspace or for all of it. */
export function surroundings(scope?: vscode.Uri): Surroundings {
  const folder = (scope && vscode.workspace.getWorkspaceFolder(scope)) ?? vscode.workspace.workspaceFolders?.[0];
  return { platform: process.platform, home: homedir(), folder: folder?.uri.fsPath, environment: process.env };
}

/** `step.path`; `undefined` where it is not set. */
export function explicitPath(): string | undefined {
  return expandPath(vscode.workspace.getConfiguration("step").get<string | null>("path"), surroundings());
}

/** The settings as docs/protocol.md has them, for one resource. `interpreter` stands in where the user set none. */
export function serverSettings(scope: vscode.Uri | undefined, interpreter: string | undefined): Record<string, unknown> {
  const step = vscode.workspace.getConfiguration("step", scope ?? null);
  const chosen = expandPath(step.get<string | null>("interpreter"), surroundings(scope));
  const values = SERVER_KEYS.map((key) => [key, key === "interpreter" ? (chosen ?? interpreter ?? null) : step.get(key)] as const);
  return { ...nested(values), trusted: vscode.workspace.isTrusted };
}

export type ApplyMode = "apply" | "preview";

export function applyMode(scope: vscode.Uri): ApplyMode {
  return vscode.workspace.getConfiguration("step", scope).get<ApplyMode>("applyMode", "apply");
}
