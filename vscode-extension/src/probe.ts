/** Asks a Python interpreter whether it has `steplang`, and where. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { interpretersOf } from "./platform";

export interface Probe {
  readonly python: string;
  /** `3.11.2` */
  readonly pythonVersion: string;
  /** Of steplang; `undefined` where it is not installed. */
  readonly version?: string;
  /** The `steplang` executable. */
  readonly script?: string;
}

// One line of JSON on stdout; the interpreter's own noise stays before it.
const QUESTION = `
import json, os, sys, sysconfig
answer = {"python": sys.executable, "pythonVersion": "%d.%d.%d" % sys.version_info[:3]}
try:
    from importlib import metadata
    answer["version"] = metadata.version("steplang")
    name = "steplang.exe" if os.name == "nt" else "steplang"
    schemes = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))]
    found = [os.path.join(folder, name) for folder in schemes if os.path.exists(os.path.join(folder, name))]
    if found:
        answer["script"] = found[0]
except Exception:
    pass
print()
print(json.dumps(answer))
`;

/** `undefined` where `python` does not run. */
export async function probePython(python: string, timeoutMilliseconds = 20_000): Promise<Probe | undefined> {
  const output = await new Promise<string | undefined>((resolve) => {
    execFile(
      python,
      ["-c", QUESTION],
      // A neutral folder: with `-c`, Python would import from the current one.
      { cwd: tmpdir(), timeout: timeoutMilliseconds, windowsHide: true },
      (error, stdout) => resolve(error === null ? stdout : undefined),
    );
  });
  const line = output?.trim().split("\n").at(-1);
  if (line === undefined) {
    return undefined;
  }
  try {
    return JSON.parse(line) as Probe;
  } catch {
    return undefined;
  }
}

/** The interpreter of a virtual environment folder, where there is one. */
export function interpreterIn(environment: string): string | undefined {
  return interpretersOf(environment, process.platform).find((path) => existsSync(path));
}
