"""A sum of products is a matrix product: a Map that multiplies, folded by addition, is computed as one.

The body of the Map is called once with stand-ins that know which of the argument's axes each of their axes is. What
multiplies two such views, and nothing else, is a contraction, however it is written: ``x * y``, ``np.outer(x, y)``,
``x[:, None] * y``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from step.primitives.base import Array
from step.simulate.batch import Leaf, Signature

Axes = tuple[int | None, ...]
"""For each axis of a result, which axis of an argument it is; None for one along which the argument repeats."""


@dataclass(frozen=True, slots=True)
class Product:
    """The body of a Map is the product of two of its arguments, each with its axes placed as told."""

    left: int
    left_axes: Axes
    right: int
    right_axes: Axes


def product_of(body: Callable[..., Any], signature: Signature) -> Product | None:
    """How a Map's body multiplies two of its arguments; None if it does anything else."""
    if signature.array != "numpy" or not isinstance(signature.results, Leaf):
        return None
    arguments = []
    for number, leaf in enumerate(signature.arguments):
        if not isinstance(leaf, Leaf) or leaf.dtype != signature.results.dtype or leaf.dtype.kind != "f":
            return None
        arguments.append(_View(number, leaf.shape, tuple(range(len(leaf.shape)))))
    try:
        result = body(*arguments)
    except BaseException:  # whatever a body does that stand-ins do not know, even what ends a program
        return None
    if type(result) is not _Product or result.shape != signature.results.shape:
        return None
    left, right = result.left, result.right
    rank = len(result.shape)
    return Product(left.argument, _aligned(left.axes, rank), right.argument, _aligned(right.axes, rank))


def contract(product: Product, arrays: tuple[Array, ...], batch: tuple[int, ...]) -> Array:
    """The sum of the products along the last of the batch's axes.

    Args:
        product: what is multiplied.
        arrays: the Map's arguments, each with the batch's axes first.
        batch: the sizes of the batch's axes; the last one is summed over.

    Returns:
        The sums, with the other axes of the batch first.
    """
    rank = len(batch)
    left, left_labels = _labelled(arrays[product.left], product.left_axes, rank)
    right, right_labels = _labelled(arrays[product.right], product.right_axes, rank)
    summed = rank - 1
    width = len(product.left_axes)
    result_labels = [label for label in range(rank + width) if label != summed]
    sizes = _sizes(left, left_labels) | _sizes(right, right_labels)
    factor = 1
    if summed not in left_labels and summed not in right_labels:
        factor = batch[-1]
    elif summed not in right_labels:
        left, left_labels = _sum(left, left_labels, summed)
    elif summed not in left_labels:
        right, right_labels = _sum(right, right_labels, summed)
    shared = [label for label in result_labels if label in left_labels and label in right_labels]
    rows = [label for label in result_labels if label in left_labels and label not in right_labels]
    columns = [label for label in result_labels if label in right_labels and label not in left_labels]
    inner = [summed] if summed in left_labels and summed in right_labels else []
    a = _matrix(left, left_labels, shared, rows, inner)
    b = _matrix(right, right_labels, shared, inner, columns)
    flat = np.matmul(a, b)
    made = [*shared, *rows, *columns]
    result = flat.reshape([sizes[label] for label in made])
    if factor != 1:
        result = result * factor
    result = result.transpose(sorted(range(len(made)), key=made.__getitem__))
    # Axes along which neither argument varies.
    present = set(made)
    index = tuple(slice(None) if label in present else None for label in result_labels)
    full = [*batch[:-1], *_width(product, arrays, rank)]
    return np.broadcast_to(result[index], full)


def _width(product: Product, arrays: tuple[Array, ...], rank: int) -> list[int]:
    sizes = []
    for left, right in zip(product.left_axes, product.right_axes, strict=True):
        one = arrays[product.left].shape[rank + left] if left is not None else 1
        other = arrays[product.right].shape[rank + right] if right is not None else 1
        sizes.append(max(one, other) if 0 not in (one, other) else 0)
    return sizes


