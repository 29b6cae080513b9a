/** Three channels: what the extension does, what the server says, and the messages between them. */

import * as vscode from "vscode";

export interface Logs extends vscode.Disposable {
  readonly client: vscode.LogOutputChannel;
  readonly server: vscode.LogOutputChannel;
  /** Set its log level to Trace to see every message. */
  readonly trace: vscode.LogOutputChannel;
}

export function createLogs(): Logs {
  const client = vscode.window.createOutputChannel("STeP", { log: true });
  const server = vscode.window.createOutputChannel("STeP Server", { log: true });
  const trace = vscode.window.createOutputChannel("STeP Trace", { log: true });
  return { client, server, trace, dispose: () => {
    [client, server, trace].forEach((channel) => channel.dispose());
  } };
}
