"""Covering: how values can be what a function takes.

A function's input is a tuple of fields; values cover it from left to right, a value of a tuple kind covers a run of
fields (so the order of Zips follows). A value that serves a buffer leaves the rest of its dimensions to the stream. The
stream's shape is a shortest common supersequence of what the values leave; where a value lacks one of its dimensions it
is repeated. Rules as in the prototype's findings: a Map for a function without init, Accum and Scan for each number
of folded dimensions for one with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise, product
from typing import Literal

from step.dims import Dim, Shape
from step.types import ElementType, STuple, fields_of

from step_agents.proposers.search.kinds import Kind, Splits
from step_agents.proposers.search.roles import Role

Mode = Literal["map", "accum", "scan", "merge"]

UNUSUAL_SHAPE = 2
"""Cost of a stream shape that no argument has by itself."""
UNUSUAL_ORDER = 2
"""Cost, beyond that, of two dimensions the other way round than all given types that tell have them."""
UNUSUAL_BUFFER = 2
"""Cost of a Repeat inside a buffer."""
INSERTED_DIM = 2
"""Cost of folding over a dimension that no argument has."""
LONG_FOLD, LONG_FOLD_STEPS = 2, 128
"""Cost of folding over several dimensions of together more elements than that: rarely meant, and slow to try."""
INSERTED_ONE = 4
"""Cost of folding over an inserted 1."""
SELF_PAIRING, SELF_PAIRING_ODD = 2, 4
"""Cost of pairing every element along a dimension with every element along the same dimension: where some given type
(or something that the reference computes) has a dimension twice, and otherwise."""

MAX_RANK = 7
MAX_TARGETS = 8


@dataclass(frozen=True, slots=True)
class Slot:
    """One way in which a kind covers fields ``first`` to ``first + length``: what it leaves to the stream, and which
    of the buffer's (canonical) dimensions it has itself."""

    first: int
    length: int
    rest: Shape
    buffer: tuple[bool, ...]
    extra: int


@dataclass(frozen=True, slots=True)
class Argument:
    """How a value is laid into a step: the run of fields it covers, and which dimensions of the step's stream shape
    and of the field's buffer it has itself (innermost first); it is repeated along the others."""

    first: int
    length: int
    stream: tuple[bool, ...]
    buffer: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to apply a role to values of given kinds.

    ``target`` is the canonical stream shape that the role is applied over, ``fold`` how many of its innermost
    dimensions are folded (0: one inserted dimension of 1), ``weight`` what a use costs.
    """

    role: Role
    mode: Mode
    fold: int
    target: Shape
    arguments: tuple[Argument, ...]
    kinds: tuple[Kind, ...]
    weight: int
    result: Kind

    @property
    def charge(self) -> int:
        """What a use counts as steps off the reference's path: an Accum over all dimensions that there are is one."""
        whole = self.mode == "accum" and self.fold == len(self.target) > 1
        return min(self.weight, max(1, self.weight - self.fold + 1)) if whole else self.weight

    def __str__(self) -> str:
        how = "" if self.mode == "map" else f" {self.mode}" + (f" {self.fold}" if self.mode != "merge" else "")
        return f"{self.role.name}{how}"


