/** Texts that explain what was done, as previews: nothing to save, nothing left behind. */

import * as vscode from "vscode";

const SCHEME = "step-explanation";
const MOST = 20;

export class Explanations implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  private counter = 0;

  dispose(): void {
    this.registration.dispose();
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "This explanation is no longer kept.";
  }

  /** @param markdown the text; its title is the tab's */
  async show(title: string, markdown: string): Promise<void> {
    this.counter += 1;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title}.md`, query: String(this.counter) });
    this.texts.set(uri.toString(), markdown);
    for (const old of [...this.texts.keys()].slice(0, -MOST)) {
      this.texts.delete(old);
    }
    await vscode.commands.executeCommand("markdown.showPreview", uri);
  }
}
