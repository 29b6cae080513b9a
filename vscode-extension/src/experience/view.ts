/** The experience view: its tree, its commands, the documents it opens. */

import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import type { Logs } from "../logs";
import type { Experience } from "../protocol";
import type { StepServer } from "../server";
import { ExperienceClient } from "./client";
import { CurvePanel } from "./curvePanel";
import { type Element, ExperienceTree } from "./tree";
import { messageOf } from "../failures";

export const EXPERIENCE_SCHEME = "step-experience";

const FILES = { "Experience export": ["jsonl", "json"] };

export class ExperienceView implements vscode.Disposable {
  private readonly client: ExperienceClient;
  private readonly tree: ExperienceTree;
  private readonly view: vscode.TreeView<Element>;
  private readonly curve: CurvePanel;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    extension: vscode.Uri,
    private readonly server: StepServer,
    private readonly logs: Logs,
  ) {
    this.client = new ExperienceClient(server);
    this.tree = new ExperienceTree(() => this.load());
    this.view = vscode.window.createTreeView("step.experience", { treeDataProvider: this.tree, canSelectMany: true, showCollapseAll: true });
    this.curve = new CurvePanel(extension, this.client, (id, operator) => this.openText(id, operator));
    this.subscriptions = [
      this.tree,
      this.view,
      this.curve,
      vscode.workspace.registerTextDocumentContentProvider(EXPERIENCE_SCHEME, {
        provideTextDocumentContent: (uri) => this.client.text(decodeURIComponent(uri.query)),
      }),
      server.onDidChangeState(() => this.refresh()),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  refresh(): void {
    this.tree.refresh();
    this.curve.refresh();
  }

  async focus(): Promise<void> {
    await vscode.commands.executeCommand("step.experience.focus");
  }

  showCurve(): void {
    this.curve.show();
  }

  async open(element: Element | undefined): Promise<void> {
    if (element?.kind === "experience") {
      await this.openText(element.experience.id, element.experience.operator);
    }
  }

  private async openText(id: string, operator: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: EXPERIENCE_SCHEME, path: `/${operator}.py`, query: encodeURIComponent(id) });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.languages.setTextDocumentLanguage(document, "python");
    await vscode.window.showTextDocument(document, { preview: true });
  }

  async delete(clicked: Element | undefined, selected: readonly Element[] | undefined): Promise<void> {
    const chosen = this.chosen(clicked, selected);
    if (chosen.length === 0) {
      return;
    }
    const what = chosen.length === 1 ? (chosen[0]?.operator ?? "") : `${chosen.length} experiences`;
    const yes = "Delete";
    const detail = "It no longer serves as an example for later syntheses. This cannot be undone.";
    if ((await vscode.window.showWarningMessage(`Delete ${what} from the experience?`, { modal: true, detail }, yes)) !== yes) {
      return;
    }
    await this.each(chosen, "Deleting", (experience) => this.client.act("delete", { id: experience.id }));
  }

  async recheck(clicked: Element | undefined, selected: readonly Element[] | undefined): Promise<void> {
    await this.each(this.chosen(clicked, selected), "Re-checking", (experience) => this.client.act("recheck", { id: experience.id }));
  }

  async recheckAll(): Promise<void> {
    await this.withProgress("Re-checking the experience", () => this.client.act("recheck", {}));
  }

  async export(): Promise<void> {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
    const defaultUri = vscode.Uri.file(join(folder, "experience.jsonl"));
    const uri = await vscode.window.showSaveDialog({ defaultUri, filters: FILES, title: "Export the experience" });
    if (uri !== undefined) {
      await this.withProgress("Exporting the experience", () => this.client.act("export", { path: uri.fsPath }));
    }
  }

  async import(): Promise<void> {
    const chosen = await vscode.window.showOpenDialog({ filters: FILES, title: "Import experience", openLabel: "Import" });
    const path = chosen?.[0]?.fsPath;
    if (path !== undefined) {
      await this.withProgress("Importing experience", () => this.client.act("import", { path }));
    }
  }

  private async load(): Promise<readonly Experience[]> {
    if (this.server.state.kind !== "running") {
      return [];
    }
    try {
      const experiences = await this.client.list();
      await vscode.commands.executeCommand("setContext", "step.experienceEmpty", experiences.length === 0);
      this.view.message = "";
      return experiences;
    } catch (error) {
      this.logs.client.error(`experience: ${String(error)}`);
      this.view.message = `The experience cannot be read: ${messageOf(error)}`;
      return [];
    }
  }

  private chosen(clicked: Element | undefined, selected: readonly Element[] | undefined): readonly Experience[] {
    const elements = selected ?? (clicked === undefined ? this.view.selection : [clicked]);
    return elements.flatMap((element) => (element.kind === "experience" ? [element.experience] : []));
  }

  private async each(experiences: readonly Experience[], doing: string, act: (experience: Experience) => Promise<string>): Promise<void> {
    if (experiences.length === 0) {
      return;
    }
    await this.withProgress(`${doing} ${experiences.map((each) => each.operator).join(", ")}`, async () => {
      let last = "";
      for (const experience of experiences) {
        last = await act(experience);
      }
      return last;
    });
  }

  /** Ends with the server's own words, and a fresh tree. */
  private async withProgress(title: string, act: () => Promise<string>): Promise<void> {
    try {
      const message = await vscode.window.withProgress({ location: { viewId: "step.experience" }, title }, act);
      this.logs.client.info(`${title}: ${message}`);
      if (message !== "") {
        void vscode.window.showInformationMessage(message);
      }
    } catch (error) {
      void vscode.window.showErrorMessage(`${title}: ${messageOf(error)}`);
    } finally {
      this.refresh();
    }
  }
}
