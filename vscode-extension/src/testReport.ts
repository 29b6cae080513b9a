/** One operator's check, told to a test run. */

import * as vscode from "vscode";
import { toRange } from "./operators";
import { outcomeOf } from "./outcome";
import type { OperatorStatus } from "./protocol";

export function report(run: vscode.TestRun, item: vscode.TestItem, status: OperatorStatus): void {
  const outcome = outcomeOf(status);
  const duration = status.seconds === null ? undefined : status.seconds * 1000;
  if (outcome.kind === "passed") {
    run.appendOutput(`${outcome.text}\r\n`, undefined, item);
    run.passed(item, duration);
    return;
  }
  if (outcome.kind === "skipped") {
    run.appendOutput(`${outcome.text}\r\n`, undefined, item);
    run.skipped(item);
    return;
  }
  const message =
    outcome.expected === undefined || outcome.actual === undefined
      ? new vscode.TestMessage(outcome.text)
      : vscode.TestMessage.diff(outcome.text, outcome.expected, outcome.actual);
  if (item.uri !== undefined) {
    message.location = new vscode.Location(item.uri, toRange(outcome.range));
  }
  // Without a location: with one, VS Code would write the text a second time after the line.
  run.appendOutput(`${outcome.text.replace(/\r?\n/g, "\r\n")}\r\n`, undefined, item);
  if (outcome.kind === "failed") {
    run.failed(item, message, duration);
  } else {
    run.errored(item, message, duration);
  }
}
