/** What differs between Windows, macOS and Linux, in one place; nothing here looks at the machine it runs on. */

import { posix, win32 } from "node:path";

export type Platform = NodeJS.Platform;

type PathRules = typeof posix;

export function rules(platform: Platform): PathRules {
  return platform === "win32" ? win32 : posix;
}

/** Where the interpreter of a virtual environment may be. */
export function interpretersOf(environment: string, platform: Platform): readonly string[] {
  const path = rules(platform);
  return platform === "win32"
    ? [path.join(environment, "Scripts", "python.exe"), path.join(environment, "python.exe")] // the second one is conda's
    : [path.join(environment, "bin", "python"), path.join(environment, "bin", "python3")];
}

/** Where `steplang` may be, by the variable PATH. */
export function executablesOnPath(variable: string | undefined, platform: Platform): readonly string[] {
  const path = rules(platform);
  const name = platform === "win32" ? "steplang.exe" : "steplang";
  // Quoted entries are Windows' own; a relative one would mean the folder that VS Code was started in.
  const folders = (variable ?? "").split(path.delimiter).map((folder) => folder.replace(/^"(.*)"$/, "$1"));
  return folders.filter((folder) => path.isAbsolute(folder)).map((folder) => path.join(folder, name));
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
}

/** How a Python may be started that makes environments; the usual ways first. */
export function pythonLaunches(platform: Platform): readonly Launch[] {
  const plain = (command: string): Launch => ({ command, args: [] });
  return platform === "win32"
    ? [{ command: "py", args: ["-3"] }, plain("python"), plain("python3")]
    : ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"].map(plain);
}

/** Whether a file lies in a folder. Windows and macOS do not tell large letters from small ones. */
export function liesIn(folder: string, file: string, platform: Platform): boolean {
  const path = rules(platform);
  const same = (name: string): string => (platform === "linux" ? path.resolve(name) : path.resolve(name).toLowerCase());
  const way = path.relative(same(folder), same(file));
  return way !== "" && way !== ".." && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

/** Why an executable that the user named cannot be started; `undefined` where it can. */
export function unusable(path: string, platform: Platform, exists: (path: string) => boolean): string | undefined {
  if (!exists(path)) {
    return `${path} does not exist`;
  }
  if (platform === "win32" && /\.(?:bat|cmd|ps1)$/i.test(path)) {
    return `${path} is a script of the shell; name the steplang.exe that it starts`;
  }
  return undefined;
}

export interface Surroundings {
  readonly platform: Platform;
  readonly home: string;
  /** The workspace's folder, where there is one. */
  readonly folder: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A path as people write it in settings: `~`, `${userHome}`, `${workspaceFolder}` and `${env:NAME}` expanded; relative to the folder. */
export function expandPath(value: string | null | undefined, { platform, home, folder, environment }: Surroundings): string | undefined {
  const path = rules(platform);
  const written = (value ?? "").trim();
  if (written === "") {
    return undefined;
  }
  const expanded = written
    .replace(platform === "win32" ? /^~(?=$|[\\/])/ : /^~(?=$|\/)/, () => home)
    .replaceAll("${userHome}", () => home)
    .replaceAll("${workspaceFolder}", (variable) => folder ?? variable)
    .replace(/\$\{env:([^}]+)\}/g, (_, name: string) => environment[name] ?? "");
  return path.isAbsolute(expanded) || folder === undefined ? expanded : path.join(folder, expanded);
}

/** A long path for a narrow place: below the workspace or at home it is shortened, else its end is shown. */
export function shortPath(file: string, { platform, home, folder }: Pick<Surroundings, "platform" | "home" | "folder">): string {
  const path = rules(platform);
  if (folder !== undefined && liesIn(folder, file, platform)) {
    return path.relative(folder, file);
  }
  if (liesIn(home, file, platform)) {
    return `~${path.sep}${path.relative(home, file)}`;
  }
  const parts = file.split(path.sep);
  return parts.length <= 4 ? file : ["…", ...parts.slice(-3)].join(path.sep);
}
