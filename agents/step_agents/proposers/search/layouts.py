"""Layouts: how a value lies in a stream, and the fewest primitives from one layout to another.

A layout is two rows of items, innermost first: what is in the buffer, and what the stream streams over. An item is a
run of axes (two after a Flatten, none for a 1). Axes are numbers: 0, 1, … are the value's own dimensions, negative ones
stand for dimensions it is repeated along. The moves are Bufferize, Streamify, Promote, Flatten, Reshape and Repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Item = tuple[int, ...]
Items = tuple[Item, ...]

MoveKind = Literal["Bufferize", "Streamify", "Promote", "Flatten", "Reshape", "Repeat"]

MAX_MOVES = 8
MAX_STATES = 60_000


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout: the buffer's items and the stream's, innermost first."""

    buffer: Items
    stream: Items

    @property
    def axes(self) -> Item:
        """All axes, innermost first."""
        return tuple(axis for item in (*self.buffer, *self.stream) for axis in item)


@dataclass(frozen=True, slots=True)
class Move:
    """One primitive: ``number`` is Bufferize's a, Promote's b, the index that Reshape splits, or Flatten's first index;
    ``last`` is Flatten's last index; ``axes`` is what Repeat inserts, or the block that Reshape splits off."""

    kind: MoveKind
    number: int = 0
    last: int = 0
    axes: Item = ()


Path = tuple[tuple[Move, Layout], ...]


def ones_in(items: Iterable[Item]) -> int:
    """How many items are a 1."""
    return sum(not item for item in items)


def moves(layout: Layout, order: Item, items: frozenset[Item], ones: int) -> Iterator[tuple[Move, Layout]]:
    """What one primitive makes of a layout, on the way to axes in ``order`` (innermost first).

    Args:
        items: the items that are wanted at the end; only those are ever joined.
        ones: at most so many ones.
    """
    buffer, stream = layout.buffer, layout.stream
    if buffer:
        yield Move("Streamify"), Layout((), buffer + stream)
    for count in range(1, len(stream)):
        yield Move("Bufferize", count), Layout(buffer + stream[:count], stream[count:])
    yield from _repeats(layout, order)
    for first in range(len(stream) - 1):
        joined: Item = stream[first]
        for last in range(first + 1, len(stream)):
            joined = joined + stream[last]
            real = sum(bool(item) for item in stream[first : last + 1])
            if real <= 1 or joined in items:
                flat = (*stream[:first], joined, *stream[last + 1 :])
                yield Move("Flatten", first + 1, last), Layout(buffer, flat)
    for index, item in enumerate(stream):
        for cut in range(1, len(item)):
            parts = (item[:cut], item[cut:])
            yield Move("Reshape", index, 0, parts[0]), Layout(buffer, (*stream[:index], *parts, *stream[index + 1 :]))
    if ones_in((*buffer, *stream)) < ones:
        for place in range(len(stream) + 1):
            yield Move("Promote", place), Layout(buffer, (*stream[:place], (), *stream[place:]))


def _repeats(layout: Layout, order: Item) -> Iterator[tuple[Move, Layout]]:
    """Repeat puts new axes between the buffer and the stream: only there where they belong at the end."""
    inside = {axis for item in layout.buffer for axis in item}
    outside = {axis for item in layout.stream for axis in item}
    present = inside | outside
    for first, axis in enumerate(order):
        if axis in present:
            continue
        if any(one in outside for one in order[:first]):
            return
        for last in range(first + 1, len(order) + 1):
            if order[last - 1] in present:
                break
            if any(one in inside for one in order[last:]):
                continue
            run = order[first:last]
            yield Move("Repeat", axes=run), Layout(layout.buffer, (run, *layout.stream))


Sources = tuple[Layout, ...]


@lru_cache(maxsize=100_000)
def route(sources: Sources, goal: Layout) -> tuple[Layout, Path] | None:
    """The fewest moves from one of the sources to a layout: the source and the moves; None if there is no way. Of ways
    as short the one with the fewest Repeats along several dimensions at once that a Reshape has to take apart."""
    ones = max(ones_in((*goal.buffer, *goal.stream)), *(ones_in((*one.buffer, *one.stream)) for one in sources)) + 1
    found = _search(sources, goal.axes, frozenset((*goal.buffer, *goal.stream)), ones, lambda one: one == goal, 0)
    return found[0] if found else None


@lru_cache(maxsize=100_000)
def layouts_with_buffer(
    sources: Sources, order: Item, buffer: Items, wanted: frozenset[Item], spare: int
) -> tuple[Layout, ...]:
    """The layouts with a given buffer that the fewest moves lead to (``spare`` more are allowed), whatever the
    stream's items."""
    ones = max(ones_in(buffer), *(ones_in((*one.buffer, *one.stream)) for one in sources)) + 1
    size = len(order)

    def reached(layout: Layout) -> bool:
        return layout.buffer == buffer and len(layout.axes) == size

    found = _search(sources, order, wanted, ones, reached, spare)
    return tuple(path[-1][1] if path else source for source, path in found)


def _search(
    sources: Sources, order: Item, items: frozenset[Item], ones: int, reached: Callable[[Layout], bool], spare: int
) -> list[tuple[Layout, Path]]:
    came: dict[Layout, tuple[Layout, Move] | None] = dict.fromkeys(sources)
    level = dict.fromkeys(sources, 0)  # with how many unusual moves led there, at least
    found: list[Layout] = []
    rest = MAX_MOVES
    while level and rest >= 0:
        hits = [layout for layout in level if reached(layout)]
        if hits and not found:
            rest = min(rest, spare)
        found += hits
        rest -= 1
        if rest < 0 or len(came) > MAX_STATES:
            break
        following: dict[Layout, int] = {}
        for layout, odd in level.items():
            for move, result in moves(layout, order, items, ones):
                unusual = odd + (len(move.axes) > 1 and move.axes not in items)
                if result not in came or unusual < following.get(result, 0):
                    came[result] = (layout, move)
                    following[result] = unusual
        level = following
    return [_path(came, layout) for layout in found]


def _path(came: dict[Layout, tuple[Layout, Move] | None], layout: Layout) -> tuple[Layout, Path]:
    path: list[tuple[Move, Layout]] = []
    while True:
        before = came[layout]
        if before is None:
            return layout, tuple(reversed(path))
        path.append((before[1], layout))
        layout = before[0]
