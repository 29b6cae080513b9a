"""What a hover tells, one kind of thing a module: each has ``hover(place, server) -> Hovered | None``."""

from __future__ import annotations

from dataclasses import dataclass

from step.diagnostic import Span


@dataclass(frozen=True, slots=True)
class Hovered:
    """A hover's Markdown, and the range it speaks of, in the file's lines. ``extra``: it is told besides others."""

    text: str
    span: Span
    extra: bool = False
