/** How the operators of one file stand, in one line. */

import type { Status } from "./protocol";

const ORDER: readonly (readonly [Status, string])[] = [
  ["failed", "failed"],
  ["error", "in error"],
  ["timeout", "timed out"],
  ["running", "running"],
  ["queued", "queued"],
  ["stale", "stale"],
  ["passed", "passed"],
  ["skipped", "skipped"],
  ["hole", "to synthesize"],
  ["notRun", "not run"],
];

export interface Summary {
  readonly text: string;
  readonly worst: "failed" | "stale" | "fine";
}

export function summary(statuses: readonly Status[]): Summary {
  if (statuses.length === 0) {
    return { text: "no operators", worst: "fine" };
  }
  const parts = ORDER.map(([status, word]) => [statuses.filter((each) => each === status).length, word] as const)
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`);
  const has = (...wanted: Status[]): boolean => statuses.some((status) => wanted.includes(status));
  return {
    text: parts.join(" · "),
    worst: has("failed", "error", "timeout") ? "failed" : has("stale") ? "stale" : "fine",
  };
}
