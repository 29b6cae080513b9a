"""`BatchedFunction`: a user's function, run for a whole batch at once wherever that is possible."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from step.simulate.batch import rules as _rules
from step.simulate.batch.calls import argument_builder, flat_arguments, run_batched
from step.simulate.batch.errors import NeedsFullBatch, NotBatchable, Split
from step.simulate.batch.layout import Key, Layout, LeafView, flatten, layout_key, make_layout
from step.simulate.batch.lifting import lift_function
from step.simulate.batch.loop import run_loop
from step.simulate.batch.paths import run_paths
from step.simulate.batch.sampling import agree, gather, sample
from step.simulate.batch.signature import Leaf, Signature
from step.simulate.batch.standins import Batch
from step.simulate.batch.torch_arrays import TorchRunner

assert _rules.__all__  # importing the package registers the rules

Mode: TypeAlias = Literal["batched", "paths", "loop"]
Arrays: TypeAlias = list[NDArray[Any]]

BLOCK_BYTES = 1 << 20
"""Arguments and results of so many bytes are computed at once: they stay in the processor's cache."""
PEAK_BYTES = 64 << 20
"""The most that a block's intermediate values may take, by a measurement on its first part; if the arguments and
results take less, as much as they do."""
_PROBE = 16
"""A batch of several blocks starts with a block this much smaller, on which memory is measured."""
_FEW_INTERMEDIATES = 1.5
"""A function whose peak is within this multiple of its results has no intermediate values worth bounding."""
_MIN_BATCH = 3
"""Fewer elements than this are called one by one."""
_CHECKED_LAYOUTS = 8
"""So many layouts of a batch are compared with plain calls when they are met first."""


def quiet() -> np.errstate:
    """A context in which NumPy reports no floating-point errors: around a run, for entering it takes its time."""
    return np.errstate(all="ignore")


