"""Reading and writing parts of an element: slices, integer arrays, masks, and indices that vary in the batch.

NumPy's rules for advanced indices apply to the element: adjacent ones put their broadcast axes where they are, ones
separated by a slice, an Ellipsis or a new axis put them first.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step.simulate.batch.array import PREFIX, writable
from step.simulate.batch.errors import NeedsFullBatch, NotBatchable
from step.simulate.batch.rules.base import Batched, lift, pad, rule, static

_SINGLE = (int, slice, type(None), type(Ellipsis), np.integer)


@dataclass(slots=True)
class _Parsed:
    """An index, one entry for each of the element's axes (and new axes), without Ellipsis and masks."""

    entries: tuple[Any, ...]
    advanced: bool  # some entry is an integer array
    batched: bool  # some entry varies in the batch


def _entries(index: Any) -> tuple[Any, ...]:
    return index if type(index) is tuple else (index,)


def _is_mask(entry: Any) -> bool:
    return bool(getattr(entry, "dtype", None) == np.bool_) or type(entry) is bool


def _parse(index: Any, rank: int) -> _Parsed:
    """Expands Ellipsis, lists and static masks; makes 0-d integers plain."""
    parts: list[Any] = []
    for entry in _entries(index):
        if isinstance(entry, list):
            entry = np.asarray(entry) if entry else np.zeros(0, np.intp)
        if type(entry) is Batched and all(size == 1 for size in entry._a.shape[: entry._k]):
            entry = static(entry)
        if _is_mask(entry):
            if type(entry) is Batched:
                raise NotBatchable("a mask that differs within the batch selects differently many values")
            if np.ndim(entry) == 0:
                raise NotBatchable("a scalar mask")
            parts.extend(np.nonzero(entry))
        elif type(entry) is np.ndarray and entry.ndim == 0 and entry.dtype.kind in "iu":
            parts.append(int(entry))
        else:
            parts.append(entry)
    if sum(part is Ellipsis for part in parts) > 1:
        raise IndexError("an index can only have a single ellipsis")
    used = sum(part is not None and part is not Ellipsis for part in parts)
    if used > rank:
        raise IndexError(f"too many indices for array: array is {rank}-dimensional, but {used} were indexed")
    rest = (slice(None),) * (rank - used)
    position = next((i for i, part in enumerate(parts) if part is Ellipsis), len(parts))
    entries = (*parts[:position], *rest, *parts[position + 1 :])
    arrays = [e for e in entries if type(e) is Batched or isinstance(e, np.ndarray)]
    for array in arrays:
        if array.dtype.kind not in "iu":
            raise IndexError("arrays used as indices must be of integer (or boolean) type")
    return _Parsed(entries, bool(arrays), any(type(each) is Batched for each in arrays))


def _block(parsed: _Parsed, original: tuple[Any, ...]) -> tuple[int, int, bool]:
    """Where the advanced indices' broadcast axes go in the element, how many they are, whether adjacent indices."""
    positions = [i for i, e in enumerate(parsed.entries) if e is not None and not isinstance(e, slice)]
    shapes = [np.shape(parsed.entries[i]) for i in positions]
    rank = max((len(shape) for shape in shapes), default=0)
    adjacent = positions == list(range(positions[0], positions[-1] + 1))
    if adjacent and any(entry is Ellipsis for entry in original):
        # An Ellipsis that stands for no axis separates all the same.
        where = next(i for i, e in enumerate(original) if e is Ellipsis)
        before = any(not isinstance(e, slice) and e is not None for e in original[:where])
        after = any(not isinstance(e, slice) and e is not None for e in original[where + 1 :])
        adjacent = not (before and after)
    return positions[0] if adjacent else 0, rank, adjacent


def _grid(parsed: _Parsed, array: NDArray[Any], lead: int, rank: int) -> tuple[Any, ...]:
    """The index of the whole array: aranges for the batch axes, aligned with the element's advanced indices."""
    batch = []
    for axis in range(lead):
        size = array.shape[axis]
        shape = [1] * (lead + rank)
        shape[axis] = size
        batch.append(np.arange(size).reshape(shape))
    entries = []
    for entry in parsed.entries:
        if type(entry) is Batched:
            entries.append(pad(entry._a, lead, rank))
        else:
            entries.append(entry)
    return (*batch, *entries)


def _single(array: NDArray[Any], index: Any, lead: int) -> Batched | None:
    """`x[i]` and `x[indices]` with one index along the first axis that varies in the batch: the quick way."""
    if type(index) is not Batched or index._a.dtype.kind not in "iu" or array.ndim == lead:
        return None
    chosen = index._a
    if all(size == 1 for size in array.shape[:lead]):  # a table that is the same for the whole batch
        return Batched(array.reshape(array.shape[lead:])[chosen], lead)
    if lead == 1 and array.shape[0] == chosen.shape[0]:
        rows = np.arange(len(array)).reshape((-1,) + (1,) * (chosen.ndim - 1))
        return Batched(array[rows, chosen], lead)
    return None


