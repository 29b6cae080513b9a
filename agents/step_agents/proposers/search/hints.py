"""Hints: which values does the reference compute too?

A value is recognised among the arrays that a trace of the reference wrote down, whatever the order of their axes and
whatever is only broadcast in them. A value that is recognised up to a factor and a summand (a sum where the reference
has the mean, a mean before its epsilon), or of which the reference has the root or the like, counts too, a few
times for each.
"""

from __future__ import annotations

import math
from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step_agents.proposers.search.evaluate import Array
from step_agents.proposers.search.values import Shelf, keys_of, project

Owners = NDArray[np.int64]
Rows = tuple[Array, Owners]

SAME = 1e-7
MAX_SIMILAR = 3
MAX_SAME = 2
"""So many different values may be the same array of the reference up to rounding: ``a / (a / x + 1e-9)`` is nearly
``x``, and leads on to ever more of its kind."""
MAX_PARTLY = 6
MIN_WIDTH_SIMILAR = 5
MAX_ORDERS = 24


class Hint:
    """An array of the reference: without what it only repeats, and how many axes it had with that."""

    def __init__(self, array: Array) -> None:
        self.core, self.ndim = core(array), np.squeeze(array).ndim


@dataclass(slots=True)
class Met:
    """What the values of a bank were, so far: ``reached``, the numbers of the hints that some value is exactly: what
    leads there is no longer looked for, so nothing is nearly one of those. ``nearly``: whether some value is nearly
    another; as long as none is, hints that are met exactly or nearly recognise what exact ones do."""

    reached: set[int] = field(default_factory=set)
    nearly: bool = False


