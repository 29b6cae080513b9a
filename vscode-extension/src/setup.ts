/** When there is no server, or one too old: what is offered. Asked once; afterwards only the status item says it. */

import * as vscode from "vscode";
import type { Logs } from "./logs";
import { EnvironmentError, type PrivateEnvironment } from "./privateEnvironment";
import type { StepServer } from "./server";

const ASKED = "step.askedForEnvironment";

/** Short: a notification cuts longer ones. */
const CREATE = "Create Environment";

export class Setup {
  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly environment: PrivateEnvironment,
    private readonly server: StepServer,
    private readonly logs: Logs,
  ) {}

  async ask(): Promise<void> {
    if (this.context.globalState.get<boolean>(ASKED) === true) {
      return;
    }
    const create = CREATE;
    const choose = "Choose Server…";
    const notNow = "Not Now";
    const text =
      "The STeP server (steplang) is not in your Python environment. The extension can make a private environment for it; " +
      "pip then fetches what it needs (NumPy and pygls among others).";
    await this.context.globalState.update(ASKED, true);
    const answer = await vscode.window.showInformationMessage(text, create, choose, notNow);
    if (answer === create) {
      await this.create();
    } else if (answer === choose) {
      await this.choose();
    }
  }

  /** The path that the user set is of no use: that is said each time, for a setting is meant. */
  async explain(problem: string, instead: string | undefined): Promise<void> {
    const settings = "Open Settings";
    const used = instead === undefined ? "" : ` The server from ${instead} is used instead.`;
    const buttons = instead === undefined ? [settings, CREATE] : [settings];
    const answer = await vscode.window.showWarningMessage(`step.path: ${problem}.${used}`, ...buttons);
    if (answer === settings) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "step.path");
    } else if (answer === CREATE) {
      await this.create();
    }
  }

  async create(): Promise<void> {
    const options = { location: vscode.ProgressLocation.Notification, title: "STeP's private environment", cancellable: true };
    try {
      await vscode.window.withProgress(options, async (progress, token) => {
        const abort = new AbortController();
        token.onCancellationRequested(() => abort.abort());
        const log = (line: string): void => this.logs.client.info(line);
        await this.environment.create((message) => progress.report({ message }), log, abort.signal);
      });
    } catch (error) {
      const message = error instanceof EnvironmentError ? error.message : String(error);
      this.logs.client.error(`private environment: ${message}`);
      const show = "Show Logs";
      if ((await vscode.window.showErrorMessage(`The private environment could not be made: ${message}`, show)) === show) {
        this.logs.client.show();
      }
      return;
    }
    await this.server.restart("the private environment is ready");
  }

  async offerUpdate(version: string, extension: string): Promise<void> {
    const create = CREATE;
    const text =
      `The STeP server is version ${version}, this extension ${extension}. Update it with ` +
      "“pip install --upgrade steplang”, or let the extension make a private environment with its own.";
    if ((await vscode.window.showWarningMessage(text, create)) === create) {
      await this.create();
    }
  }

  private async choose(): Promise<void> {
    const chosen = await vscode.window.showOpenDialog({ title: "The steplang executable", openLabel: "Use" });
    const path = chosen?.[0]?.fsPath;
    if (path !== undefined) {
      await vscode.workspace.getConfiguration("step").update("path", path, vscode.ConfigurationTarget.Global);
    }
  }
}
