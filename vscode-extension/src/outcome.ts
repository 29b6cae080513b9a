/** What a test run says of an operator's check. */

import type { Range } from "vscode-languageserver-protocol";
import { seconds } from "./describe";
import type { OperatorStatus } from "./protocol";

export interface Outcome {
  readonly kind: "passed" | "failed" | "errored" | "skipped";
  readonly text: string;
  /** Where the message belongs. */
  readonly range: Range;
  /** The differing values, where the message names both. */
  readonly expected?: string;
  readonly actual?: string;
}

const VALUE = "([-+]?(?:\\d[\\d_.]*(?:e[-+]?\\d+)?|inf|nan))";
const EXPECTED = new RegExp(`expected(?: value)?:? ${VALUE}`, "i");
const ACTUAL = new RegExp(`(?:got|actual(?: value)?|is):? ${VALUE}`, "i");

export function outcomeOf(status: OperatorStatus): Outcome {
  const range = status.diagnostics[0]?.range ?? status.nameRange;
  const time = status.seconds === null ? "" : ` in ${seconds(status.seconds)}`;
  switch (status.status) {
    case "passed": {
      const error = status.maxAbsError === null ? "" : `, largest deviation ${status.maxAbsError.toExponential(1)}`;
      return { kind: "passed", text: `${status.operator} passed${time}${error}`, range };
    }
    case "hole":
      return { kind: "skipped", text: `${status.operator} is a hole: synthesize it first`, range };
    case "skipped":
      return { kind: "skipped", text: details(status), range };
    case "timeout":
      return { kind: "errored", text: details(status) || `${status.operator} timed out${time}`, range };
    case "failed":
    case "error": {
      const text = details(status) || `${status.operator} ${status.status === "failed" ? "differs from its reference" : "could not be checked"}`;
      const expected = EXPECTED.exec(text)?.[1];
      const actual = ACTUAL.exec(text)?.[1];
      const values = expected !== undefined && actual !== undefined ? { expected, actual } : {};
      return { kind: status.status === "failed" ? "failed" : "errored", text, range, ...values };
    }
    default:
      return { kind: "skipped", text: `${status.operator}: ${status.status}`, range };
  }
}

function details(status: OperatorStatus): string {
  const messages = status.diagnostics.map((diagnostic) => diagnostic.message);
  const own = status.message ?? "";
  return [own, ...messages.filter((message) => !own.includes(message))].filter((text) => text !== "").join("\n");
}