def _labelled(array: Array, axes: Axes, rank: int) -> tuple[Array, list[int]]:
    """The array without the axes along which it repeats, and the label of each axis that is left: the batch's axes
    are 0 to rank - 1, the result's follow."""
    places = {axis: rank + place for place, axis in enumerate(axes) if axis is not None}
    index: list[Any] = []
    labels: list[int] = []
    for axis, (size, stride) in enumerate(zip(array.shape, array.strides, strict=True)):
        if (stride == 0 or size == 1) and size > 0:
            index.append(0)
            continue
        index.append(slice(None))
        labels.append(axis if axis < rank else places[axis - rank])
    return array[tuple(index)], labels


def _sizes(array: Array, labels: list[int]) -> dict[int, int]:
    return dict(zip(labels, array.shape, strict=True))


def _sum(array: Array, labels: list[int], label: int) -> tuple[Array, list[int]]:
    return array.sum(axis=labels.index(label)), [one for one in labels if one != label]


def _matrix(array: Array, labels: list[int], shared: list[int], first: list[int], second: list[int]) -> Array:
    """The array as a stack of matrices: one batch axis, one for each of the two groups of labels."""
    order = [labels.index(label) for label in (*shared, *first, *second)]
    sizes = _sizes(array, labels)

    def count(group: list[int]) -> int:
        total = 1
        for label in group:
            total *= sizes[label]
        return total

    return array.transpose(order).reshape(count(shared), count(first), count(second))


def _aligned(axes: Axes, rank: int) -> Axes:
    return (None,) * (rank - len(axes)) + axes


class _NotRecognised(Exception):
    pass


class _View:
    """Stands for an argument, or a view of it that only places its axes elsewhere."""

    __array_priority__ = 1000

    def __init__(self, argument: int, shape: tuple[int, ...], axes: Axes) -> None:
        self.argument, self.shape, self.axes = argument, shape, axes

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    @property
    def T(self) -> _View:
        return _View(self.argument, self.shape[::-1], self.axes[::-1])

    def __mul__(self, other: object) -> _Product:
        return _multiply(self, other)

    def __rmul__(self, other: object) -> _Product:
        return _multiply(other, self)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: object, **kwargs: object) -> _Product:
        if ufunc is not np.multiply or kwargs or len(inputs) != 2:
            raise _NotRecognised
        if method == "outer":
            return _outer(*inputs)
        if method != "__call__":
            raise _NotRecognised
        return _multiply(*inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function is np.outer and len(args) == 2 and not kwargs:
            if any(isinstance(one, _View) and one.ndim != 1 for one in args):
                raise _NotRecognised
            return _outer(*args)
        if function is np.transpose and len(args) == 1 and not kwargs:
            return args[0].T
        raise _NotRecognised

    def __getitem__(self, index: Any) -> _View:
        items = list(index) if isinstance(index, tuple) else [index]
        if sum(one is Ellipsis for one in items) > 1:
            raise _NotRecognised
        used = sum(one is not None and one is not Ellipsis for one in items)
        rest = [slice(None)] * (self.ndim - used)
        at = items.index(Ellipsis) if Ellipsis in items else len(items)
        items = [*items[:at], *rest, *items[at + 1 :]]
        axes: list[int | None] = []
        shape: list[int] = []
        source = iter(zip(self.axes, self.shape, strict=True))
        for one in items:
            if one is None:
                axes.append(None)
                shape.append(1)
            elif isinstance(one, slice) and one == slice(None):
                axis, size = next(source)
                axes.append(axis)
                shape.append(size)
            else:
                raise _NotRecognised
        return _View(self.argument, tuple(shape), tuple(axes))

    def __bool__(self) -> bool:
        raise _NotRecognised


class _Product:
    """Stands for the product of two views."""

    def __init__(self, left: _View, right: _View) -> None:
        self.left, self.right = left, right
        self.shape = np.broadcast_shapes(left.shape, right.shape)


def _multiply(left: object, right: object) -> _Product:
    if not isinstance(left, _View) or not isinstance(right, _View):
        raise _NotRecognised
    return _Product(left, right)


def _outer(left: object, right: object) -> _Product:
    if not isinstance(left, _View) or not isinstance(right, _View):
        raise _NotRecognised
    return _multiply(left[(..., *(None,) * right.ndim)], right)
