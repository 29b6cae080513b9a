/** The language status item: the server's health, and how the operators of the file stand. */

import * as vscode from "vscode";
import type { Operators } from "./operators";
import type { OperatorStatus, ServerStatusParams } from "./protocol";
import type { ServerState, StepServer } from "./server";
import { shortPath } from "./platform";
import { surroundings } from "./settings";
import { summary } from "./summary";

const SELECTOR: vscode.DocumentSelector = { language: "python" };

export class StatusItems implements vscode.Disposable {
  private readonly server = vscode.languages.createLanguageStatusItem("step.server", SELECTOR);
  private readonly checks = vscode.languages.createLanguageStatusItem("step.checks", SELECTOR);
  private readonly subscriptions: vscode.Disposable[];
  private health: ServerStatusParams | undefined;

  constructor(
    private readonly process: StepServer,
    private readonly operators: Operators,
  ) {
    this.server.name = "STeP server";
    this.checks.name = "STeP checks";
    this.subscriptions = [
      this.server,
      this.checks,
      process.onDidChangeState((state) => {
        this.health = undefined;
        this.showServer(state);
      }),
      process.onServerStatus((status) => {
        this.health = status;
        this.showServer(process.state);
      }),
      operators.onDidChange(() => this.showChecks()),
      vscode.window.onDidChangeActiveTextEditor(() => this.showChecks()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.showServer(process.state)),
    ];
    this.showServer(process.state);
    this.showChecks();
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private showServer(state: ServerState): void {
    const item = this.server;
    item.busy = state.kind === "starting" || (state.kind === "running" && this.health?.busy === true);
    item.severity = vscode.LanguageStatusSeverity.Information;
    item.command = { command: "step.showLogs", title: "Show Logs" };
    switch (state.kind) {
      case "stopped":
        item.text = "STeP: stopped";
        item.detail = "";
        item.command = { command: "step.restart", title: "Start" };
        break;
      case "starting":
        item.text = "STeP: starting";
        item.detail = "";
        break;
      case "missing":
        item.text = "STeP: no server";
        item.detail = "steplang was not found in any environment";
        item.severity = vscode.LanguageStatusSeverity.Error;
        item.command = { command: "step.createEnvironment", title: "Create Private Environment" };
        break;
      case "failed":
        item.text = "STeP: failed";
        item.detail = state.message;
        item.severity = vscode.LanguageStatusSeverity.Error;
        item.command = { command: "step.restart", title: "Restart" };
        break;
      case "running":
        this.showRunning(state);
    }
  }

  private showRunning(state: ServerState & { kind: "running" }): void {
    const health = this.health;
    const limited = vscode.workspace.isTrusted ? "" : " (limited: workspace not trusted)";
    const crashed = this.process.crashes.count;
    this.server.text = `STeP ${state.version ?? ""}`.trim() + limited;
    const origin = `from ${state.command.origin}`;
    const again = crashed === 0 ? "" : `restarted after ${crashed === 1 ? "a crash" : `${crashed} crashes`}`;
    const problem = state.instead === undefined ? "" : `step.path: ${state.instead}`;
    const interpreter = health?.interpreter ? shortPath(health.interpreter, surroundings()) : "";
    this.server.detail = [problem, health?.message ?? "", again, origin, interpreter].filter((part) => part !== "").join(" · ");
    if (health?.health === "error") {
      this.server.severity = vscode.LanguageStatusSeverity.Error;
    } else if (health?.health === "warning" || crashed > 0 || problem !== "") {
      this.server.severity = vscode.LanguageStatusSeverity.Warning;
    }
  }

  private showChecks(): void {
    const editor = vscode.window.activeTextEditor;
    const statuses: readonly OperatorStatus[] = editor === undefined ? [] : this.operators.of(editor.document.uri);
    const { text, worst } = summary(statuses.map((status) => status.status));
    this.checks.text = text;
    this.checks.detail = statuses.length === 0 ? "" : "functional checks of this file";
    this.checks.busy = statuses.some((status) => status.status === "running" || status.status === "queued");
    this.checks.severity =
      worst === "failed"
        ? vscode.LanguageStatusSeverity.Error
        : worst === "stale"
          ? vscode.LanguageStatusSeverity.Warning
          : vscode.LanguageStatusSeverity.Information;
    this.checks.command = { command: "testing.runCurrentFile", title: "Run Checks" };
  }
}
