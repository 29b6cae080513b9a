"""Reports on campaigns: what was solved, what it cost, how the curve went. JSON, and one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path

from step_agents.report.collect import RunReport, collect
from step_agents.report.page import render_html

__all__ = ["RunReport", "collect", "render_html", "write_html"]


def write_html(report: RunReport, path: str) -> None:
    """Writes the page.

    Raises:
        OSError: it cannot be written.
    """
    Path(path).write_text(render_html(report), encoding="utf-8")
