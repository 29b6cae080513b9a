/** Finding the server: an ordered list of places, the first that has it wins. */

import type { Probe } from "./probe";

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Where it was found, in words: shown in the status item and in debug information. */
  readonly origin: string;
  /** Of steplang, where known before the server has started. */
  readonly version?: string | undefined;
  /** The interpreter of the server's environment, where known. */
  readonly python?: string | undefined;
}

/** A place to look. `look` gives a command, or why there is none. */
export interface Place {
  readonly name: string;
  look(): Promise<ServerCommand | string>;
}

/** The place that a user names: where it is named and of no use, that is said aloud. */
export const EXPLICIT = "setting step.path";

export type Found =
  | { readonly kind: "found"; readonly command: ServerCommand; readonly tried: readonly string[] }
  | { readonly kind: "missing"; readonly tried: readonly string[] };

export async function findServer(places: readonly Place[]): Promise<Found> {
  const tried: string[] = [];
  for (const place of places) {
    const answer = await place.look();
    if (typeof answer !== "string") {
      return { kind: "found", command: answer, tried };
    }
    tried.push(`${place.name}: ${answer}`);
  }
  return { kind: "missing", tried };
}

/** A place that is a Python interpreter, or none. */
export function interpreterPlace(
  name: string,
  interpreter: () => Promise<string | undefined>,
  probe: (python: string) => Promise<Probe | undefined>,
  allowed: (python: string) => boolean = () => true,
): Place {
  return {
    name,
    look: async () => {
      const python = await interpreter();
      if (python === undefined) {
        return "none";
      }
      if (!allowed(python)) {
        return `${python} lies in the workspace, which is not trusted`;
      }
      const answer = await probe(python);
      if (answer === undefined) {
        return `${python} does not run`;
      }
      if (answer.version === undefined || answer.script === undefined) {
        return `${python} (${answer.pythonVersion}) has no steplang`;
      }
      return { command: answer.script, args: ["lsp"], origin: name, version: answer.version, python: answer.python };
    },
  };
}

/** Whether a server of `version` speaks the protocol of an extension of `extension`: same major, and minor not older. */
export function compatible(version: string, extension: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10) || 0);
  const [needMajor = 0, needMinor = 0] = extension.split(".").map((part) => Number.parseInt(part, 10) || 0);
  return major === needMajor && minor >= needMinor;
}

/** What is wrong with the path that the user set; `undefined` where it serves, or where none is set. */
export function explicitProblem(tried: readonly string[]): string | undefined {
  const answer = tried.find((line) => line.startsWith(`${EXPLICIT}: `))?.slice(EXPLICIT.length + 2);
  return answer === "not set" ? undefined : answer;
}