class Hints:
    """Arrays that the reference computes, to recognise values by.

    Args:
        arrays: recognised nearly, too, unless ``exact``.
        targets: recognised only exactly.
        given: the inputs: what is nearly one of these is nothing to recognise a step by.
        twice: sizes that some array of the reference has twice.
        repeated: sizes of what functions give as a whole (a row of which all numbers may be the same): along those a
            hint may lack an axis that a value has.
    """

    def __init__(
        self,
        arrays: tuple[Array, ...] = (),
        targets: tuple[Array, ...] = (),
        given: tuple[Array, ...] = (),
        twice: frozenset[int] = frozenset(),
        repeated: frozenset[int] = frozenset(),
        exact: bool = False,
    ) -> None:
        self._arrays = tuple(Hint(array) for array in arrays)
        self._targets = tuple(Hint(array) for array in targets)
        self._given = tuple(Hint(array) for array in given)
        self.twice, self._repeated, self._exact = twice, repeated, exact
        self._tables: dict[int, list[_Table]] = {}
        self._fitting: dict[tuple[int, ...], bool] = {}
        self._partly: dict[int, int] = {}
        self._met = Met()

    def __len__(self) -> int:
        return len(self._arrays)

    @property
    def reached(self) -> frozenset[int]:
        """Which of the arrays, by their place, some value was exactly."""
        return frozenset(self._met.reached)

    @property
    def nearly(self) -> bool:
        """Whether some value was nearly one of the arrays; so long it is one whether the hints are exact."""
        return self._met.nearly

    def fresh(self, exact: bool = False) -> Hints:
        """The same hints for another bank."""
        hints = copy(self)
        hints._exact, hints._tables, hints._partly, hints._met = exact, {}, {}, Met()
        return hints

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether an array of a shape (outermost first) may be recognised, by the sizes alone."""
        sizes = tuple(sorted(size for size in shape if size != 1))
        known = self._fitting.get(sizes)
        if known is None:
            hints = (*self._arrays, *self._targets)
            known = self._fitting[sizes] = any(_may_fit(hint, sizes, self._repeated) for hint in hints)
        return known

    def _tables_of(self, shelf: Shelf) -> list[_Table]:
        tables = self._tables.get(shelf.number)
        if tables is None:
            tables = self._tables[shelf.number] = [
                _Table(
                    _stacked((*self._arrays, *self._targets), shape, self._repeated),
                    _stacked(self._arrays, shape),
                    _stacked(self._given, shape),
                    shelf.probes(number),
                    self._exact,
                    self._met,
                )
                for number, shape in enumerate(shelf.shapes)
            ]
        return tables

    def recognise(self, shelf: Shelf, flat: Array, projected: Array) -> NDArray[np.bool_]:
        """Which of stacked values of a shelf the reference computes, exactly or nearly. Of a tuple some field has to
        be recognised; if not all are, only a few times."""
        tables = self._tables_of(shelf)
        if len(tables) == 1:
            return tables[0].recognise(flat, projected)
        count = np.zeros(len(flat), int)
        start = 0
        for number, table in enumerate(tables):
            part = flat[:, start : start + table.width]
            start += table.width
            count += table.recognise(part, project(part, shelf.probes(number)))
        known: NDArray[np.bool_] = count == len(tables)
        for index in np.flatnonzero((count > 0) & ~known).tolist():
            times = self._partly.get(shelf.number, 0)
            if times < MAX_PARTLY:
                self._partly[shelf.number] = times + 1
                known[index] = True
        return known


class _Table:
    """The projections of all hints that fit one array of the values of a shelf.

    Args:
        hints: one a row, and which hint each row is; ``near``: those that may be nearly met; ``given``: the inputs.
        exact: what is nearly met is not recognised, only noted.
        met: shared by all tables, and added to.
    """

    def __init__(self, hints: Rows, near: Rows, given: Rows, probes: Array, exact: bool, met: Met) -> None:
        self.width = probes.shape[1]
        self._probe_sum, self._is_exact, self._met = float(probes[0].sum()), exact, met
        flat, owners = hints
        projected = project(flat, probes)
        order = np.argsort(projected[:, 0])
        self._exact, self._owners = projected[order], owners[order]
        self._similar, self._similar_owners = np.zeros(0), np.zeros(0, np.int64)
        if self.width >= MIN_WIDTH_SIMILAR and len(near[0]) and not (exact and met.nearly):
            similar, owners = self._forms(*near, probes)
            known = np.sort(self._forms(*given, probes)[0])
            fine = ~_near(known, similar)[0]
            order = np.argsort(similar[fine])
            self._similar, self._similar_owners = similar[fine][order], owners[fine][order]
        self._times = np.zeros(len(self._similar), int)
        self._same: dict[int, set[int]] = {}

    def _forms(self, flat: Array, owners: Owners, probes: Array) -> tuple[Array, Owners]:
        """What tells rows, and what they are the root or the like of, up to a factor and a summand; and whose it is."""
        with np.errstate(all="ignore"):
            forms = np.concatenate([flat, *(inverse(flat) for inverse in _INVERSES)])
        fine = np.isfinite(forms).all(axis=1)
        normal = self._normal(forms[fine], project(forms[fine], probes))
        known = np.isfinite(normal)
        return normal[known], np.tile(owners, 1 + len(_INVERSES))[fine][known]

    def recognise(self, flat: Array, projected: Array) -> NDArray[np.bool_]:
        """Which rows are among the hints."""
        near, places = _near(self._exact[:, 0], projected[:, 0])
        if len(self._exact):
            squashed = self._exact[places, 1]
            near &= np.abs(projected[:, 1] - squashed) <= SAME * (np.abs(squashed) + 1e-30)
            self._limit(near, places, projected)
        known: NDArray[np.bool_] = near
        self._reach(projected[near, 0])
        if len(self._similar) and not (self._is_exact and self._met.nearly):
            normal = self._normal(flat, projected)
            near, places = _near(self._similar, normal)
            for index in np.flatnonzero(near & ~known).tolist():
                place = int(places[index])
                if self._times[place] < MAX_SIMILAR and int(self._similar_owners[place]) not in self._met.reached:
                    self._met.nearly = True
                    if self._is_exact:
                        break
                    self._times[place] += 1
                    known[index] = True
        return known

    def _limit(self, near: NDArray[np.bool_], places: NDArray[np.int64], projected: Array) -> None:
        """Takes out what is the same as others that were met before, but for rounding."""
        met = np.flatnonzero(near)
        for index, key in zip(met.tolist(), keys_of(projected[met]), strict=True):
            same = self._same.setdefault(int(places[index]), set())
            if len(same) < MAX_SAME:
                same.add(key)
            near[index] = key in same

    def _reach(self, found: Array) -> None:
        """Notes which hints some values are: all that have the same numbers."""
        slack = 2 * SAME * (np.abs(found) + 1e-30)
        first = np.searchsorted(self._exact[:, 0], found - slack)
        last = np.searchsorted(self._exact[:, 0], found + slack)
        for low, high in zip(first.tolist(), last.tolist(), strict=True):
            self._met.reached.update(self._owners[low:high].tolist())

    def _normal(self, flat: Array, projected: Array) -> Array:
        """A number for each row that no factor and no summand changes; NaN for constant rows."""
        with np.errstate(all="ignore"):
            mean = flat.mean(axis=1)
            spread = flat.std(axis=1)
            spread = np.where(spread > 1e-9 * np.abs(mean), spread, np.nan)
            normal: Array = np.abs((projected[:, 0] - mean * self._probe_sum) / spread)
        return normal


_INVERSES = (np.square, np.sqrt, np.reciprocal, np.exp, np.log)
"""A value whose root, square, reciprocal, logarithm or exponential the reference computes is near, too."""


def _near(table: Array, values: Array) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which values are in a sorted table, up to rounding, and where."""
    if not len(table):
        return np.zeros(len(values), bool), np.zeros(len(values), np.int64)
    after = np.clip(np.searchsorted(table, values), 0, len(table) - 1)
    before = np.clip(after - 1, 0, len(table) - 1)
    with np.errstate(all="ignore"):
        nearer = np.where(np.abs(table[before] - values) < np.abs(table[after] - values), before, after)
        near = np.abs(table[nearer] - values) <= SAME * (np.abs(values) + 1e-30)
    return near, nearer


