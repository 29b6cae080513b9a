"""Between the client's positions and the language's: columns in code units there, in code points here.

The unit is negotiated: UTF-16 in VS Code, UTF-8 or UTF-32 where a client offers them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lsprotocol import types as lsp
from step.diagnostic import Span

UTF8, UTF16, UTF32 = (
    lsp.PositionEncodingKind.Utf8.value,
    lsp.PositionEncodingKind.Utf16.value,
    lsp.PositionEncodingKind.Utf32.value,
)


def units(text: str, encoding: str) -> int:
    """How many code units a text has."""
    if encoding == UTF32 or text.isascii():
        return len(text)
    if encoding == UTF8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(one > "\uffff" for one in text)


def code_points(text: str, count: int, encoding: str) -> int:
    """How many code points the first ``count`` code units of a line are; a half character counts as none of it."""
    if count <= 0:
        return 0
    if encoding == UTF32 or text.isascii():
        return min(count, len(text))
    used = 0
    for index, character in enumerate(text):
        used += units(character, encoding)
        if used > count:
            return index
    return len(text)


@dataclass(frozen=True, slots=True)
class Positions:
    """Converts the positions of one text. ``lines`` are its lines without their ends."""

    lines: Sequence[str]
    encoding: str

    def line(self, number: int) -> str:
        """A line; empty beyond the text."""
        return self.lines[number] if 0 <= number < len(self.lines) else ""

    def position(self, line: int, column: int) -> lsp.Position:
        """The client's position of a line and a column in code points."""
        text = self.line(line)
        return lsp.Position(max(line, 0), column if text.isascii() else units(text[:column], self.encoding))

    def range(self, span: Span) -> lsp.Range:
        """The client's range of a span."""
        return lsp.Range(self.position(span.line, span.column), self.position(span.end_line, span.end_column))

    def point(self, position: lsp.Position) -> tuple[int, int]:
        """The line and the column, in code points, of a client's position; kept inside the text."""
        if position.line >= len(self.lines):
            last = len(self.lines) - 1
            return last, len(self.lines[last])
        return position.line, code_points(self.lines[position.line], position.character, self.encoding)

    def span(self, given: lsp.Range) -> Span:
        """The span of a client's range."""
        return Span(*self.point(given.start), *self.point(given.end))

    @property
    def whole(self) -> Span:
        """The span of the whole text."""
        last = len(self.lines) - 1
        return Span(0, 0, last, len(self.lines[last]))
