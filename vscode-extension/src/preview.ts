/** A proposed body beside the present one: a diff, with Apply and Discard. */

import * as vscode from "vscode";
import { type Hunk, hunkBetween, place } from "./hunk";

export const PREVIEW_SCHEME = "step-preview";

interface Proposal {
  readonly target: vscode.Uri;
  readonly operator: string;
  readonly text: string;
  readonly hunk: Hunk;
}

export class Previews implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly proposals = new Map<string, Proposal>();
  private readonly subscriptions: vscode.Disposable[];
  private counter = 0;

  constructor() {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(PREVIEW_SCHEME, this),
      vscode.window.tabGroups.onDidChangeTabs((event) => this.forget(event.closed)),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.proposals.get(uri.toString())?.text ?? "";
  }

  /**
   * @param text the whole document with the body in place
   * @param verified whether the body passed both verifiers
   */
  async show(document: vscode.TextDocument, operator: string, text: string, verified: boolean): Promise<void> {
    this.counter += 1;
    const uri = vscode.Uri.from({ scheme: PREVIEW_SCHEME, path: document.uri.path, query: String(this.counter) });
    const hunk = hunkBetween(document.getText(), text);
    this.proposals.set(uri.toString(), { target: document.uri, operator, text, hunk });
    await vscode.commands.executeCommand("setContext", "step.previewOpen", true);
    const title = `${operator}: present ↔ ${verified ? "verified body" : "best attempt (does not pass)"}`;
    const at = new vscode.Range(hunk.line, 0, hunk.line, 0);
    await vscode.commands.executeCommand("vscode.diff", document.uri, uri, title, { preview: true, selection: at });
  }

  async apply(uri: vscode.Uri | undefined): Promise<void> {
    const [key, proposal] = this.find(uri) ?? [];
    if (key === undefined || proposal === undefined) {
      return;
    }
    const document = await vscode.workspace.openTextDocument(proposal.target);
    const placement = place(proposal.hunk, document.getText());
    if (placement === undefined) {
      void vscode.window.showWarningMessage(
        `${proposal.operator} was edited since this body was made, so it no longer fits. Synthesize it again.`,
      );
      return;
    }
    const edit = new vscode.WorkspaceEdit();
    edit.replace(proposal.target, rangeOf(document, placement.startLine, placement.endLine), textOf(document, placement));
    if (await vscode.workspace.applyEdit(edit)) {
      await this.close(key);
      await vscode.window.showTextDocument(document);
    }
  }

  async discard(uri: vscode.Uri | undefined): Promise<void> {
    const key = this.find(uri)?.[0];
    if (key !== undefined) {
      await this.close(key);
    }
  }

  private find(uri: vscode.Uri | undefined): [string, Proposal] | undefined {
    const key = uri?.scheme === PREVIEW_SCHEME ? uri.toString() : activePreview();
    const proposal = key === undefined ? undefined : this.proposals.get(key);
    return key === undefined || proposal === undefined ? undefined : [key, proposal];
  }

  private async close(key: string): Promise<void> {
    await vscode.window.tabGroups.close(previewTabs().filter((tab) => previewOf(tab) === key));
  }

  private forget(closed: readonly vscode.Tab[]): void {
    for (const tab of closed) {
      const key = previewOf(tab);
      if (key !== undefined) {
        this.proposals.delete(key);
      }
    }
    void vscode.commands.executeCommand("setContext", "step.previewOpen", previewTabs().length > 0);
  }
}

function previewOf(tab: vscode.Tab): string | undefined {
  const input = tab.input;
  return input instanceof vscode.TabInputTextDiff && input.modified.scheme === PREVIEW_SCHEME ? input.modified.toString() : undefined;
}

function previewTabs(): readonly vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => previewOf(tab) !== undefined);
}

function activePreview(): string | undefined {
  const active = vscode.window.tabGroups.activeTabGroup.activeTab;
  return active === undefined ? undefined : previewOf(active);
}

function rangeOf(document: vscode.TextDocument, startLine: number, endLine: number): vscode.Range {
  return document.validateRange(new vscode.Range(startLine, 0, endLine, 0));
}

function textOf(document: vscode.TextDocument, placement: { readonly endLine: number; readonly lines: readonly string[] }): string {
  const newline = document.eol === vscode.EndOfLine.CRLF ? "\r\n" : "\n";
  const text = placement.lines.join(newline);
  // The last line of a document has no line break of its own to keep.
  return placement.lines.length > 0 && placement.endLine < document.lineCount ? text + newline : text;
}
