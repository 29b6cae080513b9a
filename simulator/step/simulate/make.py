"""The data of an operator's inputs: seeded, read-only, in the precision of the check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from step.choice import make_data
from step.primitives.base import Array, Data
from step.program import Specification, StreamSpec
from step.simulate.dtypes import numpy_dtype, sizes_of
from step.types import Buffer, ElementType, Multihot, STuple

_INPUTS = 0x1A7A  # tells the inputs' random numbers from the parameters'


def make_inputs(specification: Specification, sizes: Mapping[str, int], seed: int, precision: str) -> tuple[Data, ...]:
    """One stream's data an input, each from its own random numbers, so that one input's size does not change another.

    Raises:
        SizeError: a dimension has no whole size here.
    """
    return tuple(
        make_stream(spec, sizes, np.random.default_rng([seed, _INPUTS, place]), precision)
        for place, (_, spec) in enumerate(specification.inputs)
    )


def make_stream(spec: StreamSpec, sizes: Mapping[str, int], generator: np.random.Generator, precision: str) -> Data:
    """The data of one stream: read-only arrays, one a leaf of its element type."""
    outer = sizes_of(spec.shape, sizes)
    arrays = tuple(_leaves(spec.type.element, outer, spec, sizes, generator, precision))
    for array in arrays:
        array.setflags(write=False)
    return Data(spec.type.element, len(outer), arrays)


def _leaves(
    element: ElementType,
    outer: tuple[int, ...],
    spec: StreamSpec,
    sizes: Mapping[str, int],
    generator: np.random.Generator,
    precision: str,
) -> list[Array]:
    match element:
        case STuple():
            return [array for one in element.fields for array in _leaves(one, outer, spec, sizes, generator, precision)]
        case Buffer():
            inner = outer + sizes_of(element.dims, sizes)
            return _leaves(element.element, inner, spec, sizes, generator, precision)
        case Multihot():
            bits = _multihots((*outer, element.length.evaluate(sizes)), spec.ones, generator)
            return [bits.astype(numpy_dtype(element.dtype, precision))]
        case _:
            (leaf,) = element.leaves
            shape = outer + sizes_of(leaf.dims, sizes)
            return [_numbers(shape, spec, numpy_dtype(leaf.dtype, precision), generator)]


def _multihots(shape: tuple[int, ...], ones: tuple[int, int] | None, generator: np.random.Generator) -> Array:
    """Vectors with a random number of bits set, from ``ones[0]`` to ``ones[1]`` (any number where none is said)."""
    length = shape[-1]
    low, high = ones if ones is not None else (0, length)
    low, high = min(low, length), min(high, length)
    counts = generator.integers(low, max(low, high) + 1, (*shape[:-1], 1))
    # The rank of each position among random numbers: the first `count` ranks are set.
    ranks = generator.random(shape).argsort(axis=-1).argsort(axis=-1)
    chosen: Array = ranks < counts
    return chosen


def _numbers(shape: tuple[int, ...], spec: StreamSpec, dtype: np.dtype[Any], generator: np.random.Generator) -> Array:
    if dtype.kind == "f":
        return make_data(generator, spec.data, shape, spec.scale).astype(dtype)
    if dtype.kind == "b":
        return np.asarray(make_data(generator, spec.data, shape) > (0 if spec.data == "normal" else 0.5))
    # Whole numbers: spread enough that values differ.
    spread = 4.0 if spec.data in ("normal", "uniform") else 1.0
    values = np.rint(make_data(generator, spec.data, shape, spec.scale * spread))
    limits = np.iinfo(dtype)
    return values.clip(limits.min, limits.max).astype(dtype)
