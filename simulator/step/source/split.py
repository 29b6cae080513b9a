"""Splitting a text into blocks, tolerant of half-typed code.

A block is a run of lines that Python would read as one statement: at the top level of a file, or at the indentation
of a body. Splitting needs no parser, so a mistake in one block cannot blank the others, and an edit changes the text
of one block only: everything that is computed from a block's text can be remembered by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<triple>'{3}|"{3})|(?P<string>'(?:\\.|[^'\\])*'?|"(?:\\.|[^"\\])*"?)|(?P<comment>\#.*)|(?P<bracket>[()\[\]{}])"""
)
_INTERESTING = re.compile(r"""['"#()\[\]{}\\]""")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_CONTINUES = re.compile(r"(else|elif|except|finally)\b")
_BEGINS_TOP = re.compile(r"(@|def\b|class\b|async\b|import\b|from\b|if\b|for\b|[^\W\d]\w*(\s*,\s*\w+)*\s*=[^=])")
_BEGINS_BODY = re.compile(r"(return\b|[^\W\d]\w*(\s*,\s*\w+)*\s*=[^=])")


@dataclass(frozen=True, slots=True)
class Block:
    """One statement's lines. ``line`` is where it starts; trailing blank lines and comments are not in it."""

    line: int
    text: str


def split_lines(text: str) -> list[str]:
    """The lines of a text, as editors count them: ``\\n``, ``\\r\\n`` and ``\\r`` end one."""
    return _NEWLINE.split(text) if "\r" in text else text.split("\n")


def split_blocks(lines: list[str], indent: str = "", first_line: int = 0) -> list[Block]:
    """The blocks that start at an indentation.

    An unclosed bracket ends where a line clearly begins a new statement; a triple quote that is never closed counts
    as closed at the end of its line.
    """
    return _Splitter(lines, indent).split(first_line)


class _Splitter:
    def __init__(self, lines: list[str], indent: str) -> None:
        self.lines, self.indent = lines, indent
        self.begins = _BEGINS_BODY if indent else _BEGINS_TOP
        self.unclosed: set[int] = set()

    def split(self, first_line: int) -> list[Block]:
        starts = self.starts()
        blocks = []
        for start, after in zip(starts, [*starts[1:], len(self.lines)], strict=True):
            end = after
            while end > start + 1 and not self.lines[end - 1].strip().split("#", 1)[0]:
                end -= 1
            blocks.append(Block(first_line + start, "\n".join(self.lines[start:end])))
        return blocks

    def starts(self) -> list[int]:
        while True:
            starts, unclosed = self.scan()
            if unclosed is None:
                return starts
            self.unclosed.add(unclosed)

    def scan(self) -> tuple[list[int], int | None]:
        """The lines at which blocks start, and the line of a triple quote that nothing closes."""
        starts: list[int] = []
        depth, quote, opened, joined, decorated = 0, "", 0, False, False
        width, indent = len(self.indent), self.indent
        for number, line in enumerate(self.lines):
            if not quote:
                body = line[width:] if line.startswith(indent) else ""
                at_indent = bool(body) and not body[0].isspace() and body[0] not in "#)]}"
                shallower = not line.startswith(indent) and line.strip() and not line.lstrip().startswith("#")
                if at_indent and (depth > 0 or joined):
                    if self.begins.match(body) and not joined and not self._is_argument(number, body):
                        depth = 0
                    else:
                        at_indent = False
                if at_indent and depth <= 0 and not joined:
                    continues = bool(starts) and (decorated or _CONTINUES.match(body) is not None)
                    if not continues:
                        starts.append(number)
                    decorated = body[0] == "@"
                elif shallower and not starts:
                    starts.append(number)
            joined = False
            if not quote and not _INTERESTING.search(line):
                continue
            position = 0
            while True:
                if quote:
                    end = _find_close(line, quote, position)
                    if end < 0:
                        break
                    position, quote = end + 3, ""
                match = _TOKEN.search(line, position)
                if match is None:
                    break
                position = match.end()
                if match["triple"]:
                    if number in self.unclosed:
                        break
                    quote, opened = match["triple"], number
                elif match["bracket"]:
                    depth = depth + 1 if match["bracket"] in "([{" else max(depth - 1, 0)
            if not quote:
                joined = line.endswith("\\")
        return starts, (opened if quote else None)

    def _is_argument(self, number: int, body: str) -> bool:
        """Whether ``name=value`` at the indentation is an argument of an open call, not a new statement."""
        line = body.rstrip()
        return line.endswith(",") or (re.match(r"\w+=[^=]", body) is not None and not re.search(r"\)\s*$", line))


def _find_close(line: str, quote: str, position: int) -> int:
    while True:
        end = line.find(quote, position)
        if end < 0:
            return -1
        backslashes = 0
        while end - backslashes - 1 >= 0 and line[end - backslashes - 1] == "\\":
            backslashes += 1
        if backslashes % 2 == 0:
            return end
        position = end + 1
