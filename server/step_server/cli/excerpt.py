"""The lines of a file that a diagnostic speaks of, each once, with marks and words under what is meant."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from step.diagnostic import Span

from step_server.cli.paint import Paint

MOST_LINES = 6
"""Lines of one place that are shown."""
GAP = 1
"""Lines between two places that are shown rather than left out."""


@dataclass(frozen=True, slots=True)
class Label:
    """A place, what is said of it, and how it is marked."""

    span: Span
    text: str
    mark: str
    style: str


def excerpt(labels: Sequence[Label], lines: Sequence[str], width: int, paint: Paint) -> list[str]:
    """The lines of all places in the order of the file. ``width`` is that of the line numbers."""
    bar, margin = paint("|", "dim"), " " * width
    marked: dict[int, list[Label]] = {}
    cut: set[int] = set()
    for label in labels:
        last = min(label.span.end_line, label.span.line + MOST_LINES - 1, len(lines) - 1)
        for number in range(label.span.line, last + 1):
            marked.setdefault(number, []).append(label)
        if last < label.span.end_line:
            cut.add(last)
    shown = set(marked)
    ordered = sorted(marked)
    for first, second in itertools.pairwise(ordered):
        if 1 < second - first <= GAP + 1:
            shown.update(range(first + 1, second))
    text = [f"{margin} {bar}"]
    before: int | None = None
    is_mixed = any(line[:1] == " " for line in lines)
    for number in sorted(shown):
        if before is not None and number > before + 1:
            text.append(paint("…", "dim"))
        line = lines[number].rstrip()
        line_shown = indented(line) if is_mixed else line.expandtabs(4)
        text.append(f"{paint(str(number + 1).rjust(width), 'dim')} {bar} {line_shown}".rstrip())
        for label in sorted(marked.get(number, ()), key=lambda one: (-one.span.column, one.mark != "^")):
            text.append(f"{margin} {bar} {_mark(label, number, line, paint)}")
        if number in cut:
            text.append(f"{margin} {bar} {paint('…', 'dim')}")
        before = number
    return text


def _mark(label: Label, number: int, line: str, paint: Paint) -> str:
    """The marks under one line of a place; its words stand at the last."""
    span = label.span
    start = span.column if number == span.line else len(line) - len(line.lstrip())
    end = span.end_column if number == span.end_line else len(line)
    before = columns(line[:start].expandtabs(4))
    size = max(columns(line[:end].expandtabs(4)) - before, 1)
    words = f" {label.text}" if label.text and number == min(span.end_line, span.line + MOST_LINES - 1) else ""
    return f"{' ' * before}{paint(label.mark * size + words, label.style)}"


def indented(line: str) -> str:
    """A line without tabs, as wide as they were; those of its indentation show, as they do not mix with spaces."""
    start = ""
    for one in line[: len(line) - len(line.lstrip(" \t"))]:
        start += one if one == " " else "→".ljust(4 - len(start) % 4)
    return f"{start}{line.expandtabs(4)[len(start) :]}"


def columns(text: str) -> int:
    """How wide a text is in a terminal: wide characters take two columns, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )
