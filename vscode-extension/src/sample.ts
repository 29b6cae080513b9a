/** The sample workspace of the walkthrough: copied to a folder of the user's, then opened. */

import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";

const FOLDER = "step-sample";

export async function openSample(extension: vscode.Uri): Promise<void> {
  const parent = await chooseParent();
  if (parent === undefined) {
    return;
  }
  const target = vscode.Uri.joinPath(parent, FOLDER);
  const source = vscode.Uri.joinPath(extension, "sample");
  for (const [name] of await vscode.workspace.fs.readDirectory(source)) {
    const destination = vscode.Uri.joinPath(target, name);
    // What the user made of a sample is never overwritten.
    if (!(await exists(destination))) {
      await vscode.workspace.fs.copy(vscode.Uri.joinPath(source, name), destination);
    }
  }
  await vscode.commands.executeCommand("vscode.openFolder", target, { forceNewWindow: false });
}

async function chooseParent(): Promise<vscode.Uri | undefined> {
  const home = vscode.Uri.file(homedir());
  const elsewhere = "Choose another folder…";
  const picked = await vscode.window.showQuickPick(
    [{ label: join(home.fsPath, FOLDER) }, { label: elsewhere }],
    { title: "Where shall the sample workspace go?" },
  );
  if (picked?.label !== elsewhere) {
    return picked && home;
  }
  const chosen = await vscode.window.showOpenDialog({ canSelectFiles: false, canSelectFolders: true, openLabel: "Put it here" });
  return chosen?.[0];
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
