"""The report as one self-contained HTML page: nothing is loaded from anywhere, plots are inline SVG."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2

from step_agents.report import charts
from step_agents.report.lines import RunReport
from step_agents.usage import dollars

_NARROW = 12
"""Tasks whose names have room under a plot of half the page's width."""


def render_html(report: RunReport) -> str:
    """The page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["moment"] = moment
    return environment.get_template("page.html.j2").render(
        r=report,
        plots=plots(report),
        tokens=sum(report.usage.values()),
        cost=dollars(report.cost),
        pass_1=f"{report.pass_at_1:.3f}",
        sampling=sampling(report.settings),
    )


def sampling(settings: Mapping[str, Any]) -> str:
    """How many samples each task is given in a round, and how hot."""
    samples = settings["samples"]
    heats = [f"{one:g}" for one in settings["temperatures"] if one is not None]
    count = f"{samples} sample{'s' if samples != 1 else ''} a task"
    return (
        f"{count} at each of the temperatures {', '.join(heats)}"
        if len(heats) > 1
        else (f"{count} at temperature {heats[0]}" if heats else count)
    )


def moment(text: str) -> str:
    """A moment as people write it, to the minute."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return text


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
        found.append(
            charts.difficulty([[(name, rates[name]) for name in stratum] for stratum in report.strata], _NARROW)
        )
    if len(report.pass_at) > 1:
        found.append(charts.pass_at_k(report.pass_at))
    found.append(charts.guardian(report.guardian["judged"], report.guardian["mended"], report.guardian["corrupted"]))
    return found
