/** The server's life: found, started, watched, restarted, stopped. */

import { type ChildProcess, spawn } from "node:child_process";
import { homedir } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  State,
} from "vscode-languageclient/node";
import { Coalescer } from "./coalesce";
import { CrashLog, describeExit } from "./crashes";
import { explicitProblem, type Found, findServer, type ServerCommand } from "./find";
import type { Logs } from "./logs";
import { middleware } from "./middleware";
import type { PrivateEnvironment } from "./privateEnvironment";
import { serverPlaces } from "./places";
import { CLIENT_COMMANDS, Method, type OperatorStatusParams, type ServerStatusParams } from "./protocol";
import { keyVariables } from "./secrets";
import { serverSettings } from "./settings";
import { LastLines, levelOf } from "./stderr";
import { messageOf } from "./failures";

export type ServerState =
  | { readonly kind: "stopped" }
  | { readonly kind: "starting" }
  | {
      readonly kind: "running";
      readonly command: ServerCommand;
      readonly version: string | undefined;
      /** Why the path that the user set does not serve, where another server had to. */
      readonly instead: string | undefined;
    }
  | { readonly kind: "missing"; readonly tried: readonly string[] }
  | { readonly kind: "failed"; readonly message: string };

const STOP_MILLISECONDS = 2000;
const LAST_WORDS_MILLISECONDS = 1000;

