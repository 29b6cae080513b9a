/** Where nodes, streams and their labels go: ELK's layered layout, from the top down. */

import ELK, { type ElkExtendedEdge, type ElkNode } from "elkjs/lib/elk.bundled.js";
import type { Graph, GraphEdge, GraphNode } from "../src/protocol";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedNode extends Box {
  readonly node: GraphNode;
}

export interface PlacedEdge {
  readonly edge: GraphEdge;
  /** An SVG path. */
  readonly path: string;
  readonly label: Box | undefined;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

/** Width of a text, in pixels. */
export type Measure = (text: string, font: "label" | "detail") => number;

export const LINE_HEIGHT = 16;
const PADDING_X = 14;
const PADDING_Y = 7;
const CORNER = 6;

const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.direction": "DOWN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.padding": "[top=16,left=16,bottom=16,right=16]",
  "elk.spacing.nodeNode": "28",
  "elk.spacing.edgeNode": "16",
  "elk.spacing.edgeEdge": "14",
  "elk.spacing.edgeLabel": "4",
  "elk.layered.spacing.nodeNodeBetweenLayers": "20",
  "elk.layered.spacing.edgeNodeBetweenLayers": "12",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.considerModelOrder.strategy": "PREFER_EDGES",
  "elk.edgeLabels.inline": "false",
};

export async function layOut(graph: Graph, measure: Measure): Promise<Layout> {
  const elk = new ELK();
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  // An edge to a node that is not there (half-typed text) is left out rather than refused.
  const edges = graph.edges.filter((edge) => nodes.has(edge.source) && nodes.has(edge.target));
  const root: ElkNode = {
    id: "root",
    layoutOptions: OPTIONS,
    children: graph.nodes.map((node) => elkNode(node, edges, measure)),
    edges: edges.map((edge) => ({
      id: edge.id,
      sources: [portOf(edge, "source")],
      targets: [portOf(edge, "target")],
      labels: edge.label === "" ? [] : [{ text: edgeText(edge), width: measure(edgeText(edge), "detail") + 8, height: LINE_HEIGHT }],
    })),
  };
  const laidOut = await elk.layout(root);
  return {
    width: laidOut.width ?? 0,
    height: laidOut.height ?? 0,
    nodes: (laidOut.children ?? []).flatMap((child) => {
      const node = nodes.get(child.id);
      return node === undefined ? [] : [{ node, ...boxOf(child) }];
    }),
    edges: edges.flatMap((edge) => {
      const placed = laidOut.edges?.find((each) => each.id === edge.id);
      return placed === undefined ? [] : [{ edge, path: pathOf(placed), label: labelOf(placed) }];
    }),
  };
}

/** What is written at a stream: its label, after a sign of warning where something is wrong with it. */
export function edgeText(edge: GraphEdge): string {
  return edge.state === "failing" || edge.state === "nonfinite" ? `⚠ ${edge.label}` : edge.label;
}

function elkNode(node: GraphNode, edges: readonly GraphEdge[], measure: Measure): ElkNode {
  const lines = [node.label, node.detail].filter((text) => text !== "");
  const width = Math.max(measure(node.label, "label"), measure(node.detail, "detail")) + 2 * PADDING_X;
  const port = (side: "NORTH" | "SOUTH") => (id: string, index: number) => ({
    id,
    width: 0,
    height: 0,
    // ELK counts clockwise: along the south side from right to left.
    layoutOptions: { "elk.port.side": side, "elk.port.index": String(side === "NORTH" ? index : -index) },
  });
  const entering = portsOf(edges.filter((edge) => edge.target === node.id), "target");
  const leaving = portsOf(edges.filter((edge) => edge.source === node.id), "source");
  return {
    id: node.id,
    width: Math.max(width, 24 * Math.max(entering.length, leaving.length)),
    height: lines.length * LINE_HEIGHT + 2 * PADDING_Y,
    layoutOptions: { "elk.portConstraints": "FIXED_ORDER" },
    ports: [...entering.map(port("NORTH")), ...leaving.map(port("SOUTH"))],
  };
}

/** Operands keep their order, left to right. */
function portsOf(edges: readonly GraphEdge[], end: "source" | "target"): readonly string[] {
  const number = (edge: GraphEdge): number => Number(end === "source" ? edge.sourcePort : edge.targetPort) || 0;
  return [...edges].sort((one, other) => number(one) - number(other)).map((edge) => portOf(edge, end));
}

function portOf(edge: GraphEdge, end: "source" | "target"): string {
  return `${edge.id}@${end}`;
}

function boxOf(shape: { x?: number; y?: number; width?: number; height?: number }): Box {
  return { x: shape.x ?? 0, y: shape.y ?? 0, width: shape.width ?? 0, height: shape.height ?? 0 };
}

function labelOf(edge: ElkExtendedEdge): Box | undefined {
  const label = edge.labels?.[0];
  return label === undefined ? undefined : boxOf(label);
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Straight pieces with rounded corners. */
function pathOf(edge: ElkExtendedEdge): string {
  const parts: string[] = [];
  for (const section of edge.sections ?? []) {
    const points: Point[] = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
    parts.push(...points.map((point, index) => segment(points, point, index)));
  }
  return parts.join(" ");
}

function segment(points: readonly Point[], point: Point, index: number): string {
  const before = points[index - 1];
  const after = points[index + 1];
  if (before === undefined) {
    return `M ${point.x} ${point.y}`;
  }
  if (after === undefined) {
    return `L ${point.x} ${point.y}`;
  }
  const start = toward(point, before);
  const end = toward(point, after);
  return `L ${start.x} ${start.y} Q ${point.x} ${point.y} ${end.x} ${end.y}`;
}

function toward(from: Point, to: Point): Point {
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  const step = distance === 0 ? 0 : Math.min(CORNER, distance / 2) / distance;
  return { x: from.x + (to.x - from.x) * step, y: from.y + (to.y - from.y) * step };
}