@rule(operator.getitem)
def getitem(value: Batched, index: Any) -> Batched:
    """`value[index]`."""
    array, lead = value._a, value._k
    entries = _entries(index)
    if all(isinstance(entry, _SINGLE) and type(entry) is not bool for entry in entries):
        used = sum(entry is not None and entry is not Ellipsis for entry in entries)
        if used > array.ndim - lead:
            raise IndexError("too many indices for array")
        return Batched(array[(*PREFIX[lead], *entries)], lead)
    quick = _single(array, index, lead)
    if quick is not None:
        return quick
    parsed = _parse(index, array.ndim - lead)
    if not parsed.advanced:
        return Batched(array[(*PREFIX[lead], *parsed.entries)], lead)
    start, rank, adjacent = _block(parsed, entries)
    if adjacent and not parsed.batched:
        return Batched(array[(*PREFIX[lead], *parsed.entries)], lead)
    # Written with explicit batch indices, the advanced axes always come first: batch, block, rest.
    result = array[_grid(parsed, array, lead, rank)]
    if result.shape[:lead] != array.shape[:lead]:
        result = _fit_batch(result, array, parsed, lead, rank)
    if start:
        order = [*range(lead), *range(lead + rank, lead + rank + start), *range(lead, lead + rank)]
        order += range(lead + rank + start, result.ndim)
        result = result.transpose(order)
    return Batched(result, lead)


def _fit_batch(result: NDArray[Any], array: NDArray[Any], parsed: _Parsed, lead: int, rank: int) -> NDArray[Any]:
    """Checks that the batch axes of the result are those of the operands together."""
    shapes = [array.shape[:lead], *(e._a.shape[:lead] for e in parsed.entries if type(e) is Batched)]
    if result.shape[:lead] != np.broadcast_shapes(*shapes):
        raise NotBatchable("an index whose batch axes do not fit")
    return result


@rule(operator.setitem)
def setitem(target: Batched, index: Any, value: Any) -> None:
    """`target[index] = value`, in place."""
    array, lead = target._a, target._k
    entries = _entries(index)
    source = lift(value, lead)
    writable(target, source)
    if len(entries) == 1 and type(entries[0]) is Batched and _is_mask(entries[0]):
        _assign_masked(target, entries[0], source)
        return
    if all(isinstance(entry, _SINGLE) and type(entry) is not bool for entry in entries):
        view = array[(*PREFIX[lead], *entries)]
        view[...] = _fit(source, lead, view.ndim - lead)
        return
    parsed = _parse(index, array.ndim - lead)
    if not parsed.advanced:
        view = array[(*PREFIX[lead], *parsed.entries)]
        view[...] = _fit(source, lead, view.ndim - lead)
        return
    place, source = _scatter(target, parsed, entries, source)
    array[place] = source


def _scatter(
    target: Batched, parsed: _Parsed, entries: tuple[Any, ...], source: NDArray[Any]
) -> tuple[tuple[Any, ...], NDArray[Any]]:
    """The index of the whole array, and the source in the order of axes that the index gives."""
    array, lead = target._a, target._k
    for entry in parsed.entries:
        if type(entry) is Batched:
            writable(target, entry._a)
    if any(entry is None for entry in parsed.entries):
        raise NotBatchable("an assignment through new axes and integer arrays")
    start, rank, _ = _block(parsed, entries)
    sliced = sum(isinstance(entry, slice) for entry in parsed.entries)
    source = _fit(source, lead, rank + sliced)
    if start:
        order = [*range(lead), *range(lead + start, lead + start + rank), *range(lead, lead + start)]
        order += range(lead + start + rank, source.ndim)
        source = source.transpose(order)
    if array.shape[:lead] != source.shape[:lead] and any(s not in (1, a) for s, a in zip(source.shape, array.shape)):  # noqa: B905
        raise NeedsFullBatch("an assignment to an array that is shared by the batch")
    return _grid(parsed, array, lead, rank), source


@rule("at")
def at(ufunc: np.ufunc, target: Any, index: Any, value: Any = None) -> None:
    """`ufunc.at(target, index, value)`: in place, once for every time an index occurs."""
    if type(target) is not Batched or ufunc.nin != 2:
        raise NotBatchable(f"np.{ufunc.__name__}.at to an array of one element")
    source = lift(value, target._k)
    writable(target, source)
    entries = _entries(index)
    parsed = _parse(index, target.ndim)
    if not parsed.advanced:
        raise NotBatchable(f"np.{ufunc.__name__}.at without an integer array")
    place, source = _scatter(target, parsed, entries, source)
    ufunc.at(target._a, place, source)


def _fit(source: NDArray[Any], lead: int, rank: int) -> NDArray[Any]:
    """The source of an assignment with as many element axes as the target: size-1 axes added or dropped in front."""
    while source.ndim - lead > rank:
        if source.shape[lead] != 1:
            raise ValueError("could not broadcast the assigned value to the target")
        first: tuple[Any, ...] = (*PREFIX[lead], 0)
        source = source[first]
    return pad(source, lead, rank)


def _assign_masked(target: Batched, mask: Batched, source: NDArray[Any]) -> None:
    """`target[mask] = one number for each element of the batch`."""
    array, lead = target._a, target._k
    writable(target, mask._a)
    if mask.shape != target.shape[: mask.ndim]:
        raise IndexError("boolean index did not match the indexed array")
    if source.ndim != lead:
        raise NotBatchable("an assignment of several values through a mask that differs within the batch")
    where = mask._a.reshape(mask._a.shape + (1,) * (array.ndim - mask._a.ndim))
    np.copyto(array, pad(source, lead, array.ndim - lead), casting="unsafe", where=where)