class Coverer:
    """Makes the recipes of roles for kinds of values.

    Args:
        stream_dims: dimensions that streams of the specification have; only those are ever inserted.
        repeats: dimensions that some given type has twice; of others, a value has one twice only if a step pairs
            elements along it with each other.
        max_elements: values of more numbers than this are not made.
        order: pairs of dimensions of which the first is usually inside the second (:func:`usual_order`).
    """

    def __init__(
        self,
        splits: Splits,
        stream_dims: tuple[Dim, ...],
        repeats: frozenset[Dim],
        sizes: Mapping[str, int],
        max_elements: int,
        order: frozenset[tuple[Dim, Dim]] = frozenset(),
    ) -> None:
        self._splits, self._stream_dims, self._repeats = splits, stream_dims, repeats
        self._sizes, self._max_elements, self._order = sizes, max_elements, order
        self._pairable = frozenset((*stream_dims, *repeats))
        self._slots: dict[tuple[Role, int, Kind], tuple[Slot, ...]] = {}
        self._joined = _neighbours(splits)
        self._recipes: dict[tuple[Role, tuple[Kind, ...]], tuple[int, tuple[Recipe, ...]]] = {}
        self._others: dict[frozenset[Dim], Coverer] = {}

    def repeating(self, twice: frozenset[int]) -> Coverer:
        """The same, where dimensions of these sizes are known to be paired with themselves."""
        found = {dim for dim in self._stream_dims if dim.evaluate(self._sizes) in twice}
        repeats = self._repeats | found
        if repeats == self._repeats:
            return self
        other = self._others.get(repeats)
        if other is None:
            other = Coverer(self._splits, self._stream_dims, repeats, self._sizes, self._max_elements, self._order)
            self._others[repeats] = other
        return other

    def slots(self, role: Role, first: int, kind: Kind) -> tuple[Slot, ...]:
        """The ways in which a value of a kind covers a role's fields from ``first`` on."""
        key = (role, first, kind)
        known = self._slots.get(key)
        if known is None:
            known = self._slots[key] = tuple(self._find_slots(role, first, kind))
        return known

    def result(self, role: Role, stream: Shape) -> Kind:
        """What a role gives over a stream of canonical dimensions."""
        return self._splits.result(role.function.result, stream)

    def takes(self, role: Role, first: int, element: ElementType) -> bool:
        """Whether values of an element may cover a role's fields from ``first`` on."""
        return element == role.fields[first].element or self._takes_run(role, first, element)

    def _takes_run(self, role: Role, first: int, element: ElementType) -> bool:
        if not isinstance(element, STuple):
            return False
        index = len(role.fields) - 1 if role.is_merge else -1
        run = fields_of(element)
        covered = tuple(one.type for one in role.fields[first : first + len(run)])
        return run == covered and not first <= index < first + len(run)

    def _find_slots(self, role: Role, first: int, kind: Kind) -> Iterator[Slot]:
        index = len(role.fields) - 1 if role.is_merge else -1
        if self._takes_run(role, first, kind.element):
            yield Slot(first, len(fields_of(kind.element)), kind.dims, (), 0)
        field = role.fields[first]
        if kind.element != field.element:
            return
        for mask in _prefixes(field.dims, kind.dims):
            rest = kind.dims[sum(mask) :]
            missing = tuple(dim for dim, has in zip(field.dims, mask, strict=True) if not has)
            if missing and (first == index or any(dim in rest for dim in missing)):
                continue
            yield Slot(first, 1, rest, mask, UNUSUAL_BUFFER if missing else 0)

    def recipes(self, role: Role, kinds: tuple[Kind, ...], limit: int) -> tuple[Recipe, ...]:
        """All ways to apply a role to values of these kinds, in this order, of a weight up to ``limit``."""
        key = (role, kinds)
        most, known = self._recipes.get(key, (0, ()))
        if most < limit:
            found: dict[Recipe, None] = {}
            for slots in self._sequences(role, kinds, 0, 0):
                for recipe in self._apply(role, kinds, slots, limit):
                    found.setdefault(recipe)
            most, known = self._recipes[key] = limit, tuple(found)
        return known if most == limit else tuple(recipe for recipe in known if recipe.weight <= limit)

    def _sequences(self, role: Role, kinds: tuple[Kind, ...], place: int, first: int) -> Iterator[tuple[Slot, ...]]:
        if place == len(kinds):
            if first == len(role.fields):
                yield ()
            return
        if first >= len(role.fields):
            return
        for slot in self.slots(role, first, kinds[place]):
            for others in self._sequences(role, kinds, place + 1, first + slot.length):
                yield (slot, *others)

    def _apply(self, role: Role, kinds: tuple[Kind, ...], slots: tuple[Slot, ...], limit: int) -> Iterator[Recipe]:
        weight = 1 + role.extra + sum(slot.extra for slot in slots)
        if weight > limit:
            return
        rests = tuple(slot.rest for slot in slots)
        for target, extra in self._targets(rests, limit - weight):
            if role.is_merge and (not rests[-1] or target[len(target) - len(rests[-1]) :] != rests[-1]):
                continue
            for places in product(*(embeddings(rest, target) for rest in rests)):
                if role.is_merge and any(places[-1][: len(target) - len(rests[-1])]):
                    continue
                arguments = tuple(
                    Argument(slot.first, slot.length, place, slot.buffer)
                    for slot, place in zip(slots, places, strict=True)
                )
                yield from self._modes(role, kinds, target, arguments, weight + extra, limit)

    def _modes(
        self,
        role: Role,
        kinds: tuple[Kind, ...],
        target: Shape,
        arguments: tuple[Argument, ...],
        weight: int,
        limit: int,
    ) -> Iterator[Recipe]:
        def recipe(mode: Mode, fold: int, shape: Shape, left: Shape, used: tuple[Argument, ...], cost: int) -> Recipe:
            return Recipe(role, mode, fold, shape, used, kinds, cost, self.result(role, left))

        made: list[Recipe] = []
        if role.is_merge:
            made.append(recipe("merge", 0, target, target, arguments, weight))
        elif not role.function.is_fold:
            made.append(recipe("map", 0, target, target, arguments, weight))
        else:
            for fold in range(1, len(target) + 1):
                cost = weight + self.fold_cost(target[:fold])
                if fold > 1 and _count(target[:fold], self._sizes) > LONG_FOLD_STEPS:
                    cost += LONG_FOLD
                made.append(recipe("accum", fold, target, target[fold:], arguments, cost))
                made.append(recipe("scan", fold, target, target, arguments, cost))
            made.append(recipe("accum", 0, target, target, arguments, weight + INSERTED_ONE))
            if weight + INSERTED_DIM <= limit:
                for dim in self._stream_dims:
                    if dim in target:
                        continue
                    wider = tuple(
                        Argument(one.first, one.length, (False, *one.stream), one.buffer) for one in arguments
                    )
                    shape, cost = (dim, *target), weight + INSERTED_DIM
                    made.append(recipe("accum", 1, shape, target, wider, cost))
                    made.append(recipe("scan", 1, shape, shape, wider, cost))
        yield from (one for one in made if one.weight <= limit and self._fits(one))

    def fold_cost(self, folded: Shape) -> int:
        """What folding over these dimensions costs beyond folding over one."""
        pairs = pairwise(folded)
        return len(folded) - 1 - sum(pair in self._joined for pair in pairs)

    def _fits(self, recipe: Recipe) -> bool:
        dims = recipe.result.dims
        if len(recipe.target) > MAX_RANK or len(dims) > MAX_RANK:
            return False
        if len(set(dims)) != len(dims):
            known = frozenset[Dim]().union(_repeated(recipe.target), *(_repeated(kind.dims) for kind in recipe.kinds))
            if not _repeated(dims) <= known | self._repeats:
                return False
        inner = max((_count(field.dims, self._sizes) for field in recipe.role.fields), default=1)
        return (
            _count(recipe.target, self._sizes) * inner <= self._max_elements
            and _count(dims, self._sizes) <= self._max_elements
        )

    def _is_reordered(self, target: Shape, rests: tuple[Shape, ...]) -> bool:
        """Whether two dimensions are the other way round than usual, and in no argument are so."""
        if not self._order:
            return False
        odd = {(one, other) for one, other in combinations(target, 2) if (other, one) in self._order}
        return bool(odd) and not odd <= {pair for rest in rests for pair in combinations(rest, 2)}

    def _targets(self, rests: tuple[Shape, ...], limit: int) -> Iterator[tuple[Shape, int]]:
        seen: set[Shape] = set()
        for target in supersequences(rests):
            extra = 0 if target in rests else UNUSUAL_SHAPE + UNUSUAL_ORDER * self._is_reordered(target, rests)
            if extra <= limit and target not in seen:
                seen.add(target)
                yield target, extra
        if limit < SELF_PAIRING:
            return
        for place in range(1, len(rests)):
            for dim in [dim for dim in rests[place] if dim in self._pairable and dim in rests[0]]:
                marked = Dim.symbol(f"{dim}'")
                apart = tuple(marked if one == dim else one for one in rests[place])
                for target in supersequences((*rests[:place], apart, *rests[place + 1 :])):
                    plain = tuple(dim if one == marked else one for one in target)
                    if plain not in seen and max(map(plain.count, plain)) == 2:
                        seen.add(plain)
                        extra = SELF_PAIRING if dim in self._repeats else SELF_PAIRING_ODD
                        if extra <= limit:
                            yield plain, extra


