/** A virtual environment of the extension's own, made from the wheel it carries. */

import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Launch, pythonLaunches } from "./platform";
import { interpreterIn } from "./probe";

export class EnvironmentError extends Error {}

export class PrivateEnvironment {
  /**
   * @param storage the extension's own folder on this machine
   * @param extension where the extension is installed
   * @param version the extension's: another version makes another environment
   */
  constructor(
    private readonly storage: string,
    private readonly extension: string,
    private readonly version: string,
  ) {}

  private get folder(): string {
    return join(this.storage, `environment-${this.version}`);
  }

  /** The wheel of steplang in the .vsix. */
  wheel(): string | undefined {
    const bundled = join(this.extension, "bundled");
    if (!existsSync(bundled)) {
      return undefined;
    }
    const name = readdirSync(bundled).find((file) => file.startsWith("steplang-") && file.endsWith(".whl"));
    return name === undefined ? undefined : join(bundled, name);
  }

  /** Present only once the environment is complete. */
  private get stamp(): string {
    return join(this.folder, "complete");
  }

  interpreter(): string | undefined {
    return existsSync(this.stamp) ? interpreterIn(this.folder) : undefined;
  }

  /**
   * Makes the environment anew; an unfinished one is never left behind. pip takes the dependencies from wherever the user's pip
   * is set up to take them.
   *
   * @param report called with what is being done
   * @param signal aborts it
   */
  async create(report: (message: string) => void, log: (line: string) => void, signal: AbortSignal): Promise<void> {
    const wheel = this.wheel();
    if (wheel === undefined) {
      throw new EnvironmentError("this build of the extension carries no wheel of steplang");
    }
    report("looking for Python 3.11 or later");
    const python = await findPython(signal);
    if (python === undefined) {
      throw new EnvironmentError("no Python 3.11 or later on PATH; install one, or set step.path to a steplang executable");
    }
    await mkdir(this.storage, { recursive: true });
    await rm(this.folder, { recursive: true, force: true });
    try {
      report("making a virtual environment");
      await run(python.command, [...python.args, "-m", "venv", this.folder], log, signal);
      const inside = interpreterIn(this.folder);
      if (inside === undefined) {
        throw new EnvironmentError(`${python.command} -m venv made no interpreter`);
      }
      report("installing steplang");
      await run(inside, ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", wheel], log, signal);
      await writeFile(this.stamp, wheel);
    } catch (error) {
      await rm(this.folder, { recursive: true, force: true });
      throw error;
    }
  }
}

async function findPython(signal: AbortSignal): Promise<Launch | undefined> {
  const question = "import sys, venv; sys.exit(sys.version_info < (3, 11))";
  for (const launch of pythonLaunches(process.platform)) {
    const works = await new Promise<boolean>((resolve) => {
      const options = { signal, timeout: 20_000, windowsHide: true };
      execFile(launch.command, [...launch.args, "-c", question], options, (error) => resolve(error === null));
    });
    if (works) {
      return launch;
    }
  }
  return undefined;
}

function run(command: string, args: readonly string[], log: (line: string) => void, signal: AbortSignal): Promise<void> {
  log(`> ${command} ${args.join(" ")}`);
  return new Promise((resolve, reject) => {
    const options = { signal, maxBuffer: 32 * 1024 * 1024, windowsHide: true };
    execFile(command, args, options, (error, stdout, stderr) => {
      for (const line of `${stdout}\n${stderr}`.split("\n").filter((text) => text.trim() !== "")) {
        log(line);
      }
      if (error === null) {
        resolve();
        return;
      }
      const reason = stderr.trim().split("\n").at(-1) ?? error.message;
      reject(signal.aborted ? new EnvironmentError("cancelled") : new EnvironmentError(reason || error.message));
    });
  });
}
