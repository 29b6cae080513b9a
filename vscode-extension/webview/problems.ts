/** The streams with something wrong, in words above the drawing: a mark may lie outside what is in view. */

import type { Graph } from "../src/protocol";
import { html } from "./svg";
import { describeStream, markedStreams } from "./words";

const MOST = 4;

/** @param reveal called with the node that makes the stream */
export function problemList(graph: Graph, reveal: (node: string) => void): readonly HTMLElement[] {
  const marked = markedStreams(graph);
  const items = marked.slice(0, MOST).map((edge) => {
    const button = html("button", { type: "button", class: `problem ${edge.state}` }, `⚠ ${describeStream(graph, edge)}`);
    button.addEventListener("click", () => reveal(edge.source));
    return html("li", {}, button);
  });
  const rest = marked.length - items.length;
  return rest === 0 ? items : [...items, html("li", { class: "more" }, `and ${rest} more`)];
}
