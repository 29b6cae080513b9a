"""Diagnostics as people read them in a terminal: the message, the place, the lines, a caret under what is meant."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from step.diagnostic import NOWHERE, Diagnostic

from step_server.cli.excerpt import Label, excerpt
from step_server.cli.paint import Paint

__all__ = ["Paint", "diagnostic", "note", "shown"]


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
    labels = [Label(span, "", "^", found.severity)] if span != NOWHERE and span.line < len(lines) else []
    labels += [Label(one.span, one.message, "-", "information") for one in found.related if one.span.line < len(lines)]
    if labels:
        text += excerpt(labels, lines, width, paint)
    for one in found.related:
        if one.span.line >= len(lines):
            text.append(f"{' ' * width} {paint('note:', 'bold')} {one.message}")
    return "\n".join(text)


def shown(path: Path) -> str:
    """A path as a person would type it: relative to the working directory, where it is inside."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def note(text: str) -> None:
    """A line for people, apart from the output."""
    print(text, file=sys.stderr, flush=True)
