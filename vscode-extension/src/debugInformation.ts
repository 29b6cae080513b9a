/** A text to paste into a bug report. It holds no key and no source. */

import * as vscode from "vscode";
import type { Logs } from "./logs";
import { Method } from "./protocol";
import type { StepServer } from "./server";

export async function showDebugInformation(server: StepServer, logs: Logs, version: string): Promise<void> {
  const state = server.state;
  const lines = [
    "# STeP debug information",
    "",
    `- extension: ${version}`,
    `- VS Code: ${vscode.version} (${vscode.env.appName}, ${vscode.env.uiKind === vscode.UIKind.Web ? "web" : "desktop"})`,
    `- platform: ${process.platform} ${process.arch}, Node ${process.versions.node}`,
    `- workspace trusted: ${vscode.workspace.isTrusted ? "yes" : "no"}`,
    `- server: ${state.kind}`,
  ];
  if (state.kind === "running") {
    lines.push(`- server version: ${state.version ?? "unknown"}`, `- server command: ${state.command.command} (${state.command.origin})`);
  } else if (state.kind === "missing") {
    lines.push("- looked at:", ...state.tried.map((line) => `  - ${line}`));
  } else if (state.kind === "failed") {
    lines.push(`- failure: ${state.message}`);
  }
  lines.push("", "## Crashes", "", "```", server.crashes.describe(), "```", "", "## Server", "", "```", await serverText(server, logs), "```", "");
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content: lines.join("\n") });
  await vscode.window.showTextDocument(document);
}

async function serverText(server: StepServer, logs: Logs): Promise<string> {
  if (server.state.kind !== "running") {
    return "not running";
  }
  try {
    return (await server.request<{ text: string }>(Method.debugInformation, {})).text;
  } catch (error) {
    logs.client.warn(`debug information: ${String(error)}`);
    return String(error);
  }
}
