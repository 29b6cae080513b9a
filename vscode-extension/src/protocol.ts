/** The part of docs/protocol.md that is not plain LSP: names and shapes of messages. */

import type { Range } from "vscode-languageserver-protocol";

export type Status =
  | "notRun"
  | "queued"
  | "running"
  | "passed"
  | "failed"
  | "error"
  | "timeout"
  | "stale"
  | "hole"
  /** The branch that it stands in did not run: there was nothing to check. */
  | "skipped";

export interface OperatorDiagnostic {
  readonly code: string;
  readonly message: string;
  readonly severity: number;
  readonly range: Range;
}

export interface OperatorStatus {
  readonly operator: string;
  readonly range: Range;
  readonly nameRange: Range;
  readonly isHole: boolean;
  readonly status: Status;
  /** How long the check took. */
  readonly seconds: number | null;
  readonly maxAbsError: number | null;
  readonly message: string | null;
  readonly diagnostics: readonly OperatorDiagnostic[];
}

export interface OperatorStatusParams {
  readonly uri: string;
  readonly version: number | null;
  readonly operators: readonly OperatorStatus[];
}

export interface ServerStatusParams {
  readonly health: "ok" | "warning" | "error";
  readonly message: string | null;
  readonly interpreter: string | null;
  readonly version: string | null;
  readonly busy: boolean;
}

export interface SynthesizeParams {
  readonly textDocument: { readonly uri: string; readonly version: number };
  readonly operator: string;
  readonly repair?: boolean;
  readonly proposer?: string;
  readonly budget?: number;
  readonly applyMode?: "apply" | "preview";
  readonly workDoneToken?: string;
}

export interface Fix {
  readonly rule: string;
  readonly reason: string;
  readonly before: string;
  readonly after: string;
  readonly streams?: readonly string[];
}

export interface SynthesizeResult {
  readonly status: "solved" | "unsolved" | "cancelled" | "error";
  readonly operator: string;
  readonly proposer: string | null;
  readonly body: string | null;
  readonly seconds: number;
  readonly candidates: number;
  readonly tokens: number;
  /** US dollars, where the proposer knows its price. */
  readonly cost: number | null;
  readonly fixes: readonly Fix[];
  readonly message: string | null;
  readonly applied: boolean;
  /** Why a verified body was not applied, as the end of a sentence. */
  readonly notApplied: string | null;
  /** The whole document with the body in place; set when the edit was not applied. */
  readonly newText: string | null;
  readonly diff: string | null;
}

export interface GraphNode {
  readonly id: string;
  readonly kind: "input" | "primitive" | "output";
  readonly label: string;
  readonly detail: string;
  readonly range: Range | null;
  readonly type?: string | null;
}

export type EdgeState = "ok" | "failing" | "nonfinite" | "unused";

export interface GraphEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly label: string;
  readonly sourcePort?: string | number | null;
  readonly targetPort?: string | number | null;
  readonly state: EdgeState;
}

export interface Graph {
  readonly operator: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly version: number | null;
}

export type Stratum = "hard" | "mixed" | "easy";

export interface Experience {
  readonly id: string;
  readonly operator: string;
  readonly group: string | null;
  /** Between 0 and 1. */
  readonly passRate: number;
  readonly stratum: Stratum;
  readonly samples: number;
  readonly proposer: string | null;
  readonly model: string | null;
  readonly tokens: number;
  readonly seconds: number;
  /** ISO 8601. */
  readonly created: string;
  readonly valid: boolean;
  /** Whether a person kept it; `null` where nobody was asked. */
  readonly accepted: boolean | null;
}

export const Method = {
  synthesize: "step/synthesize",
  check: "step/check",
  operators: "step/operators",
  graph: "step/graph",
  experience: "step/experience",
  debugInformation: "step/debugInformation",
  operatorStatus: "step/operatorStatus",
  serverStatus: "step/serverStatus",
} as const;

/** The commands that the server's lenses and code actions use instead of its own. */
export const CLIENT_COMMANDS = ["step.synthesize", "step.repair", "step.graph", "step.check"] as const;

/** What those commands take: one object, as the server's own do. */
export interface OperatorArgument {
  readonly uri: string;
  readonly operator?: string;
}
