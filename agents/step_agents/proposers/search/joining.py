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


class Parts:
    """What each value of a bank is made of, itself included, inputs apart: one row of values each, the rest -1."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._known: list[tuple[int, ...]] = []
        self._table = np.full((0, 1), -1, np.int32)
        self._numbers = np.zeros(0, np.int32)
        self._rows = np.zeros(0, np.int32)

    def on(self, shelf: Shelf, values: Rows) -> tuple[NDArray[np.intp], Rows]:
        """The parts of some values that are on a shelf: places among the values, and rows of the shelf."""
        if len(self._known) < len(self._bank):
            self._extend()
        parts = self._table[values]
        first, place = np.nonzero((parts >= 0) & (self._numbers[parts] == shelf.number))
        return first, self._rows[parts[first, place]]

    def _extend(self) -> None:
        known, done = self._known, len(self._known)
        for ways in self._bank.ways[done:]:
            way = ways[0]
            parts = {part for one in way.values for part in known[one]} if way.recipe is not None else set()
            known.append(tuple(sorted(parts | {len(known)})) if way.recipe is not None else ())
        width = max(self._table.shape[1], *(len(parts) for parts in known[done:]))
        table = np.full((len(known), width), -1, np.int32)
        table[:done, : self._table.shape[1]] = self._table
        for value in range(done, len(known)):
            table[value, : len(known[value])] = known[value]
        self._table = table
        placed = np.array(self._bank.place, np.int32).reshape(-1, 2)
        self._numbers, self._rows = placed[:, 0], placed[:, 1]


def sifted(
    bank: Bank, budget: Budget, most: int, cost: Cost, mine: NDArray[np.intp], shelf: Shelf, theirs: Rows
) -> Pairs:
    """The pairs of programs of these costs and values of a shelf that, by the sketch of their steps, may together cost
    up to ``most``."""
    if not len(mine) or not len(theirs):
        return
    words, others = cost.words[mine], shelf.words[theirs]
    chunk = max(1, PAIRS // len(theirs))
    for start in range(0, len(mine), chunk):
        for left in range(0, len(theirs), PAIRS):
            least = bank.sketch.bound(words[start : start + chunk], others[left : left + PAIRS])
            budget.joined += least.size
            first, second = np.nonzero(least <= most)
            yield mine[first + start], theirs[second + left]


class Joiner:
    """Joins values of a bank under a limit: ``slack`` is what a program may cost beyond one use of each function that
    it uses, ``cap`` how often it may use one."""

    def __init__(self, bank: Bank, slack: int, cap: int, budget: Budget) -> None:
        self._bank, self._slack, self._cap, self._budget = bank, slack, cap, budget
        self._totals: dict[int, NDArray[np.int32]] = {}
        self._parts = Parts(bank)
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
            kept = np.flatnonzero(self._within(count_uses(union.lanes), most))
            if len(kept):
                joined = np.concatenate([rows[first[kept]], second[kept, None]], axis=1)
                yield from self._extend(shelves, most, joined, union.at(kept))
            self._budget.check(self._bank.bytes)
            yield None

    def _within(self, uses: NDArray[np.uint8], most: int) -> NDArray[np.bool_]:
        """Which of some programs are within the limit and cost up to ``most``, from the uses of each region."""
        total = uses[:, -1].astype(np.int16)
        used = np.zeros(len(uses), np.int16)
        fine = np.ones(len(uses), np.bool_)
        for region in range(uses.shape[1] - 1):  # column by column: rows are too short to be summed fast
            own = uses[:, region]
            total += own
            used += own > 0
            fine &= own <= self._cap
        within: NDArray[np.bool_] = fine & (total <= most) & (total - used <= self._slack)
        return within

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
        return sifted(self._bank, self._budget, most, cost, mine, shelf, theirs)

    def _with_their_parts(self, shelves: Sequence[Shelf], rows: Rows, tight: NDArray[np.intp]) -> Pairs:
        """What costs all there is, with its own parts and with inputs."""
        shelf, before = shelves[-1], shelves[:-1]
        chunk = PAIRS // 8
        for start in range(0, len(tight), chunk):
            mine = tight[start : start + chunk]
            found = [self._parts.on(shelf, one.ids[rows[mine, place]]) for place, one in enumerate(before)]
            for row in self._inputs_of(shelf):
                found.append((np.arange(len(mine)), np.full(len(mine), row, np.int32)))
            pairs = np.concatenate([np.stack([mine[first], second], axis=1) for first, second in found])
            if len(before) > 1:  # one may be part of several
                pairs = np.stack(np.divmod(np.unique(pairs[:, 0] * shelf.count + pairs[:, 1]), shelf.count), axis=1)
            yield self._looked_up(pairs)

    def _as_parts(self, shelves: Sequence[Shelf], rows: Rows, loose: NDArray[np.intp], dear: Rows) -> Pairs:
        """What is part of a value of the next shelf that costs all there is."""
        shelf, before = shelves[-1], shelves[:-1]
        if len(before) > 1:
            yield from self._all_as_parts(shelf, before, rows, loose, dear)
            return
        places = np.full(before[0].count, -1, np.intp)
        places[rows[loose, 0]] = loose
        for start in range(0, len(dear), PAIRS // 8):
            theirs = dear[start : start + PAIRS // 8]
            second, first = self._parts.on(before[0], shelf.ids[theirs])
            found = [(places[first], theirs[second])]
            for row in self._inputs_of(before[0]):
                found.append((np.full(len(theirs), places[row]), theirs))
            pairs = np.concatenate([np.stack(one, axis=1) for one in found])
            yield self._looked_up(pairs[pairs[:, 0] >= 0])

    def _all_as_parts(
        self, shelf: Shelf, before: Sequence[Shelf], rows: Rows, loose: NDArray[np.intp], dear: Rows
    ) -> Pairs:
        """The same, of what is joined of several values."""
        places = {tuple(row): place for place, row in zip(loose.tolist(), rows[loose].tolist(), strict=True)}
        for start in range(0, len(dear), PAIRS // 8):
            theirs = dear[start : start + PAIRS // 8]
            found: list[tuple[int, int]] = []
            options: list[list[list[int]]] = []
            for one in before:
                mine = [sorted(self._inputs_of(one)) for _ in theirs]
                values, parts = self._parts.on(one, shelf.ids[theirs])
                for place, row in zip(values.tolist(), parts.tolist(), strict=True):
                    mine[place].append(row)
                options.append(mine)
            for row, *combinable in zip(theirs.tolist(), *options, strict=True):
                for combined in product(*combinable):
                    known = places.get(combined)
                    if known is not None:
                        found.append((known, row))
            yield self._looked_up(np.array(found, np.intp).reshape(-1, 2))

    def _looked_up(self, pairs: NDArray[np.intp]) -> tuple[NDArray[np.intp], Rows]:
        self._budget.joined += len(pairs)
        return pairs[:, 0], pairs[:, 1].astype(np.int32)

    def _inputs_of(self, shelf: Shelf) -> set[int]:
        """The rows of inputs, which cost nothing: the bank begins with them."""
        known = self._inputs.get(shelf.number)
        if known is None:
            known = self._inputs[shelf.number] = set(np.flatnonzero(self._total(shelf) == 0).tolist())
        return known

    def _total(self, shelf: Shelf) -> NDArray[np.int32]:
        """What each value of a shelf costs in all."""
        known = self._totals.get(shelf.number)
        done = 0 if known is None else len(known)
        if known is None or done < shelf.count:
            more = count_uses(shelf.lanes[done : shelf.count]).sum(axis=1, dtype=np.int32)
            known = self._totals[shelf.number] = more if known is None else np.concatenate([known, more])
        return known
