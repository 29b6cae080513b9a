/** A layout as SVG. */

import type { Graph } from "../src/protocol";
import { edgeText, LINE_HEIGHT, type Layout, type PlacedEdge, type PlacedNode } from "./layout";
import { svg } from "./svg";
import { describeGraph, describeNode, STATE_WORDS } from "./words";

export function draw(graph: Graph, layout: Layout): SVGSVGElement {
  const root = svg(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${layout.width} ${layout.height}`,
      width: layout.width,
      height: layout.height,
      role: "group",
      "aria-label": describeGraph(graph),
      "aria-describedby": "keys",
      class: "graph",
    },
    svg("defs", {}, ...(["ok", "failing", "nonfinite", "unused"] as const).map(arrowHead)),
  );
  root.append(...layout.edges.map(drawEdge));
  root.append(...layout.nodes.map((placed) => drawNode(graph, placed)));
  return root;
}

function arrowHead(state: string): SVGMarkerElement {
  const options = { id: `arrow-${state}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" };
  return svg("marker", options, svg("path", { d: "M 0 0.5 L 8 4 L 0 7.5 z", class: `head ${state}` }));
}

/** A group of its own to the eye and the pointer; a screen reader hears of streams from the nodes at their ends. */
function drawEdge(placed: PlacedEdge): SVGGElement {
  const { edge, path, label } = placed;
  const group = svg("g", { class: `edge ${edge.state}`, "aria-hidden": "true", "data-edge": edge.id });
  const words = STATE_WORDS[edge.state];
  group.append(svg("title", {}, words === "" ? edge.label : `${edge.label}: ${words}`));
  group.append(svg("path", { d: path, class: "stream", "marker-end": `url(#arrow-${edge.state})` }));
  if (label !== undefined) {
    group.append(svg("text", { x: label.x + 4, y: label.y + LINE_HEIGHT - 4, class: "type" }, edgeText(edge)));
  }
  return group;
}

function drawNode(graph: Graph, placed: PlacedNode): SVGGElement {
  const { node, x, y, width, height } = placed;
  const group = svg("g", {
    class: `node ${node.kind}`,
    transform: `translate(${x} ${y})`,
    role: "button",
    tabindex: -1,
    "aria-label": describeNode(graph, node),
    "data-node": node.id,
  });
  group.append(svg("rect", { width, height, rx: node.kind === "primitive" ? 4 : height / 2 }));
  const lines = [node.label, node.detail].filter((text) => text !== "");
  const top = (height - lines.length * LINE_HEIGHT) / 2;
  lines.forEach((text, index) => {
    const baseline = top + index * LINE_HEIGHT + LINE_HEIGHT - 4;
    // The space is not drawn; it keeps the words apart for whoever hears them.
    group.append(index === 0 ? "" : " ", svg("text", { x: width / 2, y: baseline, class: index === 0 ? "label" : "detail" }, text));
  });
  return group;
}
