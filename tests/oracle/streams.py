"""The primitives of 1-language, section 2, on lists of elements.

Shapes are innermost first and hold numbers.  An element is a tuple of arrays, one a leaf of its type (a Scalar, a
Buffer of numbers, a Multihot and a Tile have one leaf, a tuple has its fields'); a scalar is a 0-d array.  Elements
are listed in row-major order, so that the innermost dimension runs fastest.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Element = tuple[NDArray[Any], ...]


class OracleError(Exception):
    """The streams do not fit the primitive."""


@dataclass(frozen=True)
class Stream:
    """A stream: its shape, innermost first, and its elements in row-major order."""

    shape: tuple[int, ...]
    elements: tuple[Element, ...]

    def __post_init__(self) -> None:
        if len(self.elements) != math.prod(self.shape):
            raise OracleError(f"{len(self.elements)} elements in a stream of shape {list(self.shape)}")

    def groups(self, inner: int) -> list[tuple[Element, ...]]:
        """The elements in groups of the `inner` innermost dimensions; empty groups if one of these is 0."""
        length = math.prod(self.shape[:inner])
        return [self.elements[at * length : (at + 1) * length] for at in range(math.prod(self.shape[inner:]))]


def map_elements(fn: Callable[[Element], Element], stream: Stream) -> Stream:
    """Map."""
    return Stream(stream.shape, tuple(fn(element) for element in stream.elements))


def accum(fn: Callable[[Element, Element], Element], init: Element, stream: Stream, b: int) -> Stream:
    """Accum: a left fold over every group of the b innermost dimensions."""
    last = []
    for group in stream.groups(b):
        state = init
        for element in group:
            state = fn(state, element)
        last.append(state)
    return Stream(stream.shape[b:], tuple(last))


def scan(fn: Callable[[Element, Element], Element], init: Element, stream: Stream, b: int) -> Stream:
    """Scan: the states of the same fold after every element."""
    states = []
    for group in stream.groups(b):
        state = init
        for element in group:
            state = fn(state, element)
            states.append(state)
    return Stream(stream.shape, tuple(states))


def zip_streams(left: Stream, right: Stream) -> Stream:
    """Zip: the fields of both, in order."""
    if left.shape != right.shape:
        raise OracleError(f"Zip of shapes {list(left.shape)} and {list(right.shape)}")
    return Stream(left.shape, tuple(a + b for a, b in zip(left.elements, right.elements, strict=True)))


def bufferize(stream: Stream, a: int, leaf_shapes: Sequence[tuple[int, ...]]) -> Stream:
    """Bufferize: each group of the a innermost dimensions as one array a leaf.

    `leaf_shapes` are the NumPy shapes of one element's leaves (an empty group cannot tell them).
    """
    outer = tuple(reversed(stream.shape[:a]))
    buffers = []
    for group in stream.groups(a):
        leaves = []
        for number, leaf_shape in enumerate(leaf_shapes):
            parts = [element[number].ravel() for element in group]
            values = np.concatenate(parts) if parts else np.zeros(0)
            leaves.append(values.reshape(outer + leaf_shape))
        buffers.append(tuple(leaves))
    return Stream(stream.shape[a:], tuple(buffers))


def streamify(stream: Stream, dims: tuple[int, ...]) -> Stream:
    """Streamify: the elements of every buffer, whose dimensions are `dims` (innermost first)."""
    outer = tuple(reversed(dims))
    elements = [
        tuple(leaf[place] for leaf in buffer)
        for buffer in stream.elements
        for place in itertools.product(*map(range, outer))
    ]
    return Stream(dims + stream.shape, tuple(tuple(np.asarray(leaf) for leaf in one) for one in elements))


def repeat(stream: Stream, n: int) -> Stream:
    """Repeat: each element n times."""
    return Stream((n, *stream.shape), tuple(element for element in stream.elements for _ in range(n)))


def repeat_ref(stream: Stream, ref: Stream) -> Stream:
    """RepeatRef: as many times as the reference's innermost dimension."""
    if ref.shape[1:] != stream.shape:
        raise OracleError(f"RepeatRef of shapes {list(stream.shape)} and {list(ref.shape)}")
    return repeat(stream, ref.shape[0])


def promote(stream: Stream, b: int) -> Stream:
    """Promote: a dimension of 1 at place b."""
    return Stream((*stream.shape[:b], 1, *stream.shape[b:]), stream.elements)


def flatten(stream: Stream, indices: Sequence[int]) -> Stream:
    """Flatten: dimensions i-1..j become one."""
    first, last = indices[0] - 1, indices[-1]
    if list(indices) != list(range(first + 1, last + 1)) or first < 0:
        raise OracleError(f"Flatten of indices {list(indices)}")
    one = math.prod(stream.shape[first : last + 1])
    return Stream((*stream.shape[:first], one, *stream.shape[last + 1 :]), stream.elements)


def reshape(stream: Stream, indices: Sequence[int], block: int) -> Stream:
    """Reshape: each dimension d of the indices becomes block, d/block."""
    shape: list[int] = []
    for index, size in enumerate(stream.shape):
        if index not in indices:
            shape.append(size)
        elif block == 0 or size % block:
            raise OracleError(f"Reshape of {size} into blocks of {block}")
        else:
            shape += [block, size // block]
    return Stream(tuple(shape), stream.elements)


def partition(data: Stream, index: Stream, experts: int) -> list[Stream]:
    """Partition: each group of elements to every expert whose bit is set."""
    inner = len(data.shape) - len(index.shape)
    base = data.shape[:inner]
    if inner < 0 or data.shape[inner:] != index.shape:
        raise OracleError(f"Partition of shape {list(data.shape)} by an index of shape {list(index.shape)}")
    parts = []
    for expert in range(experts):
        groups = [
            group for group, (bits,) in zip(data.groups(inner), index.elements, strict=True) if _is_set(bits, expert)
        ]
        elements = tuple(element for group in groups for element in group)
        parts.append(Stream((*base, len(groups)), elements))
    return parts


def merge(fn: Callable[[Element, Element], Element], init: Element, parts: Sequence[Stream], index: Stream) -> Stream:
    """Merge: at each index position and place of base, a fold over the selected experts' next groups."""
    base = parts[0].shape[:-1]
    waiting = [part.groups(len(base)) for part in parts]
    merged: list[Element] = []
    for (bits,) in index.elements:
        chosen = []
        for expert, groups in enumerate(waiting):
            if _is_set(bits, expert):
                if not groups:
                    raise OracleError(f"Merge: expert {expert} has no group left")
                chosen.append(groups.pop(0))
        for place in range(math.prod(base)):
            state = init
            for group in chosen:
                state = fn(state, group[place])
            merged.append(state)
    if any(waiting):
        raise OracleError("Merge: groups are left that no index selects")
    return Stream(base + index.shape, tuple(merged))


def _is_set(bits: NDArray[Any], expert: int) -> bool:
    return bool(bits[expert] != 0)
