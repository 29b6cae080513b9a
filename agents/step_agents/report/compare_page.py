"""The comparison of several runs as one self-contained HTML page."""

from __future__ import annotations

from pathlib import Path

import jinja2

from step_agents.report import charts
from step_agents.report.compare import Comparison, Configuration, Spread


def render_comparison(comparison: Comparison) -> str:
    """The page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["spread"] = said
    names = [one.label for one in comparison.configurations]
    runs = sum(len(one.runs) for one in comparison.configurations)
    every = comparison.configurations
    plots = [
        charts.spread_by_round(
            "pass@n by round (%): mean, least and most",
            {one.label: [_whiskers(line.pass_at_n) for line in one.rounds] for one in every},
        ),
        charts.spread_by_round(
            "pass@1 by round (%): mean, least and most",
            {one.label: [_whiskers(line.pass_at_1) for line in one.rounds] for one in every},
        ),
    ]
    return environment.get_template("compare.html.j2").render(
        c=comparison, names=names, runs=runs, plots=plots, shaky=_shaky
    )


def said(spread: Spread | None, shape: str = "{:.3f}") -> str:
    """A spread for people: ``mean ± deviation``."""
    if spread is None:
        return "unknown"
    mean = shape.format(spread.mean)
    return mean if spread.deviation is None else f"{mean} ± {shape.format(spread.deviation)}"


def _whiskers(spread: Spread) -> tuple[float, float, float]:
    return spread.mean, spread.least, spread.most


def _shaky(one: Configuration) -> list[tuple[str, int]]:
    """The tasks that not every run solved."""
    return [(name, count) for name, count in one.solved_in if count < len(one.runs)]
