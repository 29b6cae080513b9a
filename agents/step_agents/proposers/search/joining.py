"""Joining: the combinations of values, one of each shelf, whose programs together cost at most so much.

Most values of a bank are among the most expensive, and most combinations of them cost too much. A value that costs all
there is to spend can only be combined with what is part of it, and with inputs: those are looked up. Only among cheaper
values every pair is looked at, first by a sketch of its steps, then exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.values import Bank, Cost, Rows, Shelf, count_uses

PAIRS = 1 << 17
"""Combinations whose cost is counted at once."""
FEW = 256
"""Values that are combined with all others without a look at what is part of what."""

Pairs = Iterator[tuple[NDArray[np.intp], Rows]]
"""Places among what is joined so far, and rows of the next shelf."""


class Joiner:
    """Joins values of a bank under a limit: ``slack`` is what a program may cost beyond one use of each function that
    it uses, ``cap`` how often it may use one."""

    def __init__(self, bank: Bank, slack: int, cap: int, budget: Budget) -> None:
        self._bank, self._slack, self._cap, self._budget = bank, slack, cap, budget
        self._totals: dict[int, NDArray[np.int32]] = {}
        self._parts: dict[int, tuple[int, ...]] = {}
        self._inputs: dict[int, set[int]] = {}

    def join(self, shelves: Sequence[Shelf], most: int) -> Iterator[tuple[Rows, Cost] | None]:
        """The combinations whose steps together cost up to ``most``: rows of the shelves (n, shelves), and costs. None
        now and then.

        Raises:
            OutOfBudget: time or memory is used up.
        """
        first = np.flatnonzero(self._total(shelves[0]) <= most).astype(np.int32)
        if len(first):
            yield from self._extend(shelves, most, first[:, None], shelves[0].cost(first))

    def _extend(
        self, shelves: Sequence[Shelf], most: int, rows: Rows, cost: Cost
    ) -> Iterator[tuple[Rows, Cost] | None]:
        place = rows.shape[1]
        if place == len(shelves):
            yield rows, cost
            return
        shelf = shelves[place]
        for first, second in self._pairs(shelves[: place + 1], most, rows, cost):
            self._budget.counted += len(first)
            union = cost.at(first).join(shelf.cost(second))
            uses = count_uses(union.lanes)
            own = uses[:, :-1]
            total = own.sum(axis=1, dtype=np.int32) + uses[:, -1]
            fine = (total <= most) & (total - (own > 0).sum(axis=1) <= self._slack) & (own <= self._cap).all(axis=1)
            kept = np.flatnonzero(fine)
            if len(kept):
                joined = np.concatenate([rows[first[kept]], second[kept, None]], axis=1)
                yield from self._extend(shelves, most, joined, union.at(kept))
            self._budget.check(self._bank.bytes)
            yield None

    def _pairs(self, shelves: Sequence[Shelf], most: int, rows: Rows, cost: Cost) -> Pairs:
        """What may go together, every pair once."""
        shelf = shelves[-1]
        totals = self._total(shelf)
        cheap = np.flatnonzero(totals < most).astype(np.int32)
        dear = np.flatnonzero(totals == most).astype(np.int32)
        spent = count_uses(cost.lanes).sum(axis=1, dtype=np.int32)
        loose, tight = np.flatnonzero(spent < most), np.flatnonzero(spent >= most)
        yield from self._filtered(shelf, most, cost, loose, cheap)
        if len(cheap) + len(dear) <= FEW:
            yield from self._filtered(shelf, most, cost, tight, np.concatenate([cheap, dear]))
        else:
            yield from self._with_their_parts(shelves, rows, tight)
        if len(loose) <= FEW:
            yield from self._filtered(shelf, most, cost, loose, dear)
        else:
            yield from self._as_parts(shelves, rows, loose, dear)

    def _filtered(self, shelf: Shelf, most: int, cost: Cost, mine: NDArray[np.intp], theirs: Rows) -> Pairs:
        """The pairs that the sketch lets through."""
        if not len(mine) or not len(theirs):
            return
        mine_words, their_words = cost.words[mine], shelf.words[theirs]
        chunk = max(1, PAIRS // len(theirs))
        for start in range(0, len(mine), chunk):
            for left in range(0, len(theirs), PAIRS):
                least = self._bank.sketch.bound(mine_words[start : start + chunk], their_words[left : left + PAIRS])
                self._budget.joined += least.size
                first, second = np.nonzero(least <= most)
                yield mine[first + start], theirs[second + left]

    def _with_their_parts(self, shelves: Sequence[Shelf], rows: Rows, tight: NDArray[np.intp]) -> Pairs:
        """What costs all there is, with its own parts and with inputs."""
        shelf, before = shelves[-1], shelves[:-1]
        found: list[tuple[int, int]] = []
        for place in tight.tolist():
            values = [int(one.ids[row]) for one, row in zip(before, rows[place].tolist(), strict=True)]
            parts = {part for value in values for part in self._parts_of(value)}
            found += [(place, row) for row in self._rows_of(shelf, parts)]
            if len(found) >= PAIRS:
                yield self._looked_up(found)
                found = []
        yield self._looked_up(found)

    def _as_parts(self, shelves: Sequence[Shelf], rows: Rows, loose: NDArray[np.intp], dear: Rows) -> Pairs:
        """What is part of a value of the next shelf that costs all there is."""
        shelf, before = shelves[-1], shelves[:-1]
        places = {tuple(row): place for place, row in zip(loose.tolist(), rows[loose].tolist(), strict=True)}
        found: list[tuple[int, int]] = []
        for row in dear.tolist():
            parts = set(self._parts_of(int(shelf.ids[row])))
            for combined in product(*(self._rows_of(one, parts) for one in before)):
                place = places.get(combined)
                if place is not None:
                    found.append((place, row))
            if len(found) >= PAIRS:
                yield self._looked_up(found)
                found = []
        yield self._looked_up(found)

    def _looked_up(self, found: list[tuple[int, int]]) -> tuple[NDArray[np.intp], Rows]:
        self._budget.joined += len(found)
        pairs = np.array(found, np.intp).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1].astype(np.int32)

    def _rows_of(self, shelf: Shelf, parts: set[int]) -> list[int]:
        """The rows of some values on a shelf, and of its inputs."""
        place = self._bank.place
        rows = {row for number, row in map(place.__getitem__, parts) if number == shelf.number}
        return sorted(rows | self._inputs_of(shelf))

    def _inputs_of(self, shelf: Shelf) -> set[int]:
        """The rows of inputs, which cost nothing: the bank begins with them."""
        known = self._inputs.get(shelf.number)
        if known is None:
            known = self._inputs[shelf.number] = set(np.flatnonzero(self._total(shelf) == 0).tolist())
        return known

    def _parts_of(self, value: int) -> tuple[int, ...]:
        """What a value is made of, itself included, inputs apart."""
        known = self._parts.get(value)
        if known is None:
            way = self._bank.ways[value][0]
            parts = {part for one in way.values for part in self._parts_of(one)} if way.recipe is not None else set()
            known = self._parts[value] = tuple(sorted(parts | {value})) if way.recipe is not None else ()
        return known

    def _total(self, shelf: Shelf) -> NDArray[np.int32]:
        """What each value of a shelf costs in all."""
        known = self._totals.get(shelf.number)
        done = 0 if known is None else len(known)
        if known is None or done < shelf.count:
            more = count_uses(shelf.lanes[done : shelf.count]).sum(axis=1, dtype=np.int32)
            known = self._totals[shelf.number] = more if known is None else np.concatenate([known, more])
        return known
