/** What is known of each document's operators; the server says (of verdicts, and when operators come, go and move), this remembers. */

import * as vscode from "vscode";
import type { Position, Range } from "vscode-languageserver-protocol";
import { Method, type OperatorArgument, type OperatorStatus, type OperatorStatusParams } from "./protocol";
import type { StepServer } from "./server";

export interface Chosen {
  readonly document: vscode.TextDocument;
  readonly operator: string;
}

interface Known {
  readonly version: number | null;
  readonly operators: readonly OperatorStatus[];
}

export class Operators implements vscode.Disposable {
  private readonly known = new Map<string, Known>();
  private readonly changes = new vscode.EventEmitter<OperatorStatusParams>();
  /** Fires with the statuses of one document. */
  readonly onDidChange = this.changes.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly server: StepServer) {
    this.subscriptions = [
      server.onOperatorStatus((params) => {
        const uri = vscode.Uri.parse(params.uri);
        this.take(uri, params.version, params.operators);
      }),
      server.onDidChangeState((state) => {
        if (state.kind !== "running") {
          this.forgetAll();
        }
      }),
      vscode.workspace.onDidCloseTextDocument((document) => this.known.delete(document.uri.toString())),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions, this.changes).dispose();
  }

  of(uri: vscode.Uri): readonly OperatorStatus[] {
    return this.known.get(uri.toString())?.operators ?? [];
  }

  /** With ranges that are right for the present text. */
  async current(document: vscode.TextDocument): Promise<readonly OperatorStatus[]> {
    const known = this.known.get(document.uri.toString());
    return known?.version === document.version ? known.operators : this.ask(document);
  }

  /** Asks the server, for ranges that are right for the present text. */
  async ask(document: vscode.TextDocument): Promise<readonly OperatorStatus[]> {
    const params = { textDocument: { uri: this.uriOf(document) } };
    const { version } = document;
    const answer = await this.server.request<{ operators: readonly OperatorStatus[] }>(Method.operators, params);
    if (document.version === version && !document.isClosed) {
      this.take(document.uri, version, answer.operators);
    }
    return answer.operators;
  }

  /** The operator a command is about: the argument's, the one at the cursor, the only one, or the one the user picks. */
  async choose(argument: OperatorArgument | undefined, verb: string): Promise<Chosen | undefined> {
    const document = await documentOf(argument);
    if (document === undefined) {
      void vscode.window.showInformationMessage(`Open a Python file that imports step, then ${verb} one of its operators.`);
      return undefined;
    }
    if (argument?.operator !== undefined) {
      return { document, operator: argument.operator };
    }
    const operators = await this.ask(document);
    const editor = vscode.window.activeTextEditor;
    const cursor = editor?.document === document ? editor.selection.active : undefined;
    const here = cursor && operators.find((status) => contains(status.range, cursor));
    const only = operators.length === 1 ? operators[0] : undefined;
    const chosen = here ?? only;
    if (chosen !== undefined) {
      return { document, operator: chosen.operator };
    }
    if (operators.length === 0) {
      void vscode.window.showInformationMessage("This file declares no operator yet. The snippet “step-operator” writes one.");
      return undefined;
    }
    const picked = await vscode.window.showQuickPick(
      operators.map((status) => ({ label: status.operator, description: status.status })),
      { placeHolder: `Which operator to ${verb}?` },
    );
    return picked && { document, operator: picked.label };
  }

  uriOf(document: vscode.TextDocument): string {
    return this.server.running().code2ProtocolConverter.asUri(document.uri);
  }

  private take(uri: vscode.Uri, version: number | null, operators: readonly OperatorStatus[]): void {
    this.known.set(uri.toString(), { version, operators });
    this.changes.fire({ uri: uri.toString(), version, operators });
  }

  private forgetAll(): void {
    const uris = [...this.known.keys()];
    this.known.clear();
    for (const uri of uris) {
      this.changes.fire({ uri, version: null, operators: [] });
    }
  }
}

async function documentOf(argument: OperatorArgument | undefined): Promise<vscode.TextDocument | undefined> {
  if (argument?.uri !== undefined) {
    return vscode.workspace.openTextDocument(vscode.Uri.parse(argument.uri));
  }
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === "python" ? document : undefined;
}

export function contains(range: Range, position: Position): boolean {
  const after = position.line > range.start.line || (position.line === range.start.line && position.character >= range.start.character);
  const before = position.line < range.end.line || (position.line === range.end.line && position.character <= range.end.character);
  return after && before;
}

export function toRange(range: Range): vscode.Range {
  return new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
}