def core(array: Array) -> Array:
    """An array without axes of 1 and without axes along which it is only broadcast."""
    array = np.squeeze(array)
    for axis in reversed(range(array.ndim)):
        first = np.take(array, [0], axis=axis)
        if bool((array == first).all()) and array.ndim > 0:
            array = np.take(first, 0, axis=axis)
    return array


def _stacked(hints: tuple[Hint, ...], shape: tuple[int, ...], repeated: frozenset[int] = frozenset()) -> Rows:
    """Arrays in the order of another shape's axes, one a row, and which array each row is; only those that fit."""
    small = tuple(size for size in shape if size != 1)
    rows = [(row, number) for number, hint in enumerate(hints) for row in _arranged(hint, small, repeated)]
    if not rows:
        return np.zeros((0, math.prod(shape))), np.zeros(0, np.int64)
    return np.stack([row for row, _ in rows]), np.array([number for _, number in rows], np.int64)


def _may_fit(hint: Hint, shape: tuple[int, ...], repeated: frozenset[int]) -> bool:
    """Whether :func:`_arranged` may find a way, by the sizes alone."""
    if hint.core.ndim == 0:
        return not shape
    if hint.core.size == math.prod(shape):
        return True
    lacking = Counter(shape)
    lacking.subtract(hint.core.shape)
    if any(count < 0 for count in lacking.values()):
        return False
    return len(shape) in (hint.core.ndim, hint.ndim) or repeated.issuperset(lacking.elements())


def _arranged(hint: Hint, shape: tuple[int, ...], repeated: frozenset[int]) -> list[Any]:
    """The array's numbers in the order of another shape's axes, in every way that fits; repeated along those along
    which the reference's array only repeats itself, or that have one of the sizes ``repeated``."""
    array = hint.core
    if len(shape) not in (array.ndim, hint.ndim) and array.size != math.prod(shape):
        lacking = list(shape)
        for size in array.shape:
            if size not in lacking:
                return []
            lacking.remove(size)
        if not repeated.issuperset(lacking):
            return []
    if (array.ndim == 0 and shape) or not np.isfinite(array).any():
        return []
    found: list[Any] = []
    count = math.prod(shape)
    for axes in permutations(range(len(shape)), array.ndim):
        if array.shape == tuple(shape[axis] for axis in axes):
            order = np.argsort(axes)
            spread = np.transpose(array, order)
            sizes = tuple(size if axis in axes else 1 for axis, size in enumerate(shape))
            found.append(np.broadcast_to(spread.reshape(sizes), shape).reshape(-1))
            if len(found) >= MAX_ORDERS:
                break
    if not found and array.size == count:
        found.append(array.reshape(-1))
    return [np.where(np.isfinite(one), one, -1.2345e30) for one in found]
