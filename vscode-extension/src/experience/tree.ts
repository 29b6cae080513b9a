/** The experience as a tree: by difficulty, with pass rates. */

import * as vscode from "vscode";
import { count, experienceDetail, percent, seconds } from "../describe";
import type { Experience, Stratum } from "../protocol";
import { mean, STRATA } from "./curve";

export type Element =
  | { readonly kind: "stratum"; readonly stratum: Stratum; readonly experiences: readonly Experience[] }
  | { readonly kind: "experience"; readonly experience: Experience };

const TITLES: Readonly<Record<Stratum, string>> = { hard: "Hard", mixed: "Mixed", easy: "Easy" };
const EXPLANATIONS: Readonly<Record<Stratum, string>> = {
  hard: "few of the samples passed: the most instructive examples",
  mixed: "some of the samples passed",
  easy: "nearly every sample passed",
};
const ICONS: Readonly<Record<Stratum, string>> = { hard: "flame", mixed: "circle-large-filled", easy: "circle-large-outline" };

export class ExperienceTree implements vscode.TreeDataProvider<Element>, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changes.event;

  constructor(private readonly load: () => Promise<readonly Experience[]>) {}

  dispose(): void {
    this.changes.dispose();
  }

  refresh(): void {
    this.changes.fire(undefined);
  }

  async getChildren(element?: Element): Promise<Element[]> {
    if (element?.kind === "stratum") {
      return element.experiences.map((experience) => ({ kind: "experience", experience }));
    }
    if (element !== undefined) {
      return [];
    }
    const experiences = await this.load();
    return STRATA.map((stratum) => ({
      kind: "stratum" as const,
      stratum,
      experiences: experiences.filter((each) => each.stratum === stratum),
    })).filter((each) => each.experiences.length > 0);
  }

  getTreeItem(element: Element): vscode.TreeItem {
    return element.kind === "stratum" ? stratumItem(element.stratum, element.experiences) : experienceItem(element.experience);
  }
}

function stratumItem(stratum: Stratum, experiences: readonly Experience[]): vscode.TreeItem {
  const item = new vscode.TreeItem(TITLES[stratum], vscode.TreeItemCollapsibleState.Expanded);
  item.id = `stratum-${stratum}`;
  item.iconPath = new vscode.ThemeIcon(ICONS[stratum]);
  item.description = `${experiences.length} · ${percent(mean(experiences.map((each) => each.passRate)))} pass`;
  item.tooltip = `${TITLES[stratum]}: ${EXPLANATIONS[stratum]}`;
  return item;
}

function experienceItem(experience: Experience): vscode.TreeItem {
  const item = new vscode.TreeItem(experience.operator, vscode.TreeItemCollapsibleState.None);
  item.id = experience.id;
  item.contextValue = "experience";
  item.description = experienceDetail(experience);
  item.iconPath = experience.valid
    ? new vscode.ThemeIcon("pass", new vscode.ThemeColor("testing.iconPassed"))
    : new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
  item.tooltip = tooltip(experience);
  item.command = { command: "step.experience.open", title: "Open", arguments: [{ kind: "experience", experience }] };
  item.accessibilityInformation = { label: `${experience.operator}, ${TITLES[experience.stratum]}, ${experienceDetail(experience)}` };
  return item;
}

function tooltip(experience: Experience): vscode.MarkdownString {
  const made = [experience.proposer, experience.model].filter((part) => part !== null && part !== "").join(" · ");
  const rows = [
    ["group", experience.group ?? ""],
    ["pass rate", `${percent(experience.passRate)} of ${count(experience.samples, "sample")}`],
    ["made by", made],
    ["took", seconds(experience.seconds)],
    ["tokens", experience.tokens === 0 ? "" : count(experience.tokens, "token")],
    ["created", experience.created],
    ["valid", experience.valid ? "yes" : "no: it fails under the present checks"],
  ].filter(([, value]) => value !== "");
  const table = rows.map(([name, value]) => `| ${name ?? ""} | ${value ?? ""} |`).join("\n");
  return new vscode.MarkdownString(`**${experience.operator}**\n\n| | |\n|---|---|\n${table}`);
}
