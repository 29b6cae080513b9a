"""Diagnostics as people read them in a terminal: the message, the place, the lines, a caret under what is meant."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from step.diagnostic import NOWHERE, Diagnostic, Related, Span

_COLOURS = {"error": "31", "warning": "33", "information": "36", "hint": "36", "good": "32", "dim": "2", "bold": "1"}
MOST_LINES = 6


class Paint:
    """Colours, where a terminal shows them and nobody said NO_COLOR."""

    def __init__(self, stream: TextIO) -> None:
        forced = os.environ.get("FORCE_COLOR")
        wanted = bool(forced) or (
            stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )
        self.on = wanted

    def __call__(self, text: str, *styles: str) -> str:
        """The text in styles."""
        if not self.on or not text:
            return text
        return f"\x1b[{';'.join(_COLOURS[one] for one in styles)}m{text}\x1b[0m"


def diagnostic(found: Diagnostic, path: Path, lines: Sequence[str], paint: Paint) -> str:
    """One diagnostic with the lines it speaks of."""
    kind = "info" if found.severity in ("information", "hint") else found.severity
    head = (
        f"{paint(f'{kind}[{found.code}]', found.severity, 'bold')}{paint(':', 'bold')} {paint(found.message, 'bold')}"
    )
    span = found.span
    where = f"{shown(path)}:{span.line + 1}:{span.column + 1}" if span != NOWHERE else shown(path)
    width = len(str(max([span.end_line, *(one.span.end_line for one in found.related)]) + 1))
    text = [head, f"{' ' * width}{paint('-->', 'dim')} {where}"]
    if span != NOWHERE and span.line < len(lines):
        text += excerpt(span, lines, width, "^", found.severity, paint)
    for one in found.related:
        text += _related(one, lines, width, paint)
    return "\n".join(text)


def _related(one: Related, lines: Sequence[str], width: int, paint: Paint) -> list[str]:
    text = [f"{' ' * width} {paint('note:', 'bold')} {one.message}"]
    if one.span.line < len(lines):
        text += excerpt(one.span, lines, width, "-", "information", paint)
    return text


def excerpt(span: Span, lines: Sequence[str], width: int, mark: str, style: str, paint: Paint) -> list[str]:
    """The lines of a span with marks under it; of a long one its beginning."""
    bar = paint("|", "dim")
    text = [f"{' ' * width} {bar}"]
    last = min(span.end_line, span.line + MOST_LINES - 1, len(lines) - 1)
    for number in range(span.line, last + 1):
        line = lines[number].rstrip()
        text.append(f"{paint(str(number + 1).rjust(width), 'dim')} {bar} {line.expandtabs(4)}".rstrip())
        start = span.column if number == span.line else len(line) - len(line.lstrip())
        end = span.end_column if number == span.end_line else len(line)
        before = columns(line[:start].expandtabs(4))
        size = max(columns(line[:end].expandtabs(4)) - before, 1)
        text.append(f"{' ' * width} {bar} {' ' * before}{paint(mark * size, style)}")
    if last < span.end_line:
        text.append(f"{' ' * width} {bar} {paint('…', 'dim')}")
    return text


def columns(text: str) -> int:
    """How wide a text is in a terminal: wide characters take two columns, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


def shown(path: Path) -> str:
    """A path as a person would type it: relative to the working directory, where it is inside."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def note(text: str) -> None:
    """A line for people, apart from the output."""
    print(text, file=sys.stderr, flush=True)
