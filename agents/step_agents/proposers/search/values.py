"""The bank: every value the search has made, once.

Values of one kind are a shelf: their arrays stacked, so that a step reads thousands of them by one index. Two values of
a kind that have the same numbers are the same value (observational equivalence): the cheaper way to make it is
kept first, the others as alternatives.

What a value costs is a set of steps, not a number, because programs share work: each step has random bits in the
*lane* of its role's region, a value's lanes are the union over its steps, and counting bits gives the uses of each
role. Two independent choices of bits make collisions rare; they only ever make a cost too small, and what is returned
is counted exactly. Lane ``regions`` (the last) holds what steps cost beyond one use.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from step.simulate.dtypes import numpy_dtype

from step_agents.proposers.search.cover import Recipe
from step_agents.proposers.search.evaluate import Array, Arrays, shape_of
from step_agents.proposers.search.kinds import Kind

Lanes = NDArray[np.uint32]
Words = NDArray[np.uint64]
Rows = NDArray[np.int32]

TINY = 1e-11
HUGE = 1e100
_INFINITE = 1.2345e30
_BITS = 30
MAX_ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class Way:
    """How a value is made: an input (``recipe`` None) or a recipe applied to values. ``work`` is what that touches
    (:mod:`.work`), with what its values do; shared parts count each time."""

    recipe: Recipe | None
    values: tuple[int, ...]
    work: float = 0.0


@dataclass(frozen=True, eq=False, slots=True)
class Cost:
    """What stacked values cost: their lanes, what of those counts against the limit, and that as a sketch."""

    lanes: Lanes
    charges: Lanes
    words: Words

    def at(self, rows: Any) -> Cost:
        """The costs of some of them."""
        lanes = self.lanes[rows]
        return Cost(lanes, lanes if self.charges is self.lanes else self.charges[rows], self.words[rows])

    def join(self, other: Cost) -> Cost:
        """What two values cost together."""
        lanes = self.lanes | other.lanes
        same = self.charges is self.lanes
        return Cost(lanes, lanes if same else self.charges | other.charges, self.words | other.words)


class Shelf:
    """All values of one kind, in the order in which they were made."""

    def __init__(
        self, number: int, kind: Kind, sizes: Mapping[str, int], lanes: int, words: int, seed: int, guided: bool
    ) -> None:
        self.number, self.kind, self.guided = number, kind, guided
        self.shapes = shape_of(kind, sizes)
        self.width = sum(math.prod(shape) for shape in self.shapes)
        self.count = 0
        self.data: list[Array] = [
            np.empty((0, *shape), numpy_dtype(leaf.dtype, "f64"))
            for shape, leaf in zip(self.shapes, kind.element.leaves, strict=True)
        ]
        self.lanes: Lanes = np.zeros((0, 2, lanes), np.uint32)
        self._charges: Lanes = np.zeros((0, 2, lanes), np.uint32)
        self.words: Words = np.zeros((0, words), np.uint64)
        self.ids: Rows = np.zeros(0, np.int32)
        self._seed = seed
        self._probes: dict[int, Array] = {}
        self.rows: dict[int, int] = {}

    def flat(self, arrays: Arrays) -> Array:
        """The numbers of stacked values, one row a value."""
        count = len(arrays[0])
        parts = [np.asarray(array, np.float64).reshape(count, -1) for array in arrays]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def probes(self, number: int) -> Array:
        """The random vectors that one array of each value is projected on; -1 for all its arrays together."""
        known = self._probes.get(number)
        if known is None:
            width = self.width if number < 0 else math.prod(self.shapes[number])
            generator = np.random.default_rng([self._seed, 0xB1D, width])
            known = self._probes[number] = generator.standard_normal((2, width))
        return known

    def project(self, flat: Array) -> Array:
        """Two random projections of each row: what values are recognised by."""
        return project(flat, self.probes(-1))

    def reserve(self, more: int) -> None:
        """Makes room for more values."""
        need = self.count + more
        room = len(self.ids)
        if need <= room:
            return
        room = max(need, 2 * room, 16)
        for place, array in enumerate(self.data):
            grown = np.empty((room, *array.shape[1:]), array.dtype)
            grown[: self.count] = array[: self.count]
            self.data[place] = grown
        lanes = np.zeros((room, *self.lanes.shape[1:]), np.uint32)
        lanes[: self.count] = self.lanes[: self.count]
        self.lanes = lanes
        if self.guided:
            charges = np.zeros((room, *self.lanes.shape[1:]), np.uint32)
            charges[: self.count] = self._charges[: self.count]
            self._charges = charges
        words = np.zeros((room, self.words.shape[1]), np.uint64)
        words[: self.count] = self.words[: self.count]
        self.words = words
        ids = np.zeros(room, np.int32)
        ids[: self.count] = self.ids[: self.count]
        self.ids = ids

    def cost(self, rows: Any) -> Cost:
        """What some values cost."""
        lanes = self.lanes[rows]
        return Cost(lanes, self._charges[rows] if self.guided else lanes, self.words[rows])

    def take(self, rows: Rows) -> Arrays:
        """The arrays of some values, stacked."""
        return tuple(array[rows] for array in self.data)

    @property
    def charges(self) -> Lanes:
        """What counts against the limit: a guided search leaves out the steps to what the reference computes too."""
        return self._charges if self.guided else self.lanes

    @property
    def bytes(self) -> int:
        """Memory of the shelf's arrays."""
        lanes = self.lanes.nbytes + self._charges.nbytes
        return sum(array.nbytes for array in self.data) + lanes + self.words.nbytes + self.ids.nbytes


