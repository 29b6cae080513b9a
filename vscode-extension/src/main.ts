/** Puts the parts together. */

import * as vscode from "vscode";
import { offerCrashReport } from "./crashReport";
import type { Command, Extension } from "./commands";
import { showDebugInformation } from "./debugInformation";
import { ExperienceView } from "./experience/view";
import { Explanations } from "./explanations";
import { compatible, explicitProblem } from "./find";
import { GraphPanel } from "./graph/panel";
import { createLogs } from "./logs";
import { Operators } from "./operators";
import { chooseProposer, setBudget } from "./pick";
import { Previews } from "./preview";
import { PrivateEnvironment } from "./privateEnvironment";
import type { OperatorArgument } from "./protocol";
import { watchEnvironments } from "./python";
import { openSample } from "./sample";
import { askForKey, forgetKeys, KEYS, onKeysChanged } from "./secrets";
import { StepServer } from "./server";
import { needsRestart } from "./settings";
import { Setup } from "./setup";
import { StatusItems } from "./status";
import { Synthesis } from "./synthesize";
import { OperatorTests } from "./testing";
import { messageOf } from "./failures";

export function start(context: vscode.ExtensionContext): Extension {
  const version = (context.extension.packageJSON as { version: string }).version;
  const logs = createLogs();
  const environment = new PrivateEnvironment(context.globalStorageUri.fsPath, context.extensionPath, version);
  const server = new StepServer(context.secrets, environment, logs, () => void offerCrashReport(server, logs));
  const setup = new Setup(context, environment, server, logs);
  const operators = new Operators(server);
  const previews = new Previews();
  const explanations = new Explanations();
  const synthesis = new Synthesis(server, operators, previews, explanations, logs);
  const graph = new GraphPanel(context.extensionUri, server, operators);
  const tests = new OperatorTests(server, operators);
  const experience = new ExperienceView(context.extensionUri, server, logs);
  const status = new StatusItems(server, operators);

  context.subscriptions.push(logs, server, operators, previews, explanations, graph, tests, experience, status);
  context.subscriptions.push(
    server.onDidChangeState((state) => {
      void vscode.commands.executeCommand("setContext", "step.serverRunning", state.kind === "running");
      if (state.kind === "missing") {
        const problem = explicitProblem(state.tried);
        void (problem === undefined ? setup.ask() : setup.explain(problem, undefined));
      } else if (state.kind === "running" && state.instead !== undefined) {
        void setup.explain(state.instead, state.command.origin);
      } else if (state.kind === "running" && state.version !== undefined && !compatible(state.version, version)) {
        void setup.offerUpdate(state.version, version);
      }
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (needsRestart(event)) {
        void server.restart("settings changed");
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.restart("the workspace is trusted now")),
    vscode.workspace.onDidChangeWorkspaceFolders(() => {
      if (server.state.kind === "missing") {
        void server.restart("the folders changed");
      }
    }),
    onKeysChanged(context.secrets, () => void server.restart("the keys changed")),
  );
  void watchEnvironments(() => void server.restart("another Python environment was selected")).then((watching) =>
    context.subscriptions.push(watching),
  );
  void vscode.commands.executeCommand("setContext", "step.active", true);
  const starting = server.restart("a file imports step");

  type Action = (...args: never[]) => unknown;
  const actions: Readonly<Record<Command, Action>> = {
    "step.synthesize": (argument?: OperatorArgument) => synthesis.run("Synthesize", argument),
    "step.repair": (argument?: OperatorArgument) => synthesis.run("Repair", argument),
    "step.check": async (argument?: OperatorArgument) => {
      const chosen = await operators.choose(argument, "check");
      if (chosen !== undefined) {
        await tests.check(chosen.document, chosen.operator);
      }
    },
    "step.graph": (argument?: OperatorArgument) => graph.show(operatorArgument(argument)),
    "step.graph.export": () => graph.export(),
    "step.preview.apply": (uri?: vscode.Uri) => previews.apply(uri),
    "step.preview.discard": (uri?: vscode.Uri) => previews.discard(uri),
    "step.chooseProposer": () => chooseProposer(context.secrets),
    "step.setBudget": () => setBudget(),
    "step.setAnthropicKey": () => askForKey(context.secrets, KEYS.anthropic),
    "step.setOpenAIKey": () => askForKey(context.secrets, KEYS.openai),
    "step.forgetKeys": () => forgetKeys(context.secrets),
    "step.restart": async () => {
      server.crashes.clear();
      await server.restart("asked to restart");
    },
    "step.showLogs": () => (server.state.kind === "running" ? logs.server : logs.client).show(),
    "step.debugInformation": () => showDebugInformation(server, logs, version),
    "step.createEnvironment": () => setup.create(),
    "step.openSample": () => openSample(context.extensionUri),
    "step.experience.focusView": () => experience.focus(),
    "step.experience.refresh": () => experience.refresh(),
    "step.experience.open": (element) => experience.open(element),
    "step.experience.delete": (clicked, selected) => experience.delete(clicked, selected),
    "step.experience.recheck": (clicked, selected) => experience.recheck(clicked, selected),
    "step.experience.recheckAll": () => experience.recheckAll(),
    "step.experience.export": () => experience.export(),
    "step.experience.import": () => experience.import(),
    "step.experience.curve": () => experience.showCurve(),
  };

  return {
    run: async (command, args) => {
      if (NEEDS_SERVER.has(command)) {
        await starting; // the command itself may have loaded the extension
      }
      try {
        await (actions[command] as (...args: readonly unknown[]) => unknown)(...args);
      } catch (error) {
        logs.client.error(`${command}: ${String(error)}`);
        void vscode.window.showErrorMessage(messageOf(error));
      }
    },
    stop: () => server.stop(),
  };
}

const NEEDS_SERVER: ReadonlySet<Command> = new Set<Command>(["step.synthesize", "step.repair", "step.check", "step.graph"]);

/** A button in the editor's title passes the file's Uri; a lens passes an operator. */
function operatorArgument(argument: OperatorArgument | vscode.Uri | undefined): OperatorArgument | undefined {
  return argument instanceof vscode.Uri ? undefined : argument;
}
