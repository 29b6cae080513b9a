/** The interpreter that the user selected, from whichever Python extension is there. */

import * as vscode from "vscode";

// The two APIs, as far as this extension uses them.
interface EnvironmentsApi {
  getEnvironment(scope: vscode.Uri | undefined): Promise<{ execInfo?: { run?: { executable?: string } } } | undefined>;
  readonly onDidChangeEnvironment: vscode.Event<unknown>;
}

interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(path: unknown): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

const ENVIRONMENTS = "ms-python.vscode-python-envs";
const PYTHON = "ms-python.python";

async function api<T>(id: string): Promise<T | undefined> {
  const extension = vscode.extensions.getExtension<T>(id);
  if (extension === undefined) {
    return undefined;
  }
  try {
    return extension.isActive ? extension.exports : await extension.activate();
  } catch {
    return undefined; // a broken Python extension must not take this one down
  }
}

/** From the Python Environments extension. */
export async function fromEnvironments(resource: vscode.Uri | undefined): Promise<string | undefined> {
  const environments = await api<EnvironmentsApi>(ENVIRONMENTS);
  const environment = await environments?.getEnvironment(resource);
  return environment?.execInfo?.run?.executable;
}

/** From the Python extension. */
export async function fromPython(resource: vscode.Uri | undefined): Promise<string | undefined> {
  const python = await api<PythonApi>(PYTHON);
  if (python === undefined) {
    return undefined;
  }
  const active = python.environments.getActiveEnvironmentPath(resource);
  const resolved = await python.environments.resolveEnvironment(active);
  return resolved?.executable.uri?.fsPath;
}

/** Calls `changed` when the user selects another environment. */
export async function watchEnvironments(changed: () => void): Promise<vscode.Disposable> {
  const subscriptions: vscode.Disposable[] = [];
  const environments = await api<EnvironmentsApi>(ENVIRONMENTS);
  if (environments !== undefined) {
    subscriptions.push(environments.onDidChangeEnvironment(changed));
  }
  const python = await api<PythonApi>(PYTHON);
  if (python !== undefined) {
    subscriptions.push(python.environments.onDidChangeActiveEnvironmentPath(changed));
  }
  return vscode.Disposable.from(...subscriptions);
}
