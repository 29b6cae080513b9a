/** The dataflow graph beside the editor: one panel, which follows the cursor and the text. */

import * as vscode from "vscode";
import { Debouncer } from "../coalesce";
import { contains, toRange, type Chosen, type Operators } from "../operators";
import { pageHtml, pageOptions } from "../page";
import { type Graph, Method, type OperatorArgument } from "../protocol";
import type { StepServer } from "../server";
import type { FromPage, ToPage } from "./messages";
import { messageOf } from "../failures";

const VIEW_TYPE = "step.graph";
const LIVE_MILLISECONDS = 150;

export class GraphPanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private target: Chosen | undefined;
  private graph: Graph | null = null;
  private ready = false;
  private readonly refresh = new Debouncer(LIVE_MILLISECONDS, () => void this.load());
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly extension: vscode.Uri,
    private readonly server: StepServer,
    private readonly operators: Operators,
  ) {
    this.subscriptions = [
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document === this.target?.document) {
          this.refresh.call();
        }
      }),
      operators.onDidChange((params) => {
        if (params.uri === this.target?.document.uri.toString()) {
          this.refresh.call();
        }
      }),
      vscode.window.onDidChangeTextEditorSelection((event) => void this.followCursor(event.textEditor)),
      vscode.window.onDidChangeActiveTextEditor((editor) => editor && void this.followCursor(editor)),
    ];
  }

  dispose(): void {
    this.refresh.cancel();
    this.panel?.dispose();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  async show(argument?: OperatorArgument): Promise<void> {
    const chosen = await this.operators.choose(argument, "show the graph of");
    if (chosen === undefined) {
      return;
    }
    this.target = chosen;
    if (this.panel === undefined) {
      this.open();
    } else {
      this.panel.reveal(undefined, true);
    }
    await this.load();
  }

  export(): void {
    if (this.panel === undefined) {
      void vscode.window.showInformationMessage("Show a dataflow graph first.");
      return;
    }
    this.send({ type: "export" });
  }

  private open(): void {
    const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel(VIEW_TYPE, "Dataflow", column, pageOptions(this.extension));
    panel.iconPath = vscode.Uri.joinPath(this.extension, "media", "icon.png");
    panel.webview.onDidReceiveMessage((message: FromPage) => void this.receive(message));
    panel.onDidDispose(() => {
      this.panel = undefined;
      this.ready = false;
      this.target = undefined;
      void vscode.commands.executeCommand("setContext", "step.graphOpen", false);
    });
    this.panel = panel;
    void vscode.commands.executeCommand("setContext", "step.graphOpen", true);
    panel.webview.html = pageHtml(panel.webview, this.extension, "graph", "Dataflow graph");
  }

  private async load(): Promise<void> {
    const target = this.target;
    if (target === undefined || this.panel === undefined) {
      return;
    }
    try {
      const params = { textDocument: { uri: this.operators.uriOf(target.document) }, operator: target.operator };
      const graph = await this.server.request<Graph | null>(Method.graph, params);
      if (target !== this.target) {
        return; // the cursor moved on meanwhile
      }
      this.graph = graph;
      this.present(target);
    } catch (error) {
      this.send({ type: "problem", message: messageOf(error) });
    }
  }

  private present(target: Chosen): void {
    if (this.panel === undefined) {
      return;
    }
    this.panel.title = `Dataflow: ${target.operator}`;
    if (this.graph === null) {
      this.send({ type: "problem", message: `There is no operator ${target.operator} in this file.` });
      return;
    }
    const file = vscode.workspace.asRelativePath(target.document.uri);
    this.send({ type: "graph", file, graph: this.graph, selected: this.nodeAtCursor() });
  }

  private async followCursor(editor: vscode.TextEditor): Promise<void> {
    const known = this.operators.of(editor.document.uri).length > 0;
    if (this.panel === undefined || !known || this.server.state.kind !== "running") {
      return;
    }
    const operators = await this.operators.current(editor.document);
    const cursor = editor.selection.active;
    const here = operators.find((status) => contains(status.range, cursor));
    if (here === undefined) {
      return;
    }
    const same = editor.document === this.target?.document && here.operator === this.target.operator;
    if (same) {
      this.send({ type: "select", node: this.nodeAtCursor() });
    } else {
      this.target = { document: editor.document, operator: here.operator };
      void this.load();
    }
  }

  private nodeAtCursor(): string | null {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined || editor.document !== this.target?.document) {
      return null;
    }
    const cursor = editor.selection.active;
    const nodes = (this.graph?.nodes ?? []).flatMap((node) => (node.range === null ? [] : [{ id: node.id, range: node.range }]));
    const exact = nodes.find((node) => contains(node.range, cursor));
    const sameLine = nodes.find((node) => node.range.start.line <= cursor.line && cursor.line <= node.range.end.line);
    return (exact ?? sameLine)?.id ?? null;
  }

  private async receive(message: FromPage): Promise<void> {
    switch (message.type) {
      case "ready":
        this.ready = true;
        if (this.target !== undefined) {
          this.present(this.target);
        }
        return;
      case "open":
        await this.openSource(message.node);
        return;
      case "export":
        this.export();
        return;
      case "svg":
        await this.save(message.svg);
    }
  }

  private async openSource(id: string): Promise<void> {
    const range = this.graph?.nodes.find((node) => node.id === id)?.range;
    if (this.target === undefined || range === undefined || range === null) {
      return;
    }
    const { document } = this.target;
    const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
    const column = shown?.viewColumn ?? vscode.ViewColumn.One;
    await vscode.window.showTextDocument(document, { viewColumn: column, selection: toRange(range) });
  }

  private async save(svg: string): Promise<void> {
    if (this.target === undefined) {
      return;
    }
    const folder = vscode.Uri.joinPath(this.target.document.uri, "..");
    const defaultUri = vscode.Uri.joinPath(folder, `${this.target.operator}.svg`);
    const uri = await vscode.window.showSaveDialog({ defaultUri, filters: { "SVG image": ["svg"] }, title: "Export dataflow graph" });
    if (uri !== undefined) {
      await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(svg));
      void vscode.window.showInformationMessage(`Saved ${vscode.workspace.asRelativePath(uri)}.`);
    }
  }

  private send(message: ToPage): void {
    if (this.ready) {
      void this.panel?.webview.postMessage(message);
    }
  }
}
