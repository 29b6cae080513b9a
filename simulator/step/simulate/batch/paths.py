"""Functions that decide on a scalar (`if t > 0`): the batch is split by the answer, and each group is run on its own.

Within a group every decision made so far has one answer, so running the function again from its start takes the same
path: no bookkeeping of answers is needed, only that the function is pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step.simulate.batch.errors import NotBatchable, Split
from step.simulate.batch.signature import Leaf

MAX_PATHS = 16
"""More groups than this are no faster than the loop."""


def run_paths(
    run: Callable[[Sequence[NDArray[Any]], int], list[NDArray[Any]]],
    arrays: Sequence[NDArray[Any]],
    count: int,
    first: NDArray[Any],
    result_leaves: Sequence[Leaf],
) -> list[NDArray[Any]]:
    """Runs each group of a batch that takes one path.

    Args:
        run: runs arrays with one batch axis (of the given size) at once; raises `Split` at a decision that differs.
        arrays: the arguments, with one batch axis.
        first: the answers to the first decision that differs, one an element.

    Raises:
        NotBatchable: there are more than `MAX_PATHS` paths.
    """
    outputs = [np.empty((count, *leaf.shape), leaf.dtype) for leaf in result_leaves]
    groups = _groups(np.arange(count), first)
    finished = 0
    while groups:
        if finished + len(groups) > MAX_PATHS:
            raise NotBatchable(f"takes more than {MAX_PATHS} paths")
        chosen = groups.pop()
        parts = [_rows(array, chosen) for array in arrays]
        try:
            results = run(parts, len(chosen))
        except Split as split:
            groups.extend(_groups(chosen, np.broadcast_to(split.labels, (len(chosen),))))
            continue
        for output, result in zip(outputs, results, strict=True):
            output[chosen] = result
        finished += 1
    return outputs


def _rows(array: NDArray[Any], chosen: NDArray[Any]) -> NDArray[Any]:
    rows: NDArray[Any] = array[chosen]
    rows.flags.writeable = False
    return rows


def _groups(positions: NDArray[Any], labels: NDArray[Any]) -> list[NDArray[Any]]:
    """The positions with each label."""
    if labels.dtype == np.bool_:
        return [positions[labels], positions[~labels]]
    values = np.unique(labels)
    if len(values) > MAX_PATHS:
        raise NotBatchable(f"decides on an integer with more than {MAX_PATHS} values")
    return [positions[labels == value] for value in values]
