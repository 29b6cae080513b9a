/** Test Explorer: each operator a test, whose state follows the server's checks. */

import * as vscode from "vscode";
import { operatorsIn } from "./discover";
import { toRange, type Operators } from "./operators";
import { Method, type OperatorStatus, type OperatorStatusParams } from "./protocol";
import { importsStep } from "./relevance";
import type { StepServer } from "./server";
import { offerTrust } from "./synthesize";
import { report } from "./testReport";
import { messageOf } from "./failures";

const MOST_FILES = 2000;

interface LiveRun {
  readonly run: vscode.TestRun;
  readonly pending: Set<string>;
}

export class OperatorTests implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController("step", "STeP operators");
  private readonly profile: vscode.TestRunProfile;
  /** The last state shown of each item, so that a repeated notification changes nothing. */
  private readonly shown = new Map<string, string>();
  /** Runs that checks on save made, by file. */
  private readonly live = new Map<string, LiveRun>();
  /** Items of runs that the user asked for; those runs report them. */
  private readonly asked = new Set<string>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly server: StepServer,
    private readonly operators: Operators,
  ) {
    this.profile = this.controller.createRunProfile("Check", vscode.TestRunProfileKind.Run, (request, token) => this.run(request, token), true);
    this.controller.resolveHandler = (item) => (item === undefined ? this.discover() : Promise.resolve());
    this.controller.refreshHandler = () => this.discover();
    this.subscriptions = [
      this.controller,
      operators.onDidChange((params) => this.follow(params)),
      vscode.workspace.onDidDeleteFiles((event) => event.files.forEach((uri) => this.controller.items.delete(uri.toString()))),
    ];
  }

  dispose(): void {
    for (const { run } of this.live.values()) {
      run.end();
    }
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  /** Runs one operator, as the Test Explorer would. */
  async check(document: vscode.TextDocument, operator: string): Promise<void> {
    const id = idOf(document.uri, operator);
    if (this.file(document.uri).children.get(id) === undefined) {
      await this.operators.ask(document); // an operator that was typed a moment ago
    }
    const item = this.file(document.uri).children.get(id);
    if (item !== undefined) {
      const source = new vscode.CancellationTokenSource();
      await this.run(new vscode.TestRunRequest([item], undefined, this.profile), source.token);
      source.dispose();
    }
  }

  private async discover(): Promise<void> {
    const files = await vscode.workspace.findFiles("**/*.py", "**/{node_modules,site-packages,.venv,venv,.git}/**", MOST_FILES);
    for (const uri of files) {
      if (this.operators.of(uri).length > 0) {
        continue; // the server knows better
      }
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
      const found = importsStep(text) ? operatorsIn(text) : [];
      if (found.length > 0) {
        this.file(uri).children.replace(
          found.map(({ operator, line }) => this.item(uri, operator, new vscode.Range(line, 0, line, 0))),
        );
      }
    }
  }

  private follow(params: OperatorStatusParams): void {
    if (params.version === null && params.operators.length === 0) {
      this.endLive(params.uri); // the server is gone: nothing stays "running"
      return;
    }
    const uri = vscode.Uri.parse(params.uri);
    if (params.operators.length === 0) {
      this.controller.items.delete(params.uri);
      return;
    }
    const items = this.replaceChildren(uri, params.operators);
    for (const [index, status] of params.operators.entries()) {
      const item = items[index];
      const state = JSON.stringify([status.status, status.seconds, status.message]);
      if (item !== undefined && this.shown.get(item.id) !== state) {
        this.shown.set(item.id, state);
        this.show(params.uri, item, status);
      }
    }
    const live = this.live.get(params.uri);
    if (live?.pending.size === 0) {
      this.endLive(params.uri);
    }
  }

  private show(uri: string, item: vscode.TestItem, status: OperatorStatus): void {
    // A run that the user asked for saves the file first, so a check on save may be under way for the same operator: it is ended too.
    if (this.asked.has(item.id) && this.live.get(uri)?.pending.has(item.id) !== true) {
      return;
    }
    switch (status.status) {
      case "queued":
      case "running": {
        const live = this.liveRun(uri);
        live.pending.add(item.id);
        if (status.status === "queued") {
          live.run.enqueued(item);
        } else {
          live.run.started(item);
        }
        return;
      }
      case "stale":
        this.live.get(uri)?.pending.delete(item.id);
        this.controller.invalidateTestResults(item);
        return;
      case "notRun":
      case "hole":
        this.live.get(uri)?.pending.delete(item.id);
        return;
      default: {
        const live = this.liveRun(uri);
        live.pending.delete(item.id);
        report(live.run, item, status);
      }
    }
  }

  private liveRun(uri: string): LiveRun {
    const present = this.live.get(uri);
    if (present !== undefined) {
      return present;
    }
    // "Continuous", because nobody asked for it: VS Code then opens no panel and no peek view.
    const request = new vscode.TestRunRequest([this.file(vscode.Uri.parse(uri))], undefined, this.profile, true);
    const fresh = { run: this.controller.createTestRun(request, "on save", false), pending: new Set<string>() };
    this.live.set(uri, fresh);
    return fresh;
  }

  private endLive(uri: string): void {
    this.live.get(uri)?.run.end();
    this.live.delete(uri);
  }

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    if (request.continuous === true) {
      return; // saving a file runs its checks already
    }
    if (!vscode.workspace.isTrusted) {
      await offerTrust("Functional checks run the code of this workspace.");
      return;
    }
    const run = this.controller.createTestRun(request);
    try {
      for (const [file, items] of groupByFile(this.leaves(request))) {
        if (token.isCancellationRequested) {
          items.forEach((item) => run.skipped(item));
          continue;
        }
        await this.runFile(run, file, items, token);
      }
    } finally {
      run.end();
    }
  }

  private async runFile(run: vscode.TestRun, uri: vscode.Uri, items: readonly vscode.TestItem[], token: vscode.CancellationToken): Promise<void> {
    items.forEach((item) => {
      this.asked.add(item.id);
      run.started(item);
    });
    try {
      const document = await vscode.workspace.openTextDocument(uri);
      const params = {
        textDocument: { uri: this.operators.uriOf(document) },
        operators: items.map((item) => item.label),
      };
      const answer = await this.server.request<{ operators: readonly OperatorStatus[] }>(Method.check, params, token);
      for (const item of items) {
        const status = answer.operators.find((each) => each.operator === item.label);
        if (status === undefined) {
          run.errored(item, new vscode.TestMessage(`${item.label} is no longer in this file`));
        } else {
          report(run, item, status);
        }
      }
    } catch (error) {
      const message = new vscode.TestMessage(messageOf(error));
      items.forEach((item) => (token.isCancellationRequested ? run.skipped(item) : run.errored(item, message)));
    } finally {
      items.forEach((item) => this.asked.delete(item.id));
    }
  }

  private leaves(request: vscode.TestRunRequest): readonly vscode.TestItem[] {
    const excluded = new Set((request.exclude ?? []).map((item) => item.id));
    const leaves = new Map<string, vscode.TestItem>(); // VS Code may name a test twice
    const visit = (item: vscode.TestItem): void => {
      if (excluded.has(item.id)) {
        return;
      }
      if (item.parent === undefined) {
        item.children.forEach(visit);
      } else {
        leaves.set(item.id, item);
      }
    };
    if (request.include === undefined) {
      this.controller.items.forEach(visit);
    } else {
      request.include.forEach(visit);
    }
    return [...leaves.values()];
  }

  private file(uri: vscode.Uri): vscode.TestItem {
    const id = uri.toString();
    const present = this.controller.items.get(id);
    if (present !== undefined) {
      return present;
    }
    const item = this.controller.createTestItem(id, vscode.workspace.asRelativePath(uri), uri);
    this.controller.items.add(item);
    return item;
  }

  private replaceChildren(uri: vscode.Uri, statuses: readonly OperatorStatus[]): readonly vscode.TestItem[] {
    const children = this.file(uri).children;
    const items = statuses.map((status) => {
      const range = toRange(status.nameRange);
      const item = children.get(idOf(uri, status.operator)) ?? this.item(uri, status.operator, range);
      item.range = range;
      item.description = status.isHole ? "to synthesize" : "";
      return item;
    });
    children.replace(items);
    return items;
  }

  private item(uri: vscode.Uri, operator: string, range: vscode.Range): vscode.TestItem {
    const item = this.controller.createTestItem(idOf(uri, operator), operator, uri);
    item.range = range;
    return item;
  }
}

function idOf(uri: vscode.Uri, operator: string): string {
  return `${uri.toString()}#${operator}`;
}

function groupByFile(items: readonly vscode.TestItem[]): readonly [vscode.Uri, vscode.TestItem[]][] {
  const files = new Map<string, [vscode.Uri, vscode.TestItem[]]>();
  for (const item of items) {
    if (item.uri !== undefined) {
      const entry = files.get(item.uri.toString()) ?? [item.uri, []];
      entry[1].push(item);
      files.set(item.uri.toString(), entry);
    }
  }
  return [...files.values()];
}
