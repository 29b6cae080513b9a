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

const plots = html("div", { class: "plots" });
document.getElementById("root")?.append(html("main", {}, html("h1", { class: "aside" }, "Learning curve"), plots));

const host = connect<ToCurvePage, FromCurvePage>((message) => {
  if (message.type === "problem") {
    plots.replaceChildren(html("p", { class: "notice", role: "status" }, message.message));
  } else {
    show(message.curve);
  }
});

function show(curve: Curve): void {
  if (curve.points.length === 0) {
    plots.replaceChildren(html("p", { class: "notice", role: "status" }, "No experience yet. Each operator that is solved adds a point."));
    return;
  }
  plots.replaceChildren(solvedPlot(curve.points), passPlot(curve.points));
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
  const [plot, scale] = frame("Pass rate", `lately ${share(recent)}; arrow keys walk along the experiences`, points, 1, share);
  const line = points.map((point, index) => `${scale.x(index + 0.5)} ${scale.y(point.recentPassRate)}`).join(" L ");
  plot.append(svg("path", { d: `M ${line}`, class: "line" }));
  plot.setAttribute("role", "group");
  plot.append(...dots(points, scale, share));
  const legend = [
    ["one experience (click opens it)", "one"],
    [`mean of the last ${WINDOW}`, "recent"],
  ] as const;
  return section(`Pass rate: ${share(recent)} lately`, legend, plot);
}

/** One tab stop for all of them; arrow keys walk from one to the next. */
function dots(points: readonly CurvePoint[], scale: Scale, share: (value: number) => string): readonly SVGCircleElement[] {
  const all = points.map((point, index) => {
    const words = `${point.operator}, ${point.stratum}: ${share(point.passRate)}`;
    const place = { cx: scale.x(index + 0.5), cy: scale.y(point.passRate), r: 4.5, class: `dot ${point.stratum}` };
    const last = index === points.length - 1;
    const dot = svg("circle", { ...place, tabindex: last ? 0 : -1, role: "button", "aria-label": words }, svg("title", {}, words));
    const open = (): void => host.postMessage({ type: "open", id: point.id, operator: point.operator });
    dot.addEventListener("click", open);
    dot.addEventListener("keydown", (event) => {
      const next = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: points.length - 1 }[event.key];
      if (event.key === "Enter" || event.key === " ") {
        open();
        event.preventDefault();
      } else if (next !== undefined) {
        event.preventDefault();
        go(next);
      }
    });
    return dot;
  });
  const go = (index: number): void => {
    const dot = all[index];
    if (dot !== undefined) {
      all.forEach((each) => each.setAttribute("tabindex", each === dot ? "0" : "-1"));
      dot.focus();
    }
  };
  return all;
}

host.postMessage({ type: "ready" });
