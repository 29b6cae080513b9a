/** What is offered when a server that keeps dying is given up. */

import * as vscode from "vscode";
import type { Logs } from "./logs";
import type { StepServer } from "./server";

export async function offerCrashReport(server: StepServer, logs: Logs): Promise<void> {
  const restart = "Restart";
  const show = "Show Logs";
  const copy = "Copy Crash Report";
  const last = server.crashes.last;
  const times = server.crashes.count === 1 ? "stopped unexpectedly" : `stopped unexpectedly ${server.crashes.count} times`;
  const reason = last?.lastWords.findLast((line) => line.trim() !== "") ?? last?.exit ?? "no reason known";
  const answer = await vscode.window.showErrorMessage(`The STeP server ${times}: ${reason}`, restart, show, copy);
  if (answer === restart) {
    server.crashes.clear();
    await server.restart("restarted after a crash");
  } else if (answer === show) {
    logs.server.show();
  } else if (answer === copy) {
    await vscode.env.clipboard.writeText(server.crashes.describe());
  }
}
