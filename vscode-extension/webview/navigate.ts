/** Moving through the graph with the keyboard: down and up along streams, left and right within a layer, to both ends. */

import type { Layout, PlacedNode } from "./layout";

export type Direction = "up" | "down" | "left" | "right" | "first" | "last";

export function directionOf(key: string): Direction | undefined {
  switch (key) {
    case "ArrowUp":
      return "up";
    case "ArrowDown":
      return "down";
    case "ArrowLeft":
      return "left";
    case "ArrowRight":
      return "right";
    case "Home":
      return "first";
    case "End":
      return "last";
    default:
      return undefined;
  }
}

/** The node to go to from `id`; `undefined` where there is none that way. */
export function neighbour(layout: Layout, id: string, direction: Direction): string | undefined {
  const from = layout.nodes.find((placed) => placed.node.id === id);
  if (from === undefined) {
    return undefined;
  }
  if (direction === "first" || direction === "last") {
    const ordered = [...layout.nodes].sort((one, other) => one.y - other.y || one.x - other.x);
    return ordered.at(direction === "first" ? 0 : -1)?.node.id;
  }
  const candidates =
    direction === "down"
      ? joined(layout, (edge) => (edge.source === id ? edge.target : undefined))
      : direction === "up"
        ? joined(layout, (edge) => (edge.target === id ? edge.source : undefined))
        : beside(layout, from, direction);
  return closest(from, candidates)?.node.id;
}

function joined(layout: Layout, other: (edge: { source: string; target: string }) => string | undefined): readonly PlacedNode[] {
  const ids = new Set(layout.edges.map(({ edge }) => other(edge)));
  return layout.nodes.filter((placed) => ids.has(placed.node.id));
}

function beside(layout: Layout, from: PlacedNode, direction: "left" | "right"): readonly PlacedNode[] {
  return layout.nodes.filter((placed) => {
    const overlaps = placed.y < from.y + from.height && from.y < placed.y + placed.height;
    const thatWay = direction === "left" ? placed.x < from.x : placed.x > from.x;
    return overlaps && thatWay && placed !== from;
  });
}

function closest(from: PlacedNode, candidates: readonly PlacedNode[]): PlacedNode | undefined {
  const distance = (to: PlacedNode): number => Math.abs(centre(to) - centre(from));
  return [...candidates].sort((one, other) => distance(one) - distance(other))[0];
}

function centre(placed: PlacedNode): number {
  return placed.x + placed.width / 2;
}
