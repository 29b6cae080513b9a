/** Operators of files that are not open, found in their text; the server's word replaces this once a file is opened. */

export interface Discovered {
  readonly operator: string;
  /** 0-based. */
  readonly line: number;
}

/** Every function under a decorator whose last name is `operator`. */
export function operatorsIn(text: string): readonly Discovered[] {
  const found: Discovered[] = [];
  let decorated = false;
  for (const [line, content] of text.split(/\r?\n/).entries()) {
    if (/^@(?:\w+\.)*operator\b/.test(content)) {
      decorated = true;
      continue;
    }
    const name = /^def\s+(\w+)/.exec(content)?.[1];
    if (name !== undefined) {
      if (decorated) {
        found.push({ operator: name, line });
      }
      decorated = false;
    }
  }
  return found;
}
