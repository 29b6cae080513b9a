/** Synthesize and Repair: a cancellable notification round one request, then the body in place or a diff. */

import * as vscode from "vscode";
import { type LanguageClient, WorkDoneProgress } from "vscode-languageclient/node";
import { count, effort, fixesAsMarkdown, seconds } from "./describe";
import type { Explanations } from "./explanations";
import type { Logs } from "./logs";
import type { Chosen, Operators } from "./operators";
import type { Previews } from "./preview";
import { Method, type OperatorArgument, type SynthesizeParams, type SynthesizeResult } from "./protocol";
import type { StepServer } from "./server";
import { applyMode } from "./settings";
import { messageOf } from "./failures";

type Verb = "Synthesize" | "Repair";

let tokens = 0;

export class Synthesis {
  private readonly running = new Set<string>();

  constructor(
    private readonly server: StepServer,
    private readonly operators: Operators,
    private readonly previews: Previews,
    private readonly explanations: Explanations,
    private readonly logs: Logs,
  ) {}

  async run(verb: Verb, argument?: OperatorArgument, budget?: number): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      await offerTrust(`${verb} runs the code of this workspace to verify bodies.`);
      return;
    }
    const chosen = await this.operators.choose(argument, verb.toLowerCase());
    if (chosen === undefined) {
      return;
    }
    const key = `${chosen.document.uri.toString()}#${chosen.operator}`;
    if (this.running.has(key)) {
      void vscode.window.showInformationMessage(`${chosen.operator} is being worked on already.`);
      return;
    }
    this.running.add(key);
    try {
      const result = await this.withProgress(verb, chosen, budget);
      if (result !== undefined) {
        this.logs.client.info(`${verb} ${chosen.operator}: ${result.status}, ${effort(result)}`);
        await this.present(verb, chosen, result);
      }
    } catch (error) {
      this.logs.client.error(`${verb} ${chosen.operator}: ${String(error)}`);
      const message = messageOf(error);
      const logs = "Show Logs";
      if ((await vscode.window.showErrorMessage(`${verb} ${chosen.operator}: ${message}`, logs)) === logs) {
        this.logs.client.show();
      }
    } finally {
      this.running.delete(key);
    }
  }

  /** `undefined` where the user cancelled. */
  private withProgress(verb: Verb, chosen: Chosen, budget: number | undefined): Thenable<SynthesizeResult | undefined> {
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: `${verb} ${chosen.operator}`,
      cancellable: true,
    };
    return vscode.window.withProgress(options, async (progress, token) => {
      const client = this.server.running();
      tokens += 1;
      const workDoneToken = `step-synthesis-${process.pid}-${tokens}`;
      const listening = client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
        if ("message" in value) {
          progress.report({ message: value.message });
        }
      });
      progress.report({ message: "starting" });
      const params: SynthesizeParams = {
        textDocument: { uri: this.operators.uriOf(chosen.document), version: chosen.document.version },
        operator: chosen.operator,
        repair: verb === "Repair",
        applyMode: applyMode(chosen.document.uri),
        workDoneToken,
        ...(budget === undefined ? {} : { budget }),
      };
      // The user's Cancel ends the notification at once; the server ends its children meanwhile.
      const work = this.request(client, params, token).finally(() => {
        listening.dispose();
      });
      return Promise.race([work, cancelled(token)]);
    });
  }

  private async request(client: LanguageClient, params: SynthesizeParams, token: vscode.CancellationToken): Promise<SynthesizeResult | undefined> {
    try {
      return await client.sendRequest<SynthesizeResult>(Method.synthesize, params, token);
    } catch (error) {
      if (token.isCancellationRequested) {
        return undefined;
      }
      throw error;
    }
  }

  private async present(verb: Verb, chosen: Chosen, result: SynthesizeResult): Promise<void> {
    switch (result.status) {
      case "cancelled":
        return;
      case "solved":
        return this.presentSolved(chosen, result);
      case "unsolved":
        return this.presentUnsolved(verb, chosen, result);
      case "error": {
        const logs = "Show Logs";
        const text = `${verb} ${result.operator}: ${result.message ?? "the server gave no reason"}`;
        if ((await vscode.window.showErrorMessage(text, logs)) === logs) {
          this.logs.server.show();
        }
      }
    }
  }

  private async presentSolved(chosen: Chosen, result: SynthesizeResult): Promise<void> {
    const where = result.proposer === null ? "" : ` by ${result.proposer}`;
    let text = `${result.operator} verified${where}: ${effort(result)}`;
    if (!result.applied && result.newText !== null) {
      await this.previews.show(chosen.document, result.operator, result.newText, true);
      if (applyMode(chosen.document.uri) === "apply") {
        text += `. It is shown as a diff: ${result.notApplied ?? "it could not be applied"}`;
      }
    }
    const fixes = "Show Fixes";
    if (result.fixes.length > 0) {
      text += `. The guardian made ${count(result.fixes.length, "fix", "fixes")}.`;
      if ((await vscode.window.showInformationMessage(text, fixes)) === fixes) {
        await this.explanations.show(`${result.operator}: fixes`, fixesAsMarkdown(result));
      }
      return;
    }
    void vscode.window.showInformationMessage(text);
  }

  private async presentUnsolved(verb: Verb, chosen: Chosen, result: SynthesizeResult): Promise<void> {
    const best = "Show Best Attempt";
    const longer = "Try Four Times Longer";
    const buttons = [...(result.newText === null ? [] : [best]), longer];
    const reason = result.message === null || result.message === "" ? "" : ` ${result.message}`;
    const text = `No body for ${result.operator} passed: ${effort(result)}.${reason}`;
    const answer = await vscode.window.showWarningMessage(text, ...buttons);
    if (answer === best && result.newText !== null) {
      await this.previews.show(chosen.document, result.operator, result.newText, false);
    } else if (answer === longer) {
      const budget = vscode.workspace.getConfiguration("step", chosen.document.uri).get<number>("budget", 60);
      this.logs.client.info(`trying ${result.operator} again, up to ${seconds(4 * budget)}`);
      await this.run(verb, { uri: chosen.document.uri.toString(), operator: result.operator }, 4 * budget);
    }
  }
}

export async function offerTrust(reason: string): Promise<void> {
  const manage = "Manage Workspace Trust";
  if ((await vscode.window.showInformationMessage(`${reason} Trust the workspace first.`, manage)) === manage) {
    await vscode.commands.executeCommand("workbench.trust.manage");
  }
}

function cancelled(token: vscode.CancellationToken): Promise<undefined> {
  return new Promise((resolve) => {
    token.onCancellationRequested(() => resolve(undefined));
  });
}
