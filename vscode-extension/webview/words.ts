/** What a screen reader says of a node: what it is, what comes in, what goes out. */

import type { EdgeState, Graph, GraphNode } from "../src/protocol";

export const STATE_WORDS: Readonly<Record<EdgeState, string>> = {
  ok: "",
  failing: "differs from the reference",
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

export function describeGraph(graph: Graph): string {
  const marked = graph.edges.filter((edge) => edge.state !== "ok");
  const count = `${graph.nodes.length} nodes, ${graph.edges.length} streams`;
  const problems = marked.map((edge) => `${edge.label} ${STATE_WORDS[edge.state]}`);
  return [`Dataflow of ${graph.operator}: ${count}`, ...problems].join("; ");
}
