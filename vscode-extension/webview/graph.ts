/** The graph's page: draws what the extension sends, tells it what was clicked. */

import type { FromPage, ToPage } from "../src/graph/messages";
import { draw } from "./draw";
import "./graph.css";
import { connect } from "./host";
import { type Layout, layOut, type Measure } from "./layout";
import { directionOf, neighbour } from "./navigate";
import { problemList } from "./problems";
import { standalone } from "./standalone";
import { html } from "./svg";
import { describeGraph, isHole } from "./words";

const ZOOM_STEP = 1.2;
const READABLE = 0.7;
const SMALLEST = 0.5;
const ZOOM_RANGE = [0.2, 3] as const;

const canvas = html("div", { class: "canvas" });
const notice = html("p", { class: "notice", role: "status" });
const problems = html("ul", { class: "problems", "aria-label": "Streams with a problem" });
const live = html("div", { class: "aside", role: "status" });
const keys = html("div", { class: "aside", id: "keys" }, "Arrow keys walk along the streams, Home and End to both ends; Enter goes to the source.");
const name = html("h1", { class: "name" });

let layout: Layout | undefined;
let drawing: SVGSVGElement | undefined;
let current: string | undefined;
let zoom: number | "whole" | undefined;
let shownOperator: string | undefined;
let sequence = 0;

const host = connect<ToPage, FromPage>((message) => void receive(message));

async function receive(message: ToPage): Promise<void> {
  switch (message.type) {
    case "graph":
      await show(message);
      return;
    case "select":
      select(message.node ?? undefined);
      return;
    case "problem":
      notice.textContent = message.message;
      canvas.classList.add("old");
      return;
    case "export":
      if (drawing !== undefined) {
        host.postMessage({ type: "svg", svg: standalone(drawing) });
      }
  }
}

async function show(message: ToPage & { type: "graph" }): Promise<void> {
  sequence += 1;
  const mine = sequence;
  const fresh = await layOut(message.graph, measure());
  if (mine !== sequence) {
    return; // a later graph has come meanwhile
  }
  if (shownOperator !== message.graph.operator) {
    shownOperator = message.graph.operator;
    zoom = undefined;
    current = undefined;
  }
  layout = fresh;
  const focused = nodeOf(document.activeElement); // a new drawing must not throw a keyboard user out of it
  drawing = draw(message.graph, fresh);
  canvas.classList.remove("old");
  canvas.replaceChildren(drawing);
  problems.replaceChildren(...problemList(message.graph, reveal));
  notice.textContent = isHole(message.graph) ? `${message.graph.operator} is a hole: it has no dataflow yet.` : "";
  name.textContent = `${message.graph.operator} · ${message.file}`;
  announce(describeGraph(message.graph));
  applyZoom();
  select(message.selected ?? current);
  elementOf(focused)?.focus();
}

/** Says what changed, once: the same graph comes again with every edit. */
function announce(text: string): void {
  if (live.textContent !== text) {
    live.textContent = text;
  }
}

function measure(): Measure {
  const context = document.createElement("canvas").getContext("2d");
  const style = getComputedStyle(document.body);
  const family = style.getPropertyValue("--graph-font");
  return (text, font) => {
    if (context === null) {
      return text.length * 8;
    }
    context.font = `${font === "label" ? "600 13px" : "12px"} ${family}`;
    return Math.ceil(context.measureText(text).width);
  };
}

function applyZoom(): void {
  if (layout === undefined || drawing === undefined) {
    return;
  }
  const width = (canvas.clientWidth - 8) / layout.width;
  const height = (canvas.clientHeight - 8) / layout.height;
  // At first all of the drawing is shown, as long as it stays readable, and never larger than life; asked to fit, it does.
  const readable = Math.max(SMALLEST, Math.min(1, width, Math.max(READABLE, height)));
  const scale = zoom === "whole" ? Math.min(1, width, height) : (zoom ?? readable);
  drawing.setAttribute("width", String(layout.width * scale));
  drawing.setAttribute("height", String(layout.height * scale));
}

function zoomBy(factor: number): void {
  const present = layout === undefined || drawing === undefined ? 1 : drawing.width.baseVal.value / layout.width;
  zoom = Math.min(ZOOM_RANGE[1], Math.max(ZOOM_RANGE[0], present * factor));
  applyZoom();
}

function select(id: string | undefined): void {
  drawing?.querySelectorAll(".current").forEach((element) => {
    element.classList.remove("current");
    element.removeAttribute("aria-current");
  });
  drawing?.querySelectorAll<SVGGElement>(".node").forEach((element) => element.setAttribute("tabindex", "-1"));
  const element = elementOf(id) ?? drawing?.querySelector<SVGGElement>(".node") ?? undefined;
  element?.setAttribute("tabindex", "0");
  current = id;
  if (id !== undefined && element?.dataset.node === id) {
    element.classList.add("current");
    element.setAttribute("aria-current", "true");
    for (const placed of layout?.edges ?? []) {
      if (placed.edge.source === id || placed.edge.target === id) {
        drawing?.querySelector(`[data-edge="${CSS.escape(placed.edge.id)}"]`)?.classList.add("current");
      }
    }
    element.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

/** Brings a node into view, with the keyboard on it. */
function reveal(id: string): void {
  select(id);
  elementOf(id)?.focus();
}

function elementOf(id: string | undefined): SVGGElement | undefined {
  return id === undefined ? undefined : (drawing?.querySelector<SVGGElement>(`[data-node="${CSS.escape(id)}"]`) ?? undefined);
}

function nodeOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<SVGGElement>("[data-node]")?.dataset.node : undefined;
}

function button(label: string, title: string, act: () => void): HTMLButtonElement {
  const element = html("button", { type: "button", title, "aria-label": title }, label);
  element.addEventListener("click", act);
  return element;
}

canvas.addEventListener("click", (event) => {
  const node = nodeOf(event.target);
  if (node !== undefined) {
    select(node);
    host.postMessage({ type: "open", node });
  }
});

canvas.addEventListener("keydown", (event) => {
  const node = nodeOf(event.target);
  const direction = directionOf(event.key);
  if (node === undefined || layout === undefined) {
    return;
  }
  if (direction !== undefined) {
    const next = neighbour(layout, node, direction);
    if (next !== undefined) {
      reveal(next);
    }
    event.preventDefault();
  } else if (event.key === "Enter" || event.key === " ") {
    host.postMessage({ type: "open", node });
    event.preventDefault();
  }
});

canvas.addEventListener(
  "wheel",
  (event) => {
    if (event.ctrlKey) {
      zoomBy(event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP);
      event.preventDefault();
    }
  },
  { passive: false },
);

window.addEventListener("resize", applyZoom);

const tools = html(
  "div",
  { class: "tools", role: "group", "aria-label": "Graph" },
  button("−", "Zoom out", () => zoomBy(1 / ZOOM_STEP)),
  button("+", "Zoom in", () => zoomBy(ZOOM_STEP)),
  button("Fit", "Fit into view", () => {
    zoom = "whole";
    applyZoom();
  }),
  button("Export SVG", "Export SVG…", () => host.postMessage({ type: "export" })),
);

document.getElementById("root")?.append(html("header", {}, name, tools), html("main", {}, notice, problems, canvas, live, keys));
host.postMessage({ type: "ready" });
