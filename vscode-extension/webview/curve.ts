/** The learning curve's page: two plots over the same experiences, oldest first. */

import { type Curve, type CurvePoint, STRATA, WINDOW } from "../src/experience/curve";
import type { FromCurvePage, ToCurvePage } from "../src/experience/messages";
import "./curve.css";
import { connect } from "./host";
import { html, svg } from "./svg";
import { ticks } from "./ticks";

const WIDTH = 640;
const HEIGHT = 240;
const MARGIN = { top: 14, right: 20, bottom: 34, left: 46 } as const;

const root = document.getElementById("root") ?? document.body;

const host = connect<ToCurvePage, FromCurvePage>((message) => {
  if (message.type === "problem") {
    root.replaceChildren(html("p", { class: "notice", role: "status" }, message.message));
  } else {
    show(message.curve);
  }
});

function show(curve: Curve): void {
  if (curve.points.length === 0) {
    root.replaceChildren(html("p", { class: "notice", role: "status" }, "No experience yet. Each operator that is solved adds a point."));
    return;
  }
  root.replaceChildren(solvedPlot(curve.points), passPlot(curve.points));
}

interface Scale {
  readonly x: (index: number) => number;
  readonly y: (value: number) => number;
}

function frame(title: string, description: string, points: readonly CurvePoint[], top: number, label: (value: number) => string): [SVGSVGElement, Scale] {
  const inner = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  const scale: Scale = {
    x: (index) => MARGIN.left + (inner.width * index) / Math.max(1, points.length),
    y: (value) => MARGIN.top + inner.height * (1 - value / top),
  };
  const plot = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}. ${description}`, class: "plot" });
  for (const value of ticks(top)) {
    const y = scale.y(value);
    plot.append(svg("line", { x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: y, y2: y, class: "grid" }));
    plot.append(svg("text", { x: MARGIN.left - 8, y: y + 4, class: "tick end" }, label(value)));
  }
  for (const value of ticks(points.length)) {
    if (value > 0) {
      plot.append(svg("text", { x: scale.x(value), y: HEIGHT - MARGIN.bottom + 18, class: "tick middle" }, String(value)));
    }
  }
  plot.append(svg("text", { x: WIDTH - MARGIN.right, y: HEIGHT - 4, class: "tick end" }, "experiences, oldest first"));
  return [plot, scale];
}

function section(title: string, legend: readonly (readonly [string, string])[], plot: SVGSVGElement): HTMLElement {
  const keys = legend.map(([name, className]) => html("li", { class: className }, name));
  return html("section", {}, html("h2", {}, title), html("ul", { class: "legend" }, ...keys), plot);
}

function solvedPlot(points: readonly CurvePoint[]): HTMLElement {
  const last = points.at(-1)?.solved ?? { hard: 0, mixed: 0, easy: 0 };
  const total = last.hard + last.mixed + last.easy;
  const description = STRATA.map((stratum) => `${last[stratum]} ${stratum}`).join(", ");
  const [plot, scale] = frame("Operators solved", `${total} in all: ${description}`, points, Math.max(1, total), String);
  const below = points.map(() => 0);
  for (const stratum of STRATA) {
    const lower = [...below];
    points.forEach((point, index) => {
      below[index] = (below[index] ?? 0) + point.solved[stratum];
    });
    plot.append(svg("path", { d: area(lower, below, scale), class: `area ${stratum}` }, svg("title", {}, `${stratum}: ${last[stratum]}`)));
  }
  const legend = STRATA.map((stratum) => [`${stratum} (${last[stratum]})`, stratum] as const);
  return section(`Operators solved: ${total}`, legend, plot);
}

/** Steps between two lines, from the origin on. */
function area(lower: readonly number[], upper: readonly number[], scale: Scale): string {
  const steps = (values: readonly number[]): readonly string[] =>
    values.flatMap((value, index) => [`${scale.x(index)} ${scale.y(value)}`, `${scale.x(index + 1)} ${scale.y(value)}`]);
  return `M ${[...steps(upper), ...[...steps(lower)].reverse()].join(" L ")} Z`;
}

function passPlot(points: readonly CurvePoint[]): HTMLElement {
  const recent = points.at(-1)?.recentPassRate ?? 0;
  const share = (value: number): string => `${Math.round(value * 100)} %`;
  const [plot, scale] = frame("Pass rate", `lately ${share(recent)}`, points, 1, share);
  const line = points.map((point, index) => `${scale.x(index + 0.5)} ${scale.y(point.recentPassRate)}`).join(" L ");
  plot.append(svg("path", { d: `M ${line}`, class: "line" }));
  plot.setAttribute("role", "group");
  points.forEach((point, index) => {
    const words = `${point.operator}, ${point.stratum}: ${share(point.passRate)}`;
    const options = { cx: scale.x(index + 0.5), cy: scale.y(point.passRate), r: 4.5, class: `dot ${point.stratum}`, tabindex: 0, role: "button", "aria-label": words };
    const dot = svg("circle", options, svg("title", {}, words));
    const open = (): void => host.postMessage({ type: "open", id: point.id });
    dot.addEventListener("click", open);
    dot.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        open();
      }
    });
    plot.append(dot);
  });
  const legend = [
    ["one experience (click opens it)", "one"],
    [`mean of the last ${WINDOW}`, "recent"],
  ] as const;
  return section(`Pass rate: ${share(recent)} lately`, legend, plot);
}

host.postMessage({ type: "ready" });
