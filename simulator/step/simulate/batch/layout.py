"""How a batch is laid out for a run: axes along which nothing varies are dropped, neighbouring axes become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from step.simulate.batch.signature import Shape

Key: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class LeafView:
    """How one argument array becomes a view with the layout's batch axes (size 1 where it does not vary)."""

    index: tuple[Any, ...] | None
    shape: Shape

    def of(self, array: NDArray[Any]) -> NDArray[Any]:
        """The read-only view."""
        view = array if self.index is None else array[self.index]
        if view.shape != self.shape:
            view = view.reshape(self.shape)
        flags = view.flags
        if flags.writeable:
            if view is array:
                view = view.view()
                flags = view.flags
            flags.writeable = False
        return view


@dataclass(frozen=True, slots=True)
class Layout:
    """The batch axes of a run.

    Attributes:
        batch: the caller's batch axes, outermost first.
        groups: the caller's axes that each of the run's axes stands for.
        sizes: the sizes of the run's axes. None of them is 1, unless nothing varies at all.
        count: the number of elements the run computes (at most the size of the batch).
        views: one entry for each argument array.
        same: whether the run's axes are the caller's.
        nbytes: what the views refer to, in bytes.
    """

    batch: Shape
    groups: tuple[tuple[int, ...], ...]
    sizes: Shape
    count: int
    views: tuple[LeafView, ...]
    same: bool
    nbytes: int

    def spread(self, result: NDArray[Any]) -> NDArray[Any]:
        """A result of the run, on the caller's batch axes: read-only, broadcast where it does not vary."""
        lead = len(self.sizes)
        if not self.same or result.shape[:lead] != self.batch:
            element = result.shape[lead:]
            axes = [1] * len(self.batch)
            for position, group in enumerate(self.groups):
                if result.shape[position] != 1:
                    for axis in group:
                        axes[axis] = self.batch[axis]
            result = result.reshape((*axes, *element))
            if result.shape != (*self.batch, *element):
                result = np.broadcast_to(result, (*self.batch, *element))
        flags = result.flags
        if flags.writeable:  # nobody else holds this array, so no view of it is needed
            flags.writeable = False
        return result

    def position(self, flat: int) -> Shape:
        """The first position of the caller's batch that the run's element `flat` stands for."""
        where = [0] * len(self.batch)
        for group, place in zip(self.groups, np.unravel_index(flat, self.sizes), strict=True):
            if group:
                sizes = tuple(self.batch[axis] for axis in group)
                for axis, index in zip(group, np.unravel_index(int(place), sizes), strict=True):
                    where[axis] = int(index)
        return tuple(where)


def layout_key(arrays: Sequence[NDArray[Any]], batch: Shape) -> Key:
    """What a layout depends on."""
    return (batch, *((array.shape, array.strides) for array in arrays))


def make_layout(arrays: Sequence[NDArray[Any]], batch: Shape) -> Layout:
    """The layout for argument arrays of shape `batch + element`. No array is copied by it."""
    rank = len(batch)
    varies = [
        [batch[axis] != 1 and array.shape[axis] != 1 and array.strides[axis] != 0 for axis in range(rank)]
        for array in arrays
    ]
    kept = [axis for axis in range(rank) if any(each[axis] for each in varies)]
    groups: list[list[int]] = []
    for axis in kept:
        if groups and all(_merges(a, v, groups[-1][-1], axis) for a, v in zip(arrays, varies, strict=True)):
            groups[-1].append(axis)
        else:
            groups.append([axis])
    if not groups:
        groups = [[]]
    sizes = tuple(_product(batch[axis] for axis in group) for group in groups)
    views = tuple(_view(array, vary, groups, sizes, rank) for array, vary in zip(arrays, varies, strict=True))
    same = len(groups) == rank and all(len(group) == 1 for group in groups)
    nbytes = sum(_product(view.shape) * array.itemsize for view, array in zip(views, arrays, strict=True))
    return Layout(batch, tuple(map(tuple, groups)), sizes, _product(sizes), views, same, nbytes)


def _merges(array: NDArray[Any], varies: list[bool], outer: int, inner: int) -> bool:
    """Whether two kept axes can be one axis of a view of the array."""
    if not varies[outer] and not varies[inner]:
        return True
    contiguous = array.strides[outer] == array.strides[inner] * array.shape[inner]
    return varies[outer] and varies[inner] and contiguous


def _view(array: NDArray[Any], varies: list[bool], groups: list[list[int]], sizes: Shape, rank: int) -> LeafView:
    kept = {axis for group in groups for axis in group}
    index = tuple(0 if axis not in kept else slice(None) if varies[axis] else slice(0, 1) for axis in range(rank))
    shape = tuple(
        size if group and varies[group[0]] else 1 for group, size in zip(groups, sizes, strict=True)
    ) + tuple(array.shape[rank:])  # fmt: skip
    whole = all(isinstance(each, slice) and each == slice(None) for each in index)
    return LeafView(None if whole else index, shape)


def _product(sizes: Any) -> int:
    result = 1
    for size in sizes:
        result *= size
    return int(result)


def flatten(arrays: Sequence[NDArray[Any]], sizes: Shape) -> list[NDArray[Any]]:
    """Arrays on the run's axes (some of size 1) with one batch axis that enumerates all elements; read-only."""
    lead, count = len(sizes), _product(sizes)
    flats = []
    for array in arrays:
        element = array.shape[lead:]
        wide = array if array.shape[:lead] == sizes else np.broadcast_to(array, (*sizes, *element))
        flat = wide.reshape((count, *element))
        if flat.flags.writeable:
            flat.flags.writeable = False
        flats.append(flat)
    return flats
