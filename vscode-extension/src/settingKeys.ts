/** The settings that the server is told of, by their keys below `step.` (docs/protocol.md). */

export const SERVER_KEYS = [
  "interpreter",
  "check.onSave",
  "check.timeout",
  "check.memory",
  "inlayHints",
  "proposer",
  "budget",
  "guardian",
  "repairs",
  "seed",
  "prior",
  "applyMode",
  "model",
  "baseUrl",
  "experience.url",
] as const;

export type ServerKey = (typeof SERVER_KEYS)[number];

/** Values by dotted keys as one nested object: `check.timeout` becomes `{ check: { timeout } }`. */
export function nested(values: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of values) {
    const names = key.split(".");
    const last = names.pop() ?? key;
    let inner = result;
    for (const name of names) {
      inner = (inner[name] ??= {}) as Record<string, unknown>;
    }
    inner[last] = value;
  }
  return result;
}
