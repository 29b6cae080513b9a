"""``steplang report``: pass rates, tokens, cost and curves of a run, or of several."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from step_server.cli.errors import UsageProblem
from step_server.cli.show import note

if TYPE_CHECKING:
    from step_agents.report import Comparison, RunReport
    from step_agents.report.compare import Spread


def configure(parser: argparse.ArgumentParser) -> None:
    """The subcommand's arguments."""
    parser.add_argument(
        "run", metavar="RUN", nargs="+", help="a run's name, or its folder; several are compared: mean and spread"
    )
    parser.add_argument("--html", metavar="FILE", help="write a page with the curves")
    parser.add_argument("--out", metavar="DIR", help="where runs are kept")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: argparse.Namespace) -> int:
    """Reports."""
    from step_agents.campaign import CampaignError
    from step_agents.report import collect, compare, write_html

    out = Path(options.out) if options.out else None
    report: RunReport | Comparison
    try:
        reports = [collect(name, out) for name in dict.fromkeys(options.run)]
        report = reports[0] if len(reports) == 1 else compare(reports)
    except CampaignError as error:
        raise UsageProblem(error.message) from None
    if options.html:
        try:
            write_html(report, options.html)
        except OSError as error:
            raise UsageProblem(f"{options.html} cannot be written: {error.strerror or error}") from None
        note(f"wrote {options.html}")
    if options.json:
        print(json.dumps(report.to_json(), ensure_ascii=False, indent=2, default=str))
    else:
        from step_agents.report import Comparison

        print(compared(report) if isinstance(report, Comparison) else text(report))
    return 0


def compared(comparison: Comparison) -> str:
    """The comparison for people."""
    lines: list[str] = []
    for one in comparison.configurations:
        count = len(one.runs)
        lines += [f"{one.label} ({count} run{'s' if count > 1 else ''})"]
        lines.append(f"{'round':>5} {'runs':>5} {'pass@1':>15} {'pass@n':>15} {'tokens so far':>25}")
        for line in one.rounds:
            rates = f"{spread(line.pass_at_1):>15} {spread(line.pass_at_n):>15}"
            lines.append(f"{line.number + 1:>5} {line.runs:>5} {rates} {spread(line.tokens_total, '{:,.0f}'):>25}")
        cost = "" if one.cost is None else f", ${spread(one.cost, '{:,.4f}')}"
        lines.append(f"pass@1 {spread(one.pass_at_1)}, pass@n {spread(one.pass_at_n)}")
        lines += [f"tokens {spread(one.tokens, '{:,.0f}')}{cost}, {spread(one.seconds, '{:,.0f}')} s", ""]
    return "\n".join(lines).rstrip("\n")


def spread(one: Spread, shape: str = "{:.3f}") -> str:
    """Mean and deviation."""
    from step_agents.report.compare_page import said

    return said(one, shape)


def text(report: RunReport) -> str:
    """The report for people."""
    from step_agents.usage import dollars

    total = len(report.tasks)
    lines = [f"run {report.run}: {report.solved} of {total} solved in {report.seconds:.0f} s ({report.reason})", ""]
    lines.append(f"{'group':<16} {'solved':>9} {'pass@1':>7} {'samples':>8} {'tokens':>12}")
    for group in report.groups:
        solved = f"{group.solved}/{group.tasks}"
        lines.append(f"{group.group:<16} {solved:>9} {group.pass_at_1:>7.2f} {group.samples:>8,} {group.tokens:>12,}")
    if report.rounds:
        lines += ["", f"{'round':>5} {'samples':>8} {'solved':>7} {'pass@1':>7} {'pass@n':>7} {'tokens so far':>14}"]
        for one in report.rounds:
            rates = f"{one.pass_at_1:>7.2f} {one.pass_at_n:>7.2f}"
            lines.append(f"{one.number + 1:>5} {one.samples:>8,} {one.solved:>7} {rates} {one.tokens_total:>14,}")
    tokens = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in report.usage.items())
    lines += ["", f"tokens: {tokens or 'none'}"]
    if report.cost is not None:
        lines.append(f"cost: {dollars(report.cost)}")
    if report.failures:
        lines += [
            "",
            "requests without an answer:",
            *(f"{count:>6}  {message}" for message, count in report.failures[:8]),
        ]
    return "\n".join(lines)
