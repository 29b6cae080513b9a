"""``steplang report``: pass rates, tokens, cost and curves of a run."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from step_server.cli.errors import UsageProblem
from step_server.cli.show import note

if TYPE_CHECKING:
    from step_agents.report import RunReport


def configure(parser: argparse.ArgumentParser) -> None:
    """The subcommand's arguments."""
    parser.add_argument("run", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument("--html", metavar="FILE", help="write a page with the curves")
    parser.add_argument("--out", metavar="DIR", help="where runs are kept")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: argparse.Namespace) -> int:
    """Reports."""
    from step_agents.campaign import CampaignError
    from step_agents.report import collect, write_html

    try:
        report = collect(options.run, Path(options.out) if options.out else None)
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
        print(text(report))
    return 0


def text(report: RunReport) -> str:
    """The report for people."""
    total = len(report.tasks)
    lines = [f"run {report.run}: {report.solved} of {total} solved in {report.seconds:.0f} s ({report.reason})", ""]
    lines.append(f"{'group':<16} {'solved':>9} {'pass@1':>7} {'samples':>8} {'tokens':>12}")
    for group in report.groups:
        solved = f"{group.solved}/{group.tasks}"
        lines.append(f"{group.group:<16} {solved:>9} {group.pass_at_1:>7.2f} {group.samples:>8,} {group.tokens:>12,}")
    if report.rounds:
        lines += ["", f"{'round':>5} {'samples':>8} {'solved':>7} {'pass@n':>7} {'tokens so far':>14}"]
        for one in report.rounds:
            lines.append(
                f"{one.number:>5} {one.samples:>8,} {one.solved:>7} {one.pass_at_n:>7.2f} {one.tokens_total:>14,}"
            )
    tokens = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in report.usage.items())
    lines += ["", f"tokens: {tokens or 'none'}"]
    if report.cost is not None:
        lines.append(f"cost: ${report.cost:.2f}")
    if report.failures:
        lines += ["", "what failed most:", *(f"{count:>6}  {message}" for message, count in report.failures[:8])]
    return "\n".join(lines)