class BatchedFunction:
    """One user function in one run.

    Calling it means: for every position of the batch, call the function on that position's elements (a scalar arrives
    0-d, all arrays are read-only), and cast what it returns to the declared dtype. It is done by running the function
    once on arrays of all elements; by paths, if it decides on scalars; in a loop, if nothing else works. Functions
    are taken to be pure. Results of the first call, and of a few later ones, are compared with plain calls on sampled
    elements; if they differ, the loop is used from then on.

    NumPy's floating-point warnings are the caller's business (`quiet`).

    Attributes:
        mode: how it ran so far: "batched", "paths" or "loop" (the worst that was needed).
        reason: why it is not "batched"; empty if it is.
        suspect: a later sample differed after earlier results had been handed out (which only a function that is not
            pure, or a wrong rule, can cause): whoever wants certainty runs again with `batching=False`.
    """

    def __init__(
        self, function: Callable[..., Any], name: str, signature: Signature, *, batching: bool = True, seed: int = 0
    ) -> None:
        self.name = name
        self.signature = signature
        self.mode: Mode = "batched" if batching else "loop"
        self.reason = "" if batching else "batching is switched off"
        self.suspect = False
        self._function = function
        self._builder = argument_builder(signature.arguments)
        self._declared = signature.results
        self._leaves = signature.result_leaves
        self._simple = self._builder is None
        self._torch: TorchRunner | None = None
        if signature.array == "torch":
            self._torch = TorchRunner(function, name, self._builder, signature.results)
            self._function = self._torch.per_element()
        self._layouts: dict[Key, Layout] = {}
        self._lifted: dict[int, tuple[Batch, Callable[..., Any]] | None] = {}
        self._lifting = False
        self._full = False
        self._decides = False
        self._blocks_of: dict[tuple[int, ...], int] = {}
        self._calls = 0
        self._unchecked = True
        self._seed = zlib.crc32(name.encode()) ^ seed
        self._result_bytes = sum(_size(leaf.shape) * leaf.dtype.itemsize for leaf in self._leaves)

    def __call__(self, arguments: Sequence[Any], batch: tuple[int, ...]) -> tuple[NDArray[Any], ...]:
        """Runs the function on every position of a batch.

        Args:
            arguments: one entry for each of the signature's: an array of shape `batch + element shape` (it may be a
                broadcast view: axes of stride 0 are computed once), or a tuple of such.
            batch: the batch axes' sizes, outermost first; any may be 0, in which case the function is not called.

        Returns:
            For each result leaf a read-only array of shape `batch + leaf.shape` and its declared dtype. It may be a
            broadcast view, and it may share memory with an argument.

        Raises:
            FunctionError: the function failed on an element, or returned something undeclared.
        """
        arrays = [*arguments] if self._simple else flat_arguments(arguments)
        if 0 in batch:
            return tuple(_empty(batch, leaf) for leaf in self._leaves)
        key = layout_key(arrays, batch)
        layout = self._layouts.get(key)
        if layout is None:
            layout = self._layouts[key] = make_layout(arrays, batch)
            self._unchecked |= len(self._layouts) <= _CHECKED_LAYOUTS
        views = [view.of(array) for view, array in zip(layout.views, arrays, strict=True)]
        if layout.count < _MIN_BATCH or self.mode == "loop":
            results = self._loop(views, layout)
        else:
            results = self._batched(views, layout)
        if len(results) == 1:
            return (layout.spread(results[0]),)
        return tuple([layout.spread(result) for result in results])

    # The loop.

    def _loop(self, views: Arrays, layout: Layout) -> Arrays:
        results = run_loop(
            self._function, self.name, flatten(views, layout.sizes), layout.count, self._builder, self._declared,
            self._leaves, layout.position,
        )  # fmt: skip
        if len(layout.sizes) == 1:
            return results
        return [r.reshape(layout.sizes + leaf.shape) for r, leaf in zip(results, self._leaves, strict=True)]

    def _give_up(self, reason: str) -> None:
        self.mode, self.reason = "loop", reason

    # The batched run.

    def _batched(self, views: Arrays, layout: Layout) -> Arrays:
        """Batched results, checked on a sample; the loop's, if that does not work."""
        self._calls += 1
        total = layout.nbytes + self._result_bytes * layout.count
        try:
            results = self._run(views, layout.sizes) if total <= BLOCK_BYTES else self._blocks(views, layout, total)
        except NotBatchable as refusal:
            self._give_up(str(refusal))
            return self._loop(views, layout)
        except (Exception, SystemExit) as error:  # the loop tells whether the function fails, and where
            results = self._loop(views, layout)
            self._give_up(f"{type(error).__name__} in a batched run: {error}")
            return results
        if self._unchecked or self._calls & (self._calls - 1) == 0:
            if not self._sample_agrees(results, views, layout):
                self.suspect = self._calls > 1
                self._give_up("a batched result differs from a plain call's")
                return self._loop(views, layout)
            self._unchecked = False
        return results

    def _sample_agrees(self, results: Arrays, views: Arrays, layout: Layout) -> bool:
        chosen = sample(layout.count, self._unchecked, self._seed + self._calls)
        places = np.unravel_index(chosen, layout.sizes)
        inputs = [gather(view, places) for view in views]
        expected = run_loop(
            self._function, self.name, inputs, len(chosen), self._builder, self._declared, self._leaves,
            lambda i: layout.position(int(chosen[i])),
        )  # fmt: skip
        return all(
            agree(gather(result, places), value, inputs) for result, value in zip(results, expected, strict=True)
        )

    def _blocks(self, views: Arrays, layout: Layout, total: int) -> Arrays:
        """Runs blocks along the longest axis, so that intermediate values stay small."""
        axis = int(np.argmax(layout.sizes))
        length = layout.sizes[axis]
        known = self._blocks_of.get(layout.sizes)
        block = known or max(_MIN_BATCH, length * BLOCK_BYTES // total)
        if length <= max(block, 2 * _MIN_BATCH):
            return self._run(views, layout.sizes)
        outputs = [np.empty(layout.sizes + leaf.shape, leaf.dtype) for leaf in self._leaves]
        begin, size = 0, known or max(_MIN_BATCH, block // _PROBE)
        while begin < length:
            end = length if length - begin - size < _MIN_BATCH else begin + size
            part = (slice(None),) * axis + (slice(begin, end),)
            parts = [view if view.shape[axis] == 1 else view[part] for view in views]
            sizes = (*layout.sizes[:axis], end - begin, *layout.sizes[axis + 1 :])
            if begin or known:
                results = self._run(parts, sizes)
            else:
                results, peak = self._measured(parts, sizes)
                if 0 < peak <= _FEW_INTERMEDIATES * sum(result.nbytes for result in results):
                    self._blocks_of[layout.sizes] = length
                    return self._run(views, layout.sizes)  # blocks would only cost a copy
                most = min(PEAK_BYTES, max(BLOCK_BYTES, total))
                block = self._blocks_of[layout.sizes] = max(
                    _MIN_BATCH, min(block, (end - begin) * most // max(peak, 1))
                )
            for output, result in zip(outputs, results, strict=True):
                output[part] = result
            begin, size = end, block
        return outputs

    def _measured(self, views: Arrays, sizes: tuple[int, ...]) -> tuple[Arrays, int]:
        """A run and the most memory it took, in bytes; 0 if someone else is measuring."""
        if tracemalloc.is_tracing():
            return self._run(views, sizes), 0
        tracemalloc.start()
        try:
            return self._run(views, sizes), tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    def _run(self, views: Arrays, sizes: tuple[int, ...]) -> Arrays:
        """Runs one block: as the function is, lifted, and split into paths, whichever works first."""
        if (self._full and len(sizes) > 1) or (self._full and any(view.shape[:1] != sizes for view in views)):
            return self._run_full(views, sizes)
        try:
            return self._once(views, sizes)
        except Split as split:
            return self._split(views, sizes, split)
        except NeedsFullBatch:
            if self._full:
                raise
            self._full = self._unchecked = True
            return self._run_full(views, sizes)
        except (NotBatchable, Exception):  # NumPy turns some refusals into errors of its own
            if self._lifting or self._lifted_for(len(sizes)) is None:
                raise
            self._lifting = self._unchecked = True
            return self._run(views, sizes)

    def _once(self, views: Arrays, sizes: tuple[int, ...]) -> Arrays:
        if self._torch is not None:
            return self._torch.batched(views, sizes, self._leaves)
        function = self._function
        if self._lifting:
            lifted = self._lifted_for(len(sizes))
            if lifted is not None:
                lifted[0].sizes = sizes
                function = lifted[1]
        return run_batched(function, views, len(sizes), self._builder, self._declared, self._leaves)

    def _lifted_for(self, lead: int) -> tuple[Batch, Callable[..., Any]] | None:
        if self._torch is not None:
            return None
        if lead not in self._lifted:
            batch = Batch(lead)
            function = lift_function(self._function, batch)
            self._lifted[lead] = None if function is None else (batch, function)
        return self._lifted[lead]

    def _run_full(self, views: Arrays, sizes: tuple[int, ...]) -> Arrays:
        """Runs with one batch axis, every argument written out for every element."""
        count = _size(sizes)
        results = self._run(flatten(views, sizes), (count,))
        return [
            np.broadcast_to(result, (count, *leaf.shape)).reshape(sizes + leaf.shape)
            for result, leaf in zip(results, self._leaves, strict=True)
        ]

    def _split(self, views: Arrays, sizes: tuple[int, ...], split: Split) -> Arrays:
        if not self._lifting and not self._decides and self._lifted_for(len(sizes)) is not None:
            self._lifting = True  # it may be an index (better gathered), or the builtin `max`
            try:
                return self._once(views, sizes)
            except Split as again:
                split = again
                self._lifting = again.by_value
            except (NotBatchable, Exception):
                self._lifting = False
            self._decides = self._unchecked = True
        count = _size(sizes)
        labels = np.broadcast_to(split.labels, sizes).reshape(-1)
        try:
            results = run_paths(
                lambda parts, size: self._once(list(parts), (size,)), flatten(views, sizes), count, labels, self._leaves
            )
        except NotBatchable:
            if self._lifting or self._lifted_for(len(sizes)) is None:
                raise
            self._lifting = True
            return self._run(views, sizes)
        self.mode, self.reason = "paths", "decides on a scalar: " + ("an integer" if split.by_value else "a truth test")
        return [result.reshape(sizes + leaf.shape) for result, leaf in zip(results, self._leaves, strict=True)]


def _size(shape: Sequence[int]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _empty(batch: tuple[int, ...], leaf: Leaf) -> NDArray[Any]:
    result = np.empty(batch + leaf.shape, leaf.dtype)
    result.flags.writeable = False
    return result


__all__ = ["BLOCK_BYTES", "BatchedFunction", "LeafView", "Mode"]
