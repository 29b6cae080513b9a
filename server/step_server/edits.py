"""Applying a client's changes to a text.

Lines end as the protocol says (``\\n``, ``\\r\\n``, ``\\r``) and nowhere else: Python's ``splitlines`` also splits
at form feeds and at Unicode separators, after which every later edit would land in a wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lsprotocol import types as lsp
from step.source.split import split_lines

from step_server.positions import code_points

_NEWLINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Replacement:
    """A part of a text and what stands there instead; offsets in code points."""

    start: int
    end: int
    text: str


def apply_changes(text: str, changes: Sequence[lsp.TextDocumentContentChangeEvent], encoding: str) -> str:
    """The text after the changes, one after the other; a position beyond the text means its end."""
    for change in changes:
        if isinstance(change, lsp.TextDocumentContentChangePartial):
            where = change.range
            start = offset_of(text, where.start, encoding)
            end = start if where.end == where.start else offset_of(text, where.end, encoding)
            start, end = min(start, end), max(start, end)
            text = text[:start] + change.text + text[end:]
        else:
            text = change.text
    return text


def offset_of(text: str, position: lsp.Position, encoding: str) -> int:
    """Where a client's position is in a text, in code points from its start."""
    start = line_start(text, position.line)
    if start is None:
        return len(text)
    match = _NEWLINE.search(text, start)
    end = match.start() if match else len(text)
    return start + code_points(text[start:end], position.character, encoding)


def line_start(text: str, line: int) -> int | None:
    """Where a line starts, or None where the text has fewer lines."""
    if line <= 0:
        return 0
    if "\r" not in text:
        before = text.split("\n", line)
        return len(text) - len(before[line]) if len(before) > line else None
    for number, match in enumerate(_NEWLINE.finditer(text), 1):
        if number == line:
            return match.end()
    return None


def replace_all(text: str, replacements: Sequence[Replacement]) -> str:
    """The text with parts replaced, none of which overlap."""
    for one in sorted(replacements, key=lambda it: it.start, reverse=True):
        text = text[: one.start] + one.text + text[one.end :]
    return text


def newline_of(text: str) -> str:
    """How the text ends its lines: as its first line does."""
    match = _NEWLINE.search(text)
    return match[0] if match else "\n"


__all__ = ["Replacement", "apply_changes", "line_start", "newline_of", "offset_of", "replace_all", "split_lines"]
