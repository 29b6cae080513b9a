/** What a screen reader says of a node: what it is, what comes in, what goes out. */

import type { EdgeState, Graph, GraphEdge, GraphNode } from "../src/protocol";

export const STATE_WORDS: Readonly<Record<EdgeState, string>> = {
  ok: "",
  failing: "fails the check",
  nonfinite: "not finite",
  unused: "never consumed",
};

const KIND_WORDS: Readonly<Record<GraphNode["kind"], string>> = { input: "input", primitive: "", output: "output" };

export function describeNode(graph: Graph, node: GraphNode): string {
  const names = new Map(graph.nodes.map((each) => [each.id, each.label]));
  const entering = graph.edges.filter((edge) => edge.target === node.id);
  const leaving = graph.edges.filter((edge) => edge.source === node.id);
  const stream = (label: string, state: EdgeState): string => [label, STATE_WORDS[state]].filter(Boolean).join(", ");
  const parts = [
    [KIND_WORDS[node.kind], node.label, node.detail].filter(Boolean).join(" "),
    ...entering.map((edge) => `takes ${stream(edge.label, edge.state)} from ${names.get(edge.source) ?? "nothing"}`),
    ...leaving.map((edge) => `gives ${stream(edge.label, edge.state)} to ${names.get(edge.target) ?? "nothing"}`),
  ];
  return parts.join("; ");
}

/** `f32 [D, N] from Map to output: fails the check` */
export function describeStream(graph: Graph, edge: GraphEdge): string {
  const name = (id: string): string => graph.nodes.find((node) => node.id === id)?.label ?? "nothing";
  const end = edge.state === "unused" ? "" : ` to ${name(edge.target)}`;
  return [`${edge.label} from ${name(edge.source)}${end}`, STATE_WORDS[edge.state]].filter(Boolean).join(": ");
}

/** The streams with something wrong. */
export function markedStreams(graph: Graph): readonly GraphEdge[] {
  return isHole(graph) ? [] : graph.edges.filter((edge) => edge.state !== "ok");
}

export function describeGraph(graph: Graph): string {
  const count = `${graph.nodes.length} nodes, ${graph.edges.length} streams`;
  const problems = markedStreams(graph).map((edge) => describeStream(graph, edge));
  return [`Dataflow of ${graph.operator}: ${count}`, ...problems].join("; ");
}

/** Whether there is nothing yet between inputs and outputs; streams that nothing consumes are then no mistake. */
export function isHole(graph: Graph): boolean {
  return graph.nodes.every((node) => node.kind !== "primitive") && graph.edges.every((edge) => edge.state === "unused");
}