class Sketch:
    """The steps of a value in a word or two: a bound that millions of pairs are filtered by before lanes are looked at.

    Each region has some bits for its steps. Collisions make the bound too small.
    """

    def __init__(self, regions: int) -> None:
        self.words = -(-(regions + 1) // 9)
        per = -(-(regions + 1) // self.words)
        self._bits = min(16, 64 // per)
        self._place = [(region % self.words, region // self.words * self._bits) for region in range(regions + 1)]

    def add(self, words: Words, region: int, random: np.random.Generator) -> None:
        """Adds a step of a region to values' words, in place."""
        word, first = self._place[region]
        shift = random.integers(first, first + self._bits, len(words), dtype=np.uint64)
        words[:, word] |= np.uint64(1) << shift

    def bound(self, left: Words, right: Words) -> NDArray[np.int8]:
        """A lower bound of what each pair's union costs: shape (left, right)."""
        total: NDArray[np.int8] | None = None
        for word in range(self.words):
            union = left[:, None, word] | right[None, :, word]
            count = np.bitwise_count(union).view(np.int8)
            total = count if total is None else total + count
        assert total is not None
        return total


class Bank:
    """All shelves, and how every value is made."""

    def __init__(self, sizes: Mapping[str, int], regions: int, seed: int, guided: bool) -> None:
        self.sizes, self.regions, self.seed, self.guided = sizes, regions, seed, guided
        self.sketch = Sketch(regions)
        self.shelves: list[Shelf] = []
        self._shelved = 0
        self._by_kind: dict[Kind, Shelf] = {}
        self.ways: list[list[Way]] = []
        self.place: list[tuple[int, int]] = []
        self.level: list[int] = []
        self._works = np.zeros(0)

    def __len__(self) -> int:
        return len(self.ways)

    @property
    def bytes(self) -> int:
        """Memory of the bank, roughly: arrays, and for each value its ways, its parts and its place."""
        return self._shelved + 600 * len(self.ways)

    def shelf(self, kind: Kind) -> Shelf:
        """The shelf of a kind."""
        known = self._by_kind.get(kind)
        if known is None:
            lanes, words = self.regions + 1, self.sketch.words
            known = Shelf(len(self.shelves), kind, self.sizes, lanes, words, self.seed, self.guided)
            self._by_kind[kind] = known
            self.shelves.append(known)
        return known

    def find(self, kind: Kind) -> Shelf | None:
        """The shelf of a kind, if there is one."""
        return self._by_kind.get(kind)

    def add(
        self, shelf: Shelf, arrays: Arrays, chosen: Rows, keys: list[int], cost: Cost, free: Any, level: int, works: Any
    ) -> int:
        """Appends the values at some places of stacked arrays, their costs at the same places; returns the first row.
        ``free`` (one for each chosen) ones count nothing against the limit, ``works`` is what each chosen one touches.
        Their ways are still to be appended."""
        before = shelf.bytes
        shelf.reserve(len(chosen))
        self._shelved += shelf.bytes - before
        first, last = shelf.count, shelf.count + len(chosen)
        for data, array in zip(shelf.data, arrays, strict=True):
            data[first:last] = array[chosen]
        shelf.lanes[first:last] = cost.lanes[chosen]
        words = cost.words[chosen]
        if free is not None:
            words[free] = 0
            charges = cost.charges[chosen]
            charges[free] = 0
            shelf.charges[first:last] = charges
        elif self.guided:
            shelf.charges[first:last] = cost.charges[chosen]
        shelf.words[first:last] = words
        shelf.ids[first:last] = np.arange(len(self.ways), len(self.ways) + len(chosen))
        self._remember(works)
        shelf.rows.update(zip(keys, range(first, last), strict=True))
        shelf.count = last
        self.place.extend((shelf.number, row) for row in range(first, last))
        self.level.extend([level] * len(chosen))
        return first

    def _remember(self, works: Any) -> None:
        first, last = len(self.ways), len(self.ways) + len(works)
        if last > len(self._works):
            self._works = np.concatenate([self._works[:first], np.zeros(max(last, 1024))])
        self._works[first:last] = works

    def keep(self, value: int, way: Way) -> None:
        """Remembers another way to make a value, in place of the one with the most work if there are enough."""
        ways = self.ways[value]
        if len(ways) <= MAX_ALTERNATIVES:
            ways.append(way)
        else:
            heaviest = max(range(1, len(ways)), key=lambda place: ways[place].work)
            if way.work < ways[heaviest].work:
                ways[heaviest] = way
        self._works[value] = min(self._works[value], way.work)

    def works(self, values: Rows) -> NDArray[np.float64]:
        """The least work known for each of some values, together along the last axis: (n, k) gives (n,)."""
        together: NDArray[np.float64] = self._works[values].sum(axis=-1)
        return together

    def enough(self, value: int, work: float) -> bool:
        """Whether a way of this work to make a value is not worth remembering."""
        ways = self.ways[value]
        return len(ways) > MAX_ALTERNATIVES and work >= max(way.work for way in ways[1:])

    def kind_of(self, value: int) -> Kind:
        """The kind of a value."""
        return self.shelves[self.place[value][0]].kind

    def arrays_of(self, value: int) -> Arrays:
        """The arrays of a value."""
        number, row = self.place[value]
        return tuple(array[row] for array in self.shelves[number].data)

    def lanes_of(self, value: int) -> Lanes:
        """The lanes of a value."""
        number, row = self.place[value]
        lanes: Lanes = self.shelves[number].lanes[row]
        return lanes


def project(flat: Array, probes: Array) -> Array:
    """Two random projections of each row: one of the numbers, one of the numbers squashed, so that a few large ones do
    not hide the others."""
    projected = np.empty((len(flat), 2))
    # einsum, not BLAS: the same numbers on every machine, and no threads that wait for each other.
    projected[:, 0] = np.einsum("ij,j->i", flat, probes[0])
    squashed = np.abs(flat)
    squashed += 1.0
    with np.errstate(all="ignore"):  # rows that are not usable hold infinities
        np.divide(flat, squashed, out=squashed)
    projected[:, 1] = np.einsum("ij,j->i", squashed, probes[1])
    return projected


def usable(flat: Array) -> tuple[NDArray[np.bool_], Array]:
    """Which rows are numbers worth having, and the rows with infinities made comparable: no NaN, no +inf, nothing huge,
    not all zero or rounding noise."""
    with np.errstate(all="ignore"):
        top = np.abs(flat).max(axis=1)
    fine = (top > TINY) & (top < HUGE)
    odd = np.isinf(top)
    if odd.any():
        rows = flat[odd]
        low = np.isneginf(rows)
        only = ~(np.isposinf(rows) | np.isnan(rows)).any(axis=1) & ~low.all(axis=1)
        fine[odd] = only & (np.abs(np.where(low, 1.0, rows)).max(axis=1) < HUGE)
        flat = flat.copy() if not flat.flags.writeable else flat
        flat[odd] = np.where(low, -_INFINITE, rows)
    return fine, flat


def keys_of(projected: Array) -> list[int]:
    """One number for every row of projections; rows that differ by rounding have the same one."""
    mantissa, exponent = np.frexp(np.nan_to_num(projected))
    rounded = np.rint(mantissa * (1 << _BITS)).astype(np.int64) + (exponent.astype(np.int64) << 34)
    mixed = rounded[:, 0] * np.int64(0x9E3779B97F4A7C1) ^ (rounded[:, 1] + np.int64(0x5851F42D))
    keys: list[int] = mixed.tolist()
    return keys


def count_uses(lanes: Any) -> Any:
    """The uses of each region, from lanes (…, 2, regions + 1): bits are counted in both choices, the larger holds."""
    counts = np.bitwise_count(lanes)
    return np.maximum(counts[..., 0, :], counts[..., 1, :])