def usual_order(shapes: Iterable[Shape]) -> frozenset[tuple[Dim, Dim]]:
    """Pairs of dimensions of which the first is inside the second wherever some shapes have both, or follows to be: no
    primitive exchanges two dimensions, so they are so in what is made of them, too."""
    inside = {(one, other) for shape in shapes for one, other in combinations(shape, 2) if one != other}
    grown = True
    while grown:
        more = {(one, last) for one, middle in inside for other, last in inside if middle == other and one != last}
        grown = not more <= inside
        inside |= more
    return frozenset((one, other) for one, other in inside if (other, one) not in inside)


def _prefixes(buffer: Shape, dims: Shape) -> Iterator[tuple[bool, ...]]:
    """Which dimensions of a buffer a value has: its innermost dimensions are those, the others are missing. Whole
    buffers first."""
    if dims[: len(buffer)] == buffer:
        yield (True,) * len(buffer)
    if not buffer:
        return
    for mask in product((True, False), repeat=len(buffer)):
        if all(mask):
            continue
        had = tuple(dim for dim, has in zip(buffer, mask, strict=True) if has)
        if dims[: len(had)] == had:
            yield mask


@lru_cache(maxsize=65536)
def supersequences(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The shortest shapes of which all the given ones are subsequences, at most ``MAX_TARGETS``."""
    found: list[Shape] = [()]
    for shape in shapes:
        best: dict[Shape, None] = {}
        for one in found:
            for merged in _merged(one, shape):
                best.setdefault(merged)
        shortest = min(map(len, best))
        found = [one for one in best if len(one) == shortest][:MAX_TARGETS]
    return tuple(found)


@lru_cache(maxsize=65536)
def _merged(left: Shape, right: Shape) -> tuple[Shape, ...]:
    """All shortest common supersequences of two shapes."""
    if not left or not right:
        return (left or right,)
    if left[0] == right[0]:
        return tuple((left[0], *rest) for rest in _merged(left[1:], right[1:]))
    options = [(left[0], *rest) for rest in _merged(left[1:], right)]
    options += [(right[0], *rest) for rest in _merged(left, right[1:])]
    shortest = min(map(len, options))
    return tuple(dict.fromkeys(one for one in options if len(one) == shortest))


@lru_cache(maxsize=65536)
def embeddings(shape: Shape, target: Shape) -> tuple[tuple[bool, ...], ...]:
    """Which dimensions of ``target`` are those of ``shape``: all ways in which it is a subsequence."""
    if len(shape) > len(target):
        return ()
    if not target:
        return ((),)
    found: list[tuple[bool, ...]] = []
    if shape and shape[0] == target[0]:
        found += [(True, *rest) for rest in embeddings(shape[1:], target[1:])]
    found += [(False, *rest) for rest in embeddings(shape, target[1:])]
    return tuple(found)


def _neighbours(splits: Splits) -> frozenset[tuple[Dim, Dim]]:
    return frozenset(pair for factors in splits.factors.values() for pair in pairwise(factors))


def _repeated(dims: Shape) -> frozenset[Dim]:
    return frozenset(dim for dim in dims if dims.count(dim) > 1)


def _count(dims: Shape, sizes: Mapping[str, int]) -> int:
    count = 1
    for dim in dims:
        count *= dim.evaluate(sizes)
    return count
