"""A text in pieces, made anew only where an edit touched it: the lines before and after keep their pieces.

A piece is a top-level block with its statements. Where a block starts depends on the lines before it only through how
many brackets and quotes are open, so that splitting can begin again at any start, and can stop where it meets an old
one.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from step.source.parsing import MAX_TEXT, parse_tolerantly, refused
from step.source.split import Block, Tolerance, strict_starts, trimmed
from step.source.syntax import Parsed

Piece = tuple[Block, Parsed]
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class _Group:
    """The pieces of one block of text as Python splits it: one, or several where it does not parse."""

    start: int
    pieces: tuple[Piece, ...]


_start = attrgetter("start")


class Pieces:
    """The pieces of the versions of one text."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._groups: list[_Group] = []

    def split(self, lines: list[str]) -> list[Piece]:
        """The pieces of a text, given as its lines. What does not parse is split again under looser rules, so that a
        mistake stays in its block."""
        if sum(map(len, lines)) > MAX_TEXT:
            self._lines, self._groups = [], []
            return [refused(f"{MAX_TEXT:,} characters")]
        self._groups = self._split(lines)
        self._lines = lines
        return list(itertools.chain.from_iterable(group.pieces for group in self._groups))

    def _split(self, lines: list[str]) -> list[_Group]:
        old = self._groups
        before, after = unchanged(self._lines, lines)
        keep = max(bisect_left(old, before, key=_start) - 1, 0)
        moved = len(lines) - len(self._lines)
        first_after = len(lines) - after
        begin = old[keep].start if keep < len(old) and old[keep].start < before else 0
        if begin == 0:
            keep = 0
        fresh: list[int] = []
        rest: list[_Group] = []
        for start in strict_starts(lines, begin):
            known_as = bisect_left(old, start - moved, key=_start) if start >= first_after else len(old)
            if known_as < len(old) and old[known_as].start == start - moved:
                rest = [_moved(group, moved) for group in old[known_as:]] if moved else old[known_as:]
                break
            fresh.append(start)
        end = rest[0].start if rest else len(lines)
        known = {block.text: parsed for group in old[keep : len(old) - len(rest)] for block, parsed in group.pieces}
        middle = []
        for start, stop in itertools.pairwise([*fresh, end]):
            found: list[Piece] = []
            parse_tolerantly(trimmed(lines, start, stop), Tolerance.STRICT, known, found)
            middle.append(_Group(start, tuple(found)))
        return [*old[:keep], *middle, *rest]


def _moved(group: _Group, lines: int) -> _Group:
    pieces = tuple((Block(block.line + lines, block.text), parsed) for block, parsed in group.pieces)
    return _Group(group.start + lines, pieces)


def unchanged(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many lines two texts have in common at their beginnings, and how many others at their ends."""
    limit = min(len(old), len(new))
    before = 0
    while before < limit and old[before : before + _CHUNK] == new[before : before + _CHUNK]:
        before = min(before + _CHUNK, limit)
    while before < limit and old[before] == new[before]:
        before += 1
    after, limit = 0, limit - before
    while after + _CHUNK <= limit and _ends(old, after) == _ends(new, after):
        after += _CHUNK
    while after < limit and old[-1 - after] == new[-1 - after]:
        after += 1
    return before, after


def _ends(lines: Sequence[str], after: int) -> Sequence[str]:
    return lines[len(lines) - after - _CHUNK : len(lines) - after]
