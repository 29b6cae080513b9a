/** When a server that keeps dying is given up, and what is said of it. */

export interface Crash {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly exit: string;
  /** The last lines the server wrote to stderr. */
  readonly lastWords: readonly string[];
}

export class CrashLog {
  private crashes: Crash[] = [];

  constructor(
    private readonly limit = 4,
    private readonly windowMilliseconds = 3 * 60_000,
  ) {}

  /** Note a crash; whether the server should be started again. */
  add(crash: Crash): boolean {
    this.crashes = [...this.crashes.filter((old) => crash.at - old.at <= this.windowMilliseconds), crash];
    return this.crashes.length <= this.limit;
  }

  get count(): number {
    return this.crashes.length;
  }

  get last(): Crash | undefined {
    return this.crashes.at(-1);
  }

  clear(): void {
    this.crashes = [];
  }

  /** For a bug report. */
  describe(): string {
    if (this.crashes.length === 0) {
      return "no crashes";
    }
    return this.crashes
      .map((crash) => [`${new Date(crash.at).toISOString()} ${crash.exit}`, ...crash.lastWords.map((line) => `    ${line}`)].join("\n"))
      .join("\n");
  }
}

/** How a process ended, in words. */
export function describeExit(code: number | null, signal: string | null): string {
  if (signal !== null) {
    return `killed by ${signal}`;
  }
  return code === null ? "connection closed" : `exit code ${code}`;
}
