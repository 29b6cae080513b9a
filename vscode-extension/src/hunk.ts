/** One contiguous change between two texts, found again in a text that moved on. */

export interface Hunk {
  /** 0-based line where the change starts in the base. */
  readonly line: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Unchanged lines just above, to find the place again. */
  readonly above: readonly string[];
}

export interface Placement {
  readonly startLine: number;
  /** Exclusive. */
  readonly endLine: number;
  readonly lines: readonly string[];
}

const CONTEXT = 3;

export function hunkBetween(base: string, changed: string): Hunk {
  const old = base.split(/\r?\n/);
  const fresh = changed.split(/\r?\n/);
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) {
    start += 1;
  }
  let oldEnd = old.length;
  let freshEnd = fresh.length;
  while (oldEnd > start && freshEnd > start && old[oldEnd - 1] === fresh[freshEnd - 1]) {
    oldEnd -= 1;
    freshEnd -= 1;
  }
  return {
    line: start,
    before: old.slice(start, oldEnd),
    after: fresh.slice(start, freshEnd),
    above: old.slice(Math.max(0, start - CONTEXT), start),
  };
}

/** Where the hunk belongs in `current`; `undefined` where its lines are gone or not the only ones of their kind. */
export function place(hunk: Hunk, current: string): Placement | undefined {
  const lines = current.split(/\r?\n/);
  const pattern = [...hunk.above, ...hunk.before];
  const matches = (at: number): boolean => pattern.every((line, offset) => lines[at + offset] === line);
  const expected = hunk.line - hunk.above.length;
  const found: number[] = [];
  for (let at = 0; at + pattern.length <= lines.length; at += 1) {
    if (matches(at)) {
      found.push(at);
    }
  }
  const at = found.includes(expected) ? expected : found.length === 1 ? found[0] : undefined;
  if (at === undefined) {
    return undefined;
  }
  const startLine = at + hunk.above.length;
  return { startLine, endLine: startLine + hunk.before.length, lines: hunk.after };
}
