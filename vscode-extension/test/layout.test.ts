import assert from "node:assert/strict";
import { test } from "node:test";
import type { Graph, GraphEdge } from "../src/protocol";
import { type Box, layOut } from "../webview/layout";
import { neighbour } from "../webview/navigate";
import { describeGraph, describeNode, isHole, markedStreams } from "../webview/words";

const measure = (text: string): number => text.length * 7;

function edge(id: string, source: string, target: string, targetPort = 0, sourcePort = 0): GraphEdge {
  return { id, source, target, label: "f32 [D, N]", state: "ok", sourcePort, targetPort };
}

const node = (id: string, kind: "input" | "primitive" | "output", label: string) => ({ id, kind, label, detail: "", range: null });

/** x → Copy → (left: Map, right: straight) → Zip → result */
const GRAPH: Graph = {
  operator: "f",
  version: 1,
  nodes: [
    node("x", "input", "x"),
    node("copy", "primitive", "Copy"),
    node("map", "primitive", "Map"),
    node("zip", "primitive", "Zip"),
    node("out", "output", "result"),
  ],
  edges: [
    edge("1", "x", "copy"),
    edge("2", "copy", "map", 0, 0),
    edge("3", "map", "zip", 0),
    edge("4", "copy", "zip", 1, 1),
    { ...edge("5", "zip", "out"), state: "failing" },
  ],
};

function overlap(one: Box, other: Box): boolean {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}

test("every node and stream is placed, from the top down, and no two nodes overlap", async () => {
  const layout = await layOut(GRAPH, measure);
  assert.equal(layout.nodes.length, 5);
  assert.equal(layout.edges.length, 5);
  const top = (id: string): number => layout.nodes.find((placed) => placed.node.id === id)?.y ?? NaN;
  for (const { source, target } of GRAPH.edges) {
    assert.ok(top(source) < top(target), `${source} above ${target}`);
  }
  layout.nodes.forEach((one, index) =>
    layout.nodes.slice(index + 1).forEach((other) => assert.ok(!overlap(one, other), `${one.node.id} and ${other.node.id}`)),
  );
  assert.ok(layout.edges.every((placed) => placed.path.startsWith("M ") && placed.label !== undefined));
});

test("operands enter from left to right, in their order", async () => {
  const layout = await layOut(GRAPH, measure);
  const end = (id: string): number => {
    const numbers = layout.edges.find((placed) => placed.edge.id === id)?.path.match(/-?[\d.]+/g) ?? [];
    return Number(numbers.at(-2));
  };
  assert.ok(end("3") < end("4"));
});

test("an edge to a node that is not there is left out", async () => {
  const layout = await layOut({ ...GRAPH, edges: [...GRAPH.edges, edge("6", "zip", "nowhere")] }, measure);
  assert.equal(layout.edges.length, 5);
});

test("an empty graph has a layout", async () => {
  const layout = await layOut({ operator: "hole", version: 1, nodes: [], edges: [] }, measure);
  assert.deepEqual(layout.nodes, []);
});

test("arrow keys walk along the streams", async () => {
  const layout = await layOut(GRAPH, measure);
  assert.equal(neighbour(layout, "x", "down"), "copy");
  assert.equal(neighbour(layout, "zip", "down"), "out");
  assert.equal(neighbour(layout, "map", "up"), "copy");
  assert.equal(neighbour(layout, "out", "down"), undefined);
  assert.equal(neighbour(layout, "gone", "up"), undefined);
  assert.equal(neighbour(layout, "map", "first"), "x");
  assert.equal(neighbour(layout, "map", "last"), "out");
});

test("a screen reader hears what comes in and what goes out", () => {
  const zip = GRAPH.nodes[3];
  assert.ok(zip !== undefined);
  assert.equal(
    describeNode(GRAPH, zip),
    "Zip; takes f32 [D, N] from Map; takes f32 [D, N] from Copy; gives f32 [D, N], fails the check to result",
  );
});

test("what is wrong is said of the whole graph, but not of a hole", () => {
  const said = "Dataflow of f: 5 nodes, 5 streams; f32 [D, N] from Zip to result: fails the check";
  assert.equal(describeGraph(GRAPH), said);
  assert.deepEqual(markedStreams(GRAPH).map(({ id }) => id), ["5"]);
  const hole: Graph = { ...GRAPH, nodes: [node("x", "input", "x"), node("u", "output", "x")], edges: [{ ...edge("1", "x", "u"), state: "unused" }] };
  assert.ok(isHole(hole) && !isHole(GRAPH));
  assert.deepEqual(markedStreams(hole), []);
});
