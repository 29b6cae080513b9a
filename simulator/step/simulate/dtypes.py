"""Element types as arrays: NumPy shapes (outermost first) and dtypes, under a precision.

A check computes in float64 so that rounding neither hides nor fakes a difference (1-language, section 6): under the
precision "f64" every floating dtype is float64; under "f32" every dtype is what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from step.dims import Dim, Shape
from step.function import Function
from step.simulate.batch.signature import Element, Signature
from step.simulate.batch.signature import Leaf as Array
from step.types import Buffer, ElementType, Leaf, STuple, fields_of

_DTYPES = {"f16": "float16", "f32": "float32", "f64": "float64", "bool": "bool", "u8": "uint8", "i8": "int8",
           "i16": "int16", "i32": "int32", "i64": "int64"}  # fmt: skip


@cache
def numpy_dtype(dtype: str, precision: str) -> np.dtype[Any]:
    """The dtype of arrays of a leaf."""
    if precision == "f64" and dtype in ("f16", "f32", "f64"):
        return np.dtype(np.float64)
    return np.dtype(_DTYPES[dtype])


def sizes_of(shape: Shape, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """A shape's sizes, outermost first, as an array's shape has them.

    Raises:
        SizeError: a dimension has no whole size here.
    """
    return tuple(dim.evaluate(sizes) for dim in reversed(shape))


def leaf_array(leaf: Leaf, sizes: Mapping[str, int], precision: str) -> Array:
    """What one array of one element looks like."""
    return Array(sizes_of(leaf.dims, sizes), numpy_dtype(leaf.dtype, precision))


def element_arrays(element: ElementType, sizes: Mapping[str, int], precision: str) -> Element:
    """What a function sees of one field: an array, or a tuple of arrays for a Buffer of a tuple."""
    arrays = tuple(leaf_array(leaf, sizes, precision) for leaf in element.leaves)
    return arrays if is_many(element) else arrays[0]


def is_many(element: ElementType) -> bool:
    """Whether a field is several arrays: a tuple, or a Buffer of one."""
    return isinstance(element, STuple) or (isinstance(element, Buffer) and is_many(element.element))


def signature(function: Function, sizes: Mapping[str, int], precision: str) -> Signature:
    """A declared function's arguments and results as arrays: of a fold the state comes first, as one argument.

    Raises:
        SizeError: a dimension has no whole size here.
    """

    def field(element: ElementType) -> Element:
        return element_arrays(element, sizes, precision)

    elements = tuple(field(one) for one in fields_of(function.element))
    results = tuple(field(one) for one in fields_of(function.result))
    result: Element = results if isinstance(function.result, STuple) else results[0]
    arguments = (result, *elements) if function.is_fold else elements
    return Signature(arguments, result, "torch" if function.array == "torch" else "numpy")


def dim_size(dim: Dim | int, sizes: Mapping[str, int]) -> int:
    """A dimension's or a number's size.

    Raises:
        SizeError: it has no whole size here.
    """
    return dim.evaluate(sizes) if isinstance(dim, Dim) else int(dim)
