/** The server's stderr, line by line, at the level each line names. */

export type Level = "error" | "warn" | "info" | "debug";

const LEVEL = /\b(CRITICAL|ERROR|WARNING|WARN|INFO|DEBUG)\b/;

/** A line of Python's logging carries its level; anything else on stderr is a line of a traceback or a bare message. */
export function levelOf(line: string): Level {
  const found = LEVEL.exec(line.slice(0, 80))?.[1];
  switch (found) {
    case "CRITICAL":
    case "ERROR":
      return "error";
    case "WARNING":
    case "WARN":
      return "warn";
    case "DEBUG":
      return "debug";
    case "INFO":
      return "info";
    default:
      return /^Traceback|^\w*(Error|Exception)\b/.test(line) ? "error" : "info";
  }
}

/** Keeps the last lines, for a crash report. */
export class LastLines {
  private lines: string[] = [];

  constructor(private readonly limit = 30) {}

  add(line: string): void {
    this.lines = [...this.lines.slice(1 - this.limit), line];
  }

  get all(): readonly string[] {
    return this.lines;
  }
}
