/** The places where the server may be, in the order in which they are asked. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { EXPLICIT, interpreterPlace, type Place } from "./find";
import { executablesOnPath, liesIn, unusable } from "./platform";
import type { PrivateEnvironment } from "./privateEnvironment";
import { interpreterIn, probePython } from "./probe";
import { fromEnvironments, fromPython } from "./python";
import { explicitPath } from "./settings";

export function serverPlaces(environment: PrivateEnvironment): readonly Place[] {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === "file");
  const scope = folders[0]?.uri;
  // What lies in an untrusted workspace must not be run, be it called an interpreter.
  const allowed = (python: string): boolean =>
    vscode.workspace.isTrusted || !folders.some((folder) => liesIn(folder.uri.fsPath, python, process.platform));
  const local = folders.flatMap((folder) =>
    [".venv", "venv"].map((name) =>
      interpreterPlace(
        `${folder.name}/${name}`,
        () => Promise.resolve(interpreterIn(join(folder.uri.fsPath, name))),
        probePython,
        allowed,
      ),
    ),
  );
  return [
    explicitPlace(),
    interpreterPlace("Python Environments extension", () => fromEnvironments(scope), probePython, allowed),
    interpreterPlace("Python extension", () => fromPython(scope), probePython, allowed),
    ...local,
    pathPlace(),
    interpreterPlace("private environment", () => Promise.resolve(environment.interpreter()), probePython),
  ];
}

function explicitPlace(): Place {
  return {
    name: EXPLICIT,
    look: () => {
      const path = explicitPath();
      if (path === undefined) {
        return Promise.resolve("not set");
      }
      return Promise.resolve(unusable(path, process.platform, existsSync) ?? { command: path, args: ["lsp"], origin: EXPLICIT });
    },
  };
}

function pathPlace(): Place {
  return {
    name: "PATH",
    look: () => {
      const found = executablesOnPath(process.env.PATH, process.platform).find((path) => existsSync(path));
      return Promise.resolve(found === undefined ? "no steplang" : { command: found, args: ["lsp"], origin: "PATH" });
    },
  };
}
