"""β: experience in strata by difficulty, the hardest first."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar

_T = TypeVar("_T")


def stratify(items: Sequence[_T], count: int, key: Callable[[_T], float]) -> list[list[_T]]:
    """Items in at most ``count`` bins by ascending success rate (hard-earned first).

    The bins are as even as they can be, but equal rates stay in one bin: a border that would fall between equals moves
    to their nearer end (to the later one where both are as near). No bin is empty.

    Raises:
        ValueError: fewer than one bin.
    """
    if count < 1:
        raise ValueError(f"granularity must be at least 1; got {count}")
    ordered = sorted(items, key=key)
    total = len(ordered)
    borders: list[int] = []
    for number in range(1, count):
        border = round(number * total / count)
        if 0 < border < total and key(ordered[border - 1]) == key(ordered[border]):
            border = _nearer_end(ordered, border, key)
        borders.append(border)
    edges = sorted({0, total, *borders})
    return [ordered[start:end] for start, end in itertools.pairwise(edges) if start < end]


def _nearer_end(ordered: Sequence[_T], border: int, key: Callable[[_T], float]) -> int:
    same = key(ordered[border])
    start = border
    while start > 0 and key(ordered[start - 1]) == same:
        start -= 1
    end = border
    while end < len(ordered) and key(ordered[end]) == same:
        end += 1
    return start if border - start < end - border else end
