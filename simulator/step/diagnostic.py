"""Diagnostics: a stable code, where, why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "information", "hint"]


class Span(NamedTuple):
    """A range of text: lines and columns from 0, columns in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    def shift(self, lines: int) -> Span:
        """The same range, ``lines`` further down."""
        return Span(self.line + lines, self.column, self.end_line + lines, self.end_column)

    def contains(self, line: int, column: int) -> bool:
        """Whether a position is in the range; its end counts too, as a cursor after a word is on the word."""
        return (self.line, self.column) <= (line, column) <= (self.end_line, self.end_column)


NOWHERE = Span(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains a diagnostic: where a stream was made, or consumed first."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is wrong with a text, and where. ``needs`` and ``got`` are the two types, where there are two."""

    code: str
    message: str
    span: Span
    severity: Severity = "error"
    related: tuple[Related, ...] = ()
    needs: str | None = None
    got: str | None = None
    node: int | None = None

    def shift(self, lines: int) -> Diagnostic:
        """The same, ``lines`` further down."""
        if not lines:
            return self
        related = tuple(Related(one.span.shift(lines), one.message) for one in self.related)
        return replace(self, span=self.span.shift(lines), related=related)
