/** The learning curve in a page of its own. */

import * as vscode from "vscode";
import { pageHtml, pageOptions } from "../page";
import type { ExperienceClient } from "./client";
import { learningCurve } from "./curve";
import type { FromCurvePage, ToCurvePage } from "./messages";
import { messageOf } from "../failures";

export class CurvePanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;

  constructor(
    private readonly extension: vscode.Uri,
    private readonly client: ExperienceClient,
    private readonly open: (id: string, operator: string) => Promise<void>,
  ) {}

  dispose(): void {
    this.panel?.dispose();
  }

  show(): void {
    if (this.panel !== undefined) {
      this.panel.reveal();
      this.refresh();
      return;
    }
    const panel = vscode.window.createWebviewPanel("step.curve", "Learning Curve", vscode.ViewColumn.Active, pageOptions(this.extension));
    panel.iconPath = vscode.Uri.joinPath(this.extension, "media", "icon.png");
    panel.onDidDispose(() => {
      this.panel = undefined;
    });
    panel.webview.onDidReceiveMessage((message: FromCurvePage) => {
      if (message.type === "ready") {
        this.refresh();
      } else {
        void this.open(message.id, message.operator);
      }
    });
    panel.webview.html = pageHtml(panel.webview, this.extension, "curve", "Learning curve");
    this.panel = panel;
  }

  refresh(): void {
    if (this.panel !== undefined) {
      void this.load(this.panel);
    }
  }

  private async load(panel: vscode.WebviewPanel): Promise<void> {
    let message: ToCurvePage;
    try {
      message = { type: "curve", curve: learningCurve(await this.client.list()) };
    } catch (error) {
      message = { type: "problem", message: messageOf(error) };
    }
    if (panel === this.panel) {
      await panel.webview.postMessage(message);
    }
  }
}
