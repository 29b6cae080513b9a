"""Evaluation: a recipe applied to many candidates at once.

Candidates are stacked along a new outermost axis, so that one batched call of a user's function serves thousands of
them. Arrays of a value are outermost first: candidates, then the kind's dimensions, then what one array of the element
has by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from step.dims import Shape
from step.simulate.errors import SimulationError
from step.simulate.functions import FunctionTable
from step.types import fields_of

from step_agents.proposers.search.cover import Argument, Recipe
from step_agents.proposers.search.failures import Record
from step_agents.proposers.search.folds import closed_form, fold_at_once
from step_agents.proposers.search.kinds import Kind, dim_sizes, leaf_sizes
from step_agents.proposers.search.roles import Role

Array = NDArray[Any]
Arrays = tuple[Array, ...]


MAX_REFUSED = 512
"""Calls that may fail while the candidates of one stack are told apart that a function can take and those that it
cannot; what is left then counts as refused."""
MAX_HOPELESS = 8
"""Single candidates after which a function that never gave anything is given up for this stack."""


class Evaluator:
    """Applies recipes under one choice of sizes. ``calls`` counts batched calls, ``elements`` the elements that they
    were applied to; ``record`` which functions worked, and which failed."""

    def __init__(self, functions: FunctionTable) -> None:
        self._functions = functions
        self.sizes: Mapping[str, int] = functions.sizes
        self.calls = 0
        self.elements = 0
        self.record = Record()
        self._forms: dict[str, tuple[tuple[np.ufunc, float], ...] | None] = {}

    def apply(self, recipe: Recipe, values: Sequence[Arrays]) -> Arrays | None:
        """The results for a stack of candidates; None where the function can take none of these values. Where it can
        take some, the results of the others are NaN, or 0 where there is no NaN.

        Args:
            values: for each argument the stacked arrays of the candidates' values.
        """
        made = self._together(recipe, values)
        if made is None and len(values[0][0]) > 1:
            return self._apart(recipe, values)
        return made

    def _apart(self, recipe: Recipe, values: Sequence[Arrays]) -> Arrays | None:
        """The results for candidates of which some make the function fail, in ever smaller parts of the stack."""
        count = len(values[0][0])
        results: Arrays | None = None
        waiting = [(0, count)]
        refused = single = 0
        while waiting and refused < MAX_REFUSED:
            low, high = waiting.pop()
            made = self._together(recipe, [tuple(array[low:high] for array in value) for value in values])
            if made is not None:
                if results is None:
                    results = tuple(_nothing(count, array) for array in made)
                for whole, part in zip(results, made, strict=True):
                    whole[low:high] = part
                continue
            refused += 1
            if high - low > 1:
                middle = (low + high) // 2
                waiting += [(middle, high), (low, middle)]
                continue
            single += 1
            if single >= MAX_HOPELESS and results is None and recipe.role.function.name not in self.record.worked:
                return None
        return results

    def _together(self, recipe: Recipe, values: Sequence[Arrays]) -> Arrays | None:
        """The results for a stack of candidates; None where the function fails on any of them."""
        count = len(values[0][0])
        self.elements += count * elements_of(recipe.target, self.sizes)
        target = dim_sizes(recipe.target, self.sizes)
        batch = (count, *target)
        arrays = [
            array
            for argument, kind, value in zip(recipe.arguments, recipe.kinds, values, strict=True)
            for array in self._lay(recipe.role, argument, kind, value, batch)
        ]
        try:
            with np.errstate(all="ignore"):
                results = self._run(recipe, arrays, batch)
        except SimulationError as error:
            self.record.note(error, recipe.target)
            return None
        sizes = dim_sizes(recipe.result.dims, self.sizes)
        owns = [leaf_sizes(leaf, self.sizes) for leaf in recipe.result.element.leaves]
        return tuple(np.reshape(array, (count, *sizes, *own)) for array, own in zip(results, owns, strict=True))

    def call(self, function: str, arrays: Arrays, batch: tuple[int, ...]) -> Arrays:
        """A function on every element of a batch.

        Raises:
            SimulationError: the function fails.
        """
        self.calls += 1
        made = self._functions.batched(function)(arrays, batch)
        self.record.worked.add(function)
        return made

    def _lay(self, role: Role, argument: Argument, kind: Kind, value: Arrays, batch: tuple[int, ...]) -> list[Array]:
        """A value's arrays on the batch axes and the field's buffer axes."""
        count, target = batch[0], batch[1:]
        outer = tuple(size if has else 1 for size, has in zip(target, reversed(argument.stream), strict=True))
        if argument.length > 1:
            inner: tuple[int, ...] = ()
            full: tuple[int, ...] = ()
        else:
            field = role.fields[argument.first]
            # The field is laid by its canonical dimensions, then read by its declared ones.
            sizes = dim_sizes(field.dims, self.sizes)
            inner = (
                tuple(size if has else 1 for size, has in zip(sizes, reversed(argument.buffer), strict=False))
                if argument.buffer
                else ()
            )
            full = sizes if argument.buffer else ()
        declared = dim_sizes(role.fields[argument.first].buffer, self.sizes) if argument.length == 1 else ()
        laid = []
        for array, leaf in zip(value, kind.element.leaves, strict=True):
            own = leaf_sizes(leaf, self.sizes)
            shaped = array.reshape((count, *outer, *inner, *own))
            if inner != full:
                shaped = np.broadcast_to(shaped, (count, *outer, *full, *own))
            if full != declared:
                shaped = shaped.reshape((count, *outer, *declared, *own))
            laid.append(np.broadcast_to(shaped, (*batch, *declared, *own)))
        return laid

    def _run(self, recipe: Recipe, arrays: list[Array], batch: tuple[int, ...]) -> Arrays:
        match recipe.mode:
            case "map":
                return self.call(recipe.role.function.name, tuple(arrays), batch)
            case "merge":
                return self._merge(recipe, arrays, batch)
            case _:
                return self._fold(recipe, arrays, batch)

    def _fold(self, recipe: Recipe, arrays: list[Array], batch: tuple[int, ...]) -> Arrays:
        depth = recipe.fold
        name = recipe.role.function.name
        keep = batch[: len(batch) - depth]
        form = self._form(name) if depth else None
        if form is not None:
            init = self._start(recipe.role, ())

            def call(arrays: Arrays, batch: tuple[int, ...]) -> Arrays:
                return self.call(name, arrays, batch)

            return fold_at_once(call, form, init, arrays, batch, depth, recipe.mode == "scan")
        state = self._start(recipe.role, keep)
        if depth == 0:
            return self.call(name, (*state, *arrays), keep)
        folded = batch[len(keep) :]
        every: list[list[Array]] = []
        for index in np.ndindex(*folded):
            element = tuple(array[(slice(None),) * len(keep) + index] for array in arrays)
            state = self.call(name, (*state, *element), keep)
            if recipe.mode == "scan":
                every.append(list(state))
        if recipe.mode == "accum":
            return state
        stacked = []
        for leaf in range(len(state)):
            whole = np.stack([one[leaf] for one in every], axis=len(keep))
            stacked.append(whole.reshape((*batch, *whole.shape[len(keep) + 1 :])))
        return tuple(stacked)

    def _form(self, name: str) -> tuple[tuple[np.ufunc, float], ...] | None:
        if name not in self._forms:
            self._forms[name] = closed_form(self._functions.batched(name))
        return self._forms[name]

    def _merge(self, recipe: Recipe, arrays: list[Array], batch: tuple[int, ...]) -> Arrays:
        """What Partition, the experts and Merge give, on all positions: a position that an expert is not
        selected for keeps its state."""
        role = recipe.role
        bits = arrays[-1]
        if not np.array_equal(bits, bits != 0):
            raise SimulationError("STEP-DATA", "an index holds other values than 0 and 1")
        counts = [len(field.type.leaves) for field in role.fields]
        starts = [sum(counts[:place]) for place in range(len(counts) + 1)]
        state = self._start(role, batch)
        for number, expert in enumerate(role.experts):
            data = tuple(arrays[starts[expert.start] : starts[expert.stop]])
            made = data
            for function in expert.functions:
                made = self.call(function, made, batch)
            after = self.call(role.function.name, (*state, *made), batch)
            chosen = bits[..., number] != 0
            state = tuple(
                np.where(chosen.reshape(chosen.shape + (1,) * (new.ndim - chosen.ndim)), new, old)
                for old, new in zip(state, after, strict=True)
            )
        return state

    def _start(self, role: Role, batch: tuple[int, ...]) -> Arrays:
        function = role.function
        assert function.init is not None
        shapes = iter(self._functions.batched(function.name).signature.result_leaves)
        state: list[Array] = []
        for field, value in zip(fields_of(function.result), function.init, strict=True):
            for _ in field.leaves:
                leaf = next(shapes)
                state.append(np.broadcast_to(np.asarray(value).astype(leaf.dtype), batch + leaf.shape))
        return tuple(state)


def shape_of(kind: Kind, sizes: Mapping[str, int]) -> tuple[tuple[int, ...], ...]:
    """The shapes of a value's arrays."""
    outer = dim_sizes(kind.dims, sizes)
    return tuple(outer + leaf_sizes(leaf, sizes) for leaf in kind.element.leaves)


def _nothing(count: int, like: Array) -> Array:
    """Results that count as none: NaN, or 0 where the dtype has no NaN."""
    fill = np.nan if like.dtype.kind == "f" else 0
    return np.full((count, *like.shape[1:]), fill, like.dtype)


def elements_of(target: Shape, sizes: Mapping[str, int]) -> int:
    """How many elements a stream shape has."""
    return math.prod(dim_sizes(target, sizes))
