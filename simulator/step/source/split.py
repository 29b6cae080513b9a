"""Splitting a text into blocks, tolerant of half-typed code.

A block is a run of lines that Python would read as one statement: at the top level of a file, or at the indentation
of a body. Splitting needs no parser, so a mistake in one block cannot blank the others, and an edit changes the text
of one block only: everything that is computed from a block's text can be remembered by it.

Text that parses is split as Python has it. What does not parse is split again under looser rules, one after the
other: first a line that clearly begins a statement ends open brackets, then it ends an open triple quote too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<triple>'{3}|"{3})|(?P<string>'(?:\\.|[^'\\])*'?|"(?:\\.|[^"\\])*"?)|(?P<comment>\#.*)|(?P<bracket>[()\[\]{}])"""
)
_INTERESTING = re.compile(r"""['"#()\[\]{}\\]""")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_CONTINUES = re.compile(r"(else|elif|except|finally)\b")
_BEGINS_TOP = re.compile(r"(@|def\b|class\b|async\b|import\b|from\b|if\b|for\b|[^\W\d]\w*(\s*,\s*\w+)*\s*=[^=])")
_BEGINS_BODY = re.compile(r"(return\b|[^\W\d]\w*(\s*,\s*\w+)*\s*=[^=])")
_BEGINS_SURELY = re.compile(
    r"(@[^\W\d]|(async\s+)?def\s+\w+\s*\(|class\s+\w+\s*[(:]|import\s+\w|from\s+[\w.]+\s+import\b)"
)
_MAX_RESCANS = 8


class Tolerance(IntEnum):
    """What a line that clearly begins a statement ends: nothing, open brackets, open triple quotes too."""

    STRICT = 0
    BRACKETS = 1
    QUOTES = 2


@dataclass(frozen=True, slots=True)
class Block:
    """One statement's lines. ``line`` is where it starts; trailing blank lines and comments are not in it."""

    line: int
    text: str


class _Line(NamedTuple):
    """What a line does to the state, if it starts outside of any string: how many brackets are open after it, how
    few at its lowest point, the triple quote that it leaves open, and whether the next line continues it."""

    net: int
    lowest: int
    quote: str
    joined: bool


def split_lines(text: str) -> list[str]:
    """The lines of a text, as editors count them: ``\\n``, ``\\r\\n`` and ``\\r`` end one."""
    return _NEWLINE.split(text) if "\r" in text else text.split("\n")


def split_blocks(
    lines: list[str], indent: str = "", first_line: int = 0, tolerance: Tolerance = Tolerance.BRACKETS
) -> list[Block]:
    """The blocks that start at an indentation. A triple quote that nothing closes is closed at the end of its line
    (unless the tolerance is strict: then it reaches to the end)."""
    splitter = _Splitter(lines, indent, tolerance)
    starts = splitter.starts()
    return [trimmed(lines, start, after, first_line) for start, after in itertools.pairwise([*starts, len(lines)])]


def trimmed(lines: list[str], start: int, after: int, first_line: int = 0) -> Block:
    """The block between two starts, without the blank lines and comments at its end."""
    end = after
    while end > start + 1 and not lines[end - 1].split("#", 1)[0].strip():
        end -= 1
    return Block(first_line + start, "\n".join(lines[start:end]))


def strict_starts(lines: list[str], first: int = 0) -> Iterator[int]:
    """The lines at which top-level blocks start, as Python has it, from the line ``first`` on: 0, or where a block is
    known to start."""
    depth, quote, joined, decorated, any_start = 0, "", False, False, False
    for number in range(first, len(lines)):
        line = lines[number]
        if quote:
            end = _find_close(line, quote, 0) if quote in line else -1
            if end < 0:
                continue
            net, lowest, quote, joined = _line(line[end + 3 :])
        else:
            body = line.lstrip("\f") if line[:1] == "\f" else line
            if body and not joined and depth == 0 and body[0] not in " \t#)]}\f\v":
                if not (any_start and (decorated or _CONTINUES.match(body))):
                    yield number
                    any_start = True
                decorated = body[0] == "@"
            net, lowest, quote, joined = _line(line)
        if net or lowest:
            depth = max(depth + net, net - lowest)


class _Splitter:
    def __init__(self, lines: list[str], indent: str, tolerance: Tolerance) -> None:
        self.lines, self.indent, self.tolerance = lines, indent, tolerance
        self.begins = _BEGINS_BODY if indent else _BEGINS_TOP
        self.unclosed: set[int] = set()

    def starts(self) -> list[int]:
        for _ in range(_MAX_RESCANS):
            starts, unclosed = self.scan()
            if unclosed is None or self.tolerance is Tolerance.STRICT:
                return starts
            self.unclosed.add(unclosed)
        return starts

    def scan(self) -> tuple[list[int], int | None]:
        """The lines at which blocks start, and the line of a triple quote that is closed too late or never."""
        starts: list[int] = []
        depth, quote, opened, joined, decorated = 0, "", 0, False, False
        indent, width, unclosed = self.indent, len(self.indent), self.unclosed
        recovers = self.tolerance >= Tolerance.BRACKETS
        checks_quotes = self.tolerance >= Tolerance.QUOTES
        for number, line in enumerate(self.lines):
            if quote:
                if checks_quotes and number > opened and _BEGINS_SURELY.match(line):
                    return starts, opened
                if quote not in line:
                    continue
                end = _find_close(line, quote, 0)
                if end < 0:
                    continue
                net, lowest, quote, joined = _line(line[end + 3 :])
                opened = number
            else:
                body = (line[width:] if line.startswith(indent) else "") if width else line
                if body and body[0] == "\f":
                    body = body.lstrip("\f")
                if body and body[0] not in " \t#)]}\f\v" and (not joined):
                    if depth > 0 and recovers and self.begins.match(body) and not self._is_argument(body):
                        depth = 0
                    if depth == 0:
                        if not (starts and (decorated or _CONTINUES.match(body))):
                            starts.append(number)
                        decorated = body[0] == "@"
                elif width and not starts and line.strip() and not line.lstrip().startswith("#"):
                    starts.append(number)
                net, lowest, quote, joined = _line(line)
                opened = number
            if quote and unclosed and number in unclosed:
                quote = ""
            if net or lowest:
                depth = max(depth + net, net - lowest)
        return starts, (opened if quote else None)

    def _is_argument(self, body: str) -> bool:
        """Whether ``name=value`` at the indentation is an argument of an open call, not a new statement."""
        line = body.rstrip()
        return line.endswith(",") or (re.match(r"\w+=[^=]", body) is not None and not re.search(r"\)\s*$", line))


@lru_cache(maxsize=1 << 15)
def _line(line: str) -> _Line:
    if _INTERESTING.search(line) is None:
        return _Line(0, 0, "", False)
    net = lowest = position = 0
    commented = False
    while (match := _TOKEN.search(line, position)) is not None:
        position = match.end()
        commented = match["comment"] is not None
        if match["triple"]:
            end = _find_close(line, match["triple"], position)
            if end < 0:
                return _Line(net, lowest, match["triple"], False)
            position = end + 3
        elif match["bracket"]:
            net += 1 if match["bracket"] in "([{" else -1
            lowest = min(lowest, net)
    return _Line(net, lowest, "", line.endswith("\\") and not commented)


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
