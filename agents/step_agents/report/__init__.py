"""Reports on campaigns: what was solved, what it cost, how the curve went. JSON, and one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path

from step_agents.replacing import replace_file
from step_agents.report.collect import collect
from step_agents.report.compare import Comparison, compare
from step_agents.report.compare_page import render_comparison
from step_agents.report.lines import RunReport
from step_agents.report.page import render_html

__all__ = ["Comparison", "RunReport", "collect", "compare", "render_comparison", "render_html", "write_html"]


def write_html(report: RunReport | Comparison, path: str) -> None:
    """Writes the page.

    Raises:
        OSError: it cannot be written.
    """
    page = render_comparison(report) if isinstance(report, Comparison) else render_html(report)
    replace_file(Path(path), page)
