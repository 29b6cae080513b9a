"""The report as one self-contained HTML page: nothing is loaded from anywhere, plots are inline SVG."""

from __future__ import annotations

from pathlib import Path

import jinja2

from step_agents.report import charts
from step_agents.report.lines import RunReport
from step_agents.usage import dollars


def render_html(report: RunReport) -> str:
    """The page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["heat"] = lambda one: "the default" if one is None else f"temperature {one}"
    return environment.get_template("page.html.j2").render(
        r=report,
        plots=plots(report),
        tokens=sum(report.usage.values()),
        cost=dollars(report.cost),
        pass_1=f"{report.pass_at_1:.3f}",
    )


def plots(report: RunReport) -> list[str]:
    """The plots that the run has data for."""
    names = [str(one.number + 1) for one in report.rounds]
    found = [
        charts.by_round(names, [one.pass_at_n for one in report.rounds], [one.pass_at_1 for one in report.rounds]),
        charts.by_group({one.group: (one.solved, one.tasks) for one in report.groups}),
    ]
    if any(one.tokens_total for one in report.rounds):
        points = [(float(one.tokens_total), one.pass_at_n) for one in report.rounds]
        found.append(charts.against([(0.0, 0.0), *points], "Solved (%) against tokens", "tokens"))
        priced = [(one.cost_total, one.pass_at_n) for one in report.rounds if one.cost_total is not None]
        if priced:
            found.append(charts.against([(0.0, 0.0), *priced], "Solved (%) against cost", "US dollars"))
    rates = {one.id: one.rate for one in report.tasks if one.rate is not None}
    if rates:
        found.append(charts.difficulty([[(name, rates[name]) for name in stratum] for stratum in report.strata]))
    if len(report.pass_at) > 1:
        found.append(charts.pass_at_k(report.pass_at))
    found.append(charts.guardian(report.guardian["judged"], report.guardian["mended"], report.guardian["corrupted"]))
    return found