/** Says nothing by itself: what a user should know of a crash or a failed start is said once, by this extension. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

export class StepServer implements vscode.Disposable {
  private readonly states = new vscode.EventEmitter<ServerState>();
  private readonly operatorStatuses = new vscode.EventEmitter<OperatorStatusParams>();
  private readonly serverStatuses = new vscode.EventEmitter<ServerStatusParams>();
  readonly onDidChangeState = this.states.event;
  readonly onOperatorStatus = this.operatorStatuses.event;
  readonly onServerStatus = this.serverStatuses.event;
  readonly crashes = new CrashLog();

  private readonly restarts = new Coalescer(() => this.startAnew());
  private client: LanguageClient | undefined;
  private process: ChildProcess | undefined;
  private lastWords = new LastLines();
  private ended: Promise<void> = Promise.resolve();
  private present: ServerState = { kind: "stopped" };
  private disposed = false;

  constructor(
    private readonly secrets: vscode.SecretStorage,
    private readonly environment: PrivateEnvironment,
    private readonly logs: Logs,
    private readonly givenUp: () => void,
  ) {}

  get state(): ServerState {
    return this.present;
  }

  /** Starts the server, or starts it anew; many calls at once make one restart. */
  restart(reason: string): Promise<void> {
    this.logs.client.info(`${reason}: starting the server`);
    return this.restarts.run();
  }

  /** A request to the running server. @throws Error saying why there is none */
  async request<T>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<T> {
    const client = this.running();
    return token === undefined ? client.sendRequest<T>(method, params) : client.sendRequest<T>(method, params, token);
  }

  /** The client of the running server. @throws Error saying why there is none */
  running(): LanguageClient {
    const client = this.client;
    if (client?.isRunning() !== true) {
      throw new Error(whyNot(this.present));
    }
    return client;
  }

  async stop(): Promise<void> {
    const client = this.client;
    const process = this.process;
    this.client = undefined;
    this.process = undefined;
    if (client !== undefined) {
      try {
        await client.dispose(STOP_MILLISECONDS);
      } catch (error) {
        this.logs.client.warn(`the server did not stop by itself: ${String(error)}`);
      }
    }
    if (process?.exitCode === null && process.signalCode === null) {
      process.kill("SIGKILL");
    }
    this.become({ kind: "stopped" });
  }

  dispose(): void {
    this.disposed = true;
    void this.stop();
    this.states.dispose();
    this.operatorStatuses.dispose();
    this.serverStatuses.dispose();
  }

  private async startAnew(): Promise<void> {
    await this.stop();
    if (this.disposed) {
      return;
    }
    this.become({ kind: "starting" });
    let found: Found;
    try {
      found = await findServer(serverPlaces(this.environment));
    } catch (error) {
      this.become({ kind: "failed", message: `looking for the server failed: ${String(error)}` });
      return;
    }
    for (const line of found.tried) {
      this.logs.client.info(`looked at ${line}`);
    }
    if (found.kind === "missing") {
      this.become({ kind: "missing", tried: found.tried });
      return;
    }
    this.logs.client.info(`server: ${found.command.command} (${found.command.origin})`);
    await this.launch(found.command, explicitProblem(found.tried));
  }

  private async launch(command: ServerCommand, instead: string | undefined): Promise<void> {
    const client = new QuietClient("step", "STeP", () => this.spawn(command), this.clientOptions(command));
    this.client = client;
    client.onNotification(Method.operatorStatus, (params: OperatorStatusParams) => this.operatorStatuses.fire(params));
    client.onNotification(Method.serverStatus, (params: ServerStatusParams) => this.serverStatuses.fire(params));
    client.onDidChangeState((event) => {
      if (client === this.client && event.newState === State.Running) {
        const version = client.initializeResult?.serverInfo?.version ?? command.version;
        this.become({ kind: "running", command, version, instead });
      }
    });
    try {
      await client.start();
    } catch (error) {
      if (client === this.client) {
        this.logs.client.error(`the server did not start: ${String(error)}`);
        this.become({ kind: "failed", message: `${command.command} did not start: ${messageOf(error)}` });
      }
    }
  }

  private clientOptions(command: ServerCommand): LanguageClientOptions {
    const interpreter = command.python;
    return {
      documentSelector: [
        { scheme: "file", language: "python" },
        { scheme: "untitled", language: "python" },
      ],
      outputChannel: this.logs.server,
      traceOutputChannel: this.logs.trace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      diagnosticCollectionName: "step",
      initializationOptions: () => ({
        trusted: vscode.workspace.isTrusted,
        clientCommands: CLIENT_COMMANDS,
        settings: { step: serverSettings(undefined, undefined) },
      }),
      initializationFailedHandler: (error: unknown) => {
        this.logs.client.error(`initialization failed: ${messageOf(error)}`);
        return false;
      },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => this.closed(),
      },
      middleware: middleware(interpreter),
      stdioOptions: {
        stdout: () => undefined, // the protocol's own
        stderr: () => undefined, // read in `spawn`, which keeps the last lines
      },
    };
  }

  private async spawn(command: ServerCommand): Promise<ChildProcess> {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const child = spawn(command.command, command.args, {
      cwd: folder?.scheme === "file" ? folder.fsPath : homedir(),
      env: { ...process.env, PYTHONUNBUFFERED: "1", PYTHONUTF8: "1", ...(await keyVariables(this.secrets)) },
      windowsHide: true,
    });
    const lastWords = new LastLines();
    createInterface({ input: child.stderr, crlfDelay: Infinity }).on("line", (line) => {
      lastWords.add(line);
      this.logs.server[levelOf(line)](line);
    });
    child.on("exit", (code, signal) => {
      this.logs.client.info(`server process ${child.pid ?? 0} ended: ${describeExit(code, signal)}`);
    });
    this.lastWords = lastWords;
    this.process = child;
    this.ended = new Promise((resolve) => child.once("close", () => resolve()));
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    return child;
  }

  private async closed(): Promise<{ action: CloseAction; handled: boolean }> {
    // The connection closes a moment before the process is reaped and its last words are read.
    await Promise.race([this.ended, delay(LAST_WORDS_MILLISECONDS)]);
    const exit = describeExit(this.process?.exitCode ?? null, this.process?.signalCode ?? null);
    const again = this.crashes.add({ at: Date.now(), exit, lastWords: this.lastWords.all });
    this.logs.client.error(`the server stopped unexpectedly (${exit}); ${again ? "starting it again" : "giving up"}`);
    if (again && this.present.kind === "running") {
      this.become({ kind: "starting" });
      // Looked for anew: what crashed may have been deleted or replaced. Not before the client has let go of the old connection.
      setImmediate(() => void this.restart("a crash"));
      return { action: CloseAction.DoNotRestart, handled: true };
    }
    this.become({ kind: "failed", message: `the server stopped unexpectedly (${exit})` });
    this.givenUp();
    return { action: CloseAction.DoNotRestart, handled: true };
  }

  private become(state: ServerState): void {
    if (this.disposed) {
      return;
    }
    this.present = state;
    this.states.fire(state);
  }
}

function whyNot(state: ServerState): string {
  switch (state.kind) {
    case "missing":
      return "The STeP server was not found. Run “STeP: Create Private Environment for the Server”, or set step.path.";
    case "failed":
      return `The STeP server is not running: ${state.message}`;
    case "starting":
      return "The STeP server is starting.";
    default:
      return "The STeP server is not running. Run “STeP: Restart Server”.";
  }
}
