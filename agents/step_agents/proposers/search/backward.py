"""Backward search: from the outputs through functions that can be inverted.

If an output is ``f(a, x)`` for a known ``a`` (an input, or what the reference computes), then ``x`` is a sub-goal.
Inverted are elementwise maps ``α·φ(x) + β`` in one argument, for φ among x, 1/x, x², √x, eˣ and ln x; α and β may
depend on everything else. Sub-goals that are constant along a dimension come first: that a value need not have a
dimension is a strong sign. Everything found is only a hint: whatever meets it is computed forward.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, permutations, product

import numpy as np
from step.dims import Dim, Shape
from step.simulate.errors import SimulationError
from step.types import Scalar

from step_agents.proposers.search.evaluate import Array, Evaluator
from step_agents.proposers.search.goals import near
from step_agents.proposers.search.hints import core
from step_agents.proposers.search.kinds import Kind, dim_sizes
from step_agents.proposers.search.roles import Role
from step_agents.proposers.search.values import keys_of, project

SMALLEST = 1e-9
PROBES = (0.5, 1.3, 2.1, 3.7)
MAX_TARGETS = 96
MAX_KNOWN = 12
MAX_TRIES = 400
MAX_NUMBERS = 1 << 14


@dataclass(frozen=True, eq=False, slots=True)
class Known:
    """An array with its dimensions, innermost first."""

    dims: Shape
    array: Array


_FORMS: tuple[tuple[Callable[[Array], Array], Callable[[Array], Array]], ...] = (
    (lambda x: x, lambda x: x),
    (np.reciprocal, np.reciprocal),
    (np.square, np.sqrt),
    (np.sqrt, np.square),
    (np.exp, np.log),
    (np.log, np.exp),
)
"""What is recognised, with its inverse."""


class Backward:
    """Finds sub-goals of goals."""

    def __init__(self, evaluator: Evaluator, roles: Sequence[Role], dims: Sequence[Dim]) -> None:
        self._evaluator = evaluator
        self._roles = [role for role in roles if not role.is_merge and _invertible(role)]
        self._sizes = evaluator.sizes
        self._dims = tuple(dims)
        self._tries = 0
        self._hopeless: set[tuple[Role, int]] = set()

    def targets(self, goals: Sequence[tuple[Kind, Array]], known: Sequence[Known]) -> tuple[Array, ...]:
        """The arrays that would make a goal, or another such array, with one function and known values."""
        order = count()
        heap: list[tuple[int, int, Known]] = []
        for kind, array in goals:
            if array.size <= MAX_NUMBERS:
                heapq.heappush(heap, (0, next(order), Known(kind.dims, array)))
        given = list(known[:MAX_KNOWN])
        seen = {_mark(one) for one in known}
        found: list[Array] = []
        while heap and len(found) < MAX_TARGETS and self._tries < MAX_TRIES:
            depth, _, goal = heapq.heappop(heap)
            for made in self._before(goal, given):
                mark = _mark(made)
                if mark in seen:
                    continue
                seen.add(mark)
                found.append(made.array)
                lost = len(goal.dims) - len(made.dims)
                heapq.heappush(heap, (depth + (1 if lost > 0 else 4), next(order), made))
        return tuple(found)

    def placed(self, arrays: Sequence[Array]) -> Iterator[Known]:
        """Arrays whose axes tell by their sizes which dimensions they are."""
        by_size: dict[int, list[Dim]] = {}
        for dim in self._dims:
            by_size.setdefault(dim.evaluate(self._sizes), []).append(dim)
        for array in arrays:
            choices = [by_size.get(size, []) for size in reversed(array.shape)]
            if array.size <= MAX_NUMBERS and all(len(one) == 1 for one in choices):
                yield Known(tuple(one[0] for one in choices), array)

    def _before(self, goal: Known, known: Sequence[Known]) -> Iterator[Known]:
        """What a function would have to be given to make a goal."""
        for role in self._roles:
            depth = len(self._result(role))
            if goal.dims[:depth] != self._result(role):
                continue
            for slot in range(len(role.fields)):
                options: list[list[Array]] = []
                for place, field in enumerate(role.fields):
                    if place != slot:
                        dims = goal.dims if field.dims else goal.dims[depth:]
                        laid = (_laid(other, dims, self._sizes) for other in known)
                        shape = dim_sizes(dims, self._sizes)
                        options.append([np.broadcast_to(one, shape) for one in laid if one is not None])
                for chosen in product(*options):
                    if (role, slot) in self._hopeless:
                        break
                    self._tries += 1
                    if self._tries > MAX_TRIES:
                        return
                    value = self._invert(role, slot, chosen, goal)
                    if value is not None:
                        yield value

    def _result(self, role: Role) -> Shape:
        widest: Shape = max((field.dims for field in role.fields), key=len)
        return widest

    def _invert(self, role: Role, slot: int, others: Sequence[Array], goal: Known) -> Known | None:
        depth = len(self._result(role))
        batch = goal.array.shape[: goal.array.ndim - depth]
        small = not role.fields[slot].dims and depth > 0
        inner = (...,) + (0,) * depth

        def call(value: Array) -> Array | None:
            arguments = [*others[:slot], value[inner] if small else value, *others[slot:]]
            arrays = tuple(
                np.ascontiguousarray(one).reshape((*batch, *dim_sizes(field.buffer, self._sizes)))
                for one, field in zip(arguments, role.fields, strict=True)
            )
            try:
                (made,) = self._evaluator.call(role.function.name, arrays, batch)
            except SimulationError:
                return None
            return made.reshape(goal.array.shape)

        with np.errstate(all="ignore"):
            results: list[Array] = []
            for probe in PROBES:
                made = call(np.full(goal.array.shape, probe))
                if made is None or not np.isfinite(made).all():
                    return None
                results.append(made)
            for form, inverse in _FORMS:
                points = form(np.array(PROBES))
                slope = (results[1] - results[0]) / (points[1] - points[0])
                offset = results[0] - slope * points[0]
                if not np.abs(slope).max() > 0 or not all(
                    near(slope * point + offset, made) for point, made in zip(points[2:], results[2:], strict=True)
                ):
                    continue
                value = inverse((goal.array - offset) / slope)
                if not np.isfinite(value).all() or np.abs(value).max() < SMALLEST:
                    return None
                again = call(value)
                if again is None or not near(again, goal.array):
                    return None
                return _reduced(goal.dims, value)
        self._hopeless.add((role, slot))
        return None


def _invertible(role: Role) -> bool:
    """Whether a function may be elementwise: a map of plain numbers, or of buffers like its result and numbers."""
    function = role.function
    if function.is_fold or not 1 <= len(role.fields) <= 3:
        return False
    wide = [field for field in role.fields if field.dims]
    if not wide:
        return isinstance(function.result, Scalar) and all(isinstance(one.type, Scalar) for one in role.fields)
    return all(field.type == function.result for field in wide) and all(
        isinstance(field.element, Scalar) for field in role.fields
    )


def _laid(known: Known, dims: Shape, sizes: Mapping[str, int]) -> Array | None:
    """An array as it is broadcast to other dimensions; None if it has others, or in another order."""
    places = []
    place = 0
    for dim in known.dims:
        while place < len(dims) and dims[place] != dim:
            place += 1
        if place == len(dims):
            return None if len(known.dims) < 2 else _reordered(known, dims, sizes)
        places.append(place)
        place += 1
    shape = tuple(dim.evaluate(sizes) if number in places else 1 for number, dim in reversed(list(enumerate(dims))))
    return known.array.reshape(shape)


def _reordered(known: Known, dims: Shape, sizes: Mapping[str, int]) -> Array | None:
    for order in permutations(range(len(known.dims))):
        moved = tuple(known.dims[one] for one in order)
        rest = iter(dims)
        if all(dim in rest for dim in moved) and order != tuple(range(len(order))):
            rank = len(order)
            axes = tuple(rank - 1 - one for one in reversed(order))
            return _laid(Known(moved, np.transpose(known.array, axes)), dims, sizes)
    return None


def _reduced(dims: Shape, array: Array) -> Known | None:
    """A value without the dimensions along which it is constant (up to rounding)."""
    kept = list(dims)
    for axis in reversed(range(array.ndim)):
        first = np.take(array, [0], axis=axis)
        if array.shape[axis] > 1 and near(array, np.broadcast_to(first, array.shape)):
            array = np.take(array, 0, axis=axis)
            del kept[len(kept) - 1 - axis]
    return Known(tuple(kept), array) if array.ndim else None


def _mark(known: Known) -> tuple[Shape, int]:
    """What tells values apart, up to rounding."""
    flat = known.array.reshape(-1)
    probe = np.random.default_rng(flat.size).standard_normal((2, flat.size))
    return known.dims, keys_of(project(flat[None], probe))[0]


def known_values(
    inputs: Sequence[tuple[Kind, tuple[Array, ...]]], hints: Sequence[Array], backward: Backward
) -> tuple[Known, ...]:
    """What may be an argument: the inputs, and what the reference computes."""
    given = [Known(kind.dims, arrays[0]) for kind, arrays in inputs if isinstance(kind.element, Scalar)]
    placed = backward.placed([core(array) for array in hints])
    found: list[Known] = [one for one in given if one.array.size <= MAX_NUMBERS]
    for one in placed:
        if one.dims:
            found.append(one)
    return tuple({_mark(one): one for one in found}.values())
