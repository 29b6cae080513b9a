"""Products: matmul, dot, einsum and their like. Static matrices become one matrix product for the whole batch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from step.simulate.batch.errors import NotBatchable
from step.simulate.batch.rules.base import Batched, flat, is_static, lead_of, lift, negative, refuse_out, rule, static
from step.simulate.batch.rules.ufuncs import outer as ufunc_outer

_ROWS = 512
"""A product of very many rows with a small matrix is up to twice as fast in parts of so many rows (OpenBLAS 0.3)."""
_EINSUM_WORK = 100_000
"""From so many multiplications on, einsum's optimiser costs less than it gains."""


def _rows_times(array: NDArray[Any], matrix: NDArray[Any]) -> NDArray[Any]:
    """`array @ matrix` for one matrix: a product over all rows of the batch, in parts that BLAS does best."""
    if array.ndim == 2 and len(array) >= 4 * _ROWS and array.dtype == matrix.dtype and array.flags.c_contiguous:
        whole = len(array) // _ROWS * _ROWS
        result = np.empty((len(array), matrix.shape[1]), array.dtype)
        parts = array[:whole].reshape(-1, _ROWS, array.shape[1])
        np.matmul(parts, matrix, out=result[:whole].reshape(-1, _ROWS, matrix.shape[1]))
        np.matmul(array[whole:], matrix, out=result[whole:])
        return result
    if array.ndim > 2 and array.flags.c_contiguous:
        rows: NDArray[Any] = np.matmul(array.reshape(-1, array.shape[-1]), matrix)
        return rows.reshape((*array.shape[:-1], matrix.shape[-1]))
    product: NDArray[Any] = np.matmul(array, matrix)
    return product


@rule(np.matmul, np.linalg.matmul)
def matmul(x1: Any, x2: Any, /, **kwargs: Any) -> Any:
    """`x1 @ x2`: vectors and (stacks of) matrices."""
    if kwargs:
        raise NotBatchable("arguments of np.matmul")
    lead = lead_of(x1, x2)
    if type(x1) is Batched and is_static(x2):
        weight = np.asarray(static(x2))
        a = x1._a
        if a.ndim == lead:
            raise ValueError("matmul: Input operand 0 does not have enough dimensions")
        if weight.ndim == 2:
            return Batched(_rows_times(a, weight), lead)
        if weight.ndim == 1:
            return Batched(np.matmul(a, weight), lead)
    elif type(x2) is Batched and is_static(x1) and x2.ndim == 1:
        weight = np.asarray(static(x1))
        if weight.ndim == 2:
            return Batched(np.matmul(x2._a, weight.T), lead)
        if weight.ndim == 1:
            return Batched(np.matmul(x2._a, weight), lead)
    return Batched(_stacked(lift(x1, lead), lift(x2, lead), lead), lead)


def _stacked(a: NDArray[Any], b: NDArray[Any], lead: int) -> NDArray[Any]:
    """matmul with both operands' batch axes in front."""
    rank_a, rank_b = a.ndim - lead, b.ndim - lead
    if rank_a == 0 or rank_b == 0:
        raise ValueError("matmul: an operand does not have enough dimensions")
    if rank_a == 1:
        a = a[..., None, :]
    if rank_b == 1:
        b = b[..., None]
    rank = max(a.ndim, b.ndim)
    a = a.reshape(a.shape[:lead] + (1,) * (rank - a.ndim) + a.shape[lead:])
    b = b.reshape(b.shape[:lead] + (1,) * (rank - b.ndim) + b.shape[lead:])
    result: NDArray[Any] = np.matmul(a, b)
    if rank_b == 1:
        result = result[..., 0]
    if rank_a == 1:
        result = result[..., 0] if rank_b == 1 else result[..., 0, :]
    return result


@rule(np.vecdot, np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: Any = -1) -> Any:
    """Products of vectors along an axis."""
    lead = lead_of(x1, x2)
    a, b = lift(x1, lead), lift(x2, lead)
    if axis != -1:
        a = np.moveaxis(a, negative(axis, a.ndim - lead), -1)
        b = np.moveaxis(b, negative(axis, b.ndim - lead), -1)
    rank = max(a.ndim, b.ndim)
    a = a.reshape(a.shape[:lead] + (1,) * (rank - a.ndim) + a.shape[lead:])
    b = b.reshape(b.shape[:lead] + (1,) * (rank - b.ndim) + b.shape[lead:])
    return Batched(np.vecdot(a, b), lead)


@rule(*(getattr(np, name) for name in ("matvec",) if hasattr(np, name)))
def matvec(x1: Any, x2: Any, /) -> Any:
    """Matrices with vectors."""
    return matmul(x1, x2[..., None])[..., 0]


@rule(*(getattr(np, name) for name in ("vecmat",) if hasattr(np, name)))
def vecmat(x1: Any, x2: Any, /) -> Any:
    """Vectors with matrices."""
    if np.iscomplexobj(x1):
        raise NotBatchable("np.vecmat of complex vectors")
    return matmul(x1[..., None, :], x2)[..., 0, :]


@rule(np.dot)
def dot(a: Any, b: Any, out: Any = None) -> Any:
    """`np.dot`: products with scalars, of vectors and matrices; the second to last axis of b for higher ranks."""
    refuse_out(out)
    rank_a, rank_b = np.ndim(a), np.ndim(b)
    if rank_a == 0 or rank_b == 0:
        return a * b
    if rank_b <= 2:
        return matmul(a, b)
    return tensordot(a, b, ((-1,), (-2,)))


@rule(np.vdot)
def vdot(a: Any, b: Any, /) -> Any:
    """The product of the flattened arrays."""
    lead = lead_of(a, b)
    return Batched(np.vecdot(flat(lift(a, lead), lead), flat(lift(b, lead), lead)), lead)


@rule(np.inner)
def inner(a: Any, b: Any, /) -> Any:
    """Sums over the last axes."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    return tensordot(a, b, ((-1,), (-1,)))


@rule(np.outer, np.linalg.outer)
def outer(a: Any, b: Any, out: Any = None) -> Any:
    """Every value of the flattened a with every value of the flattened b."""
    refuse_out(out)
    lead = lead_of(a, b)
    flats = [Batched(flat(lift(value, lead), lead), lead) for value in (a, b)]
    return ufunc_outer(np.multiply, *flats, lead=lead)


@rule(np.kron)
def kron(a: Any, b: Any) -> Any:
    """The Kronecker product."""
    lead = lead_of(a, b)
    x, y = lift(a, lead), lift(b, lead)
    rank = max(x.ndim, y.ndim) - lead
    x = x.reshape(x.shape[:lead] + (1,) * (rank + lead - x.ndim) + x.shape[lead:])
    y = y.reshape(y.shape[:lead] + (1,) * (rank + lead - y.ndim) + y.shape[lead:])
    shape_x: tuple[int, ...] = x.shape[lead:]
    shape_y: tuple[int, ...] = y.shape[lead:]
    between_x = tuple(size for each in shape_x for size in (each, 1))
    between_y = tuple(size for each in shape_y for size in (1, each))
    product = x.reshape(x.shape[:lead] + between_x) * y.reshape(y.shape[:lead] + between_y)
    sizes = tuple(i * j for i, j in zip(shape_x, shape_y, strict=True))
    return Batched(product.reshape(product.shape[:lead] + sizes), lead)


@rule(np.tensordot, np.linalg.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """Sums over pairs of axes."""
    lead = lead_of(a, b)
    x, y = lift(a, lead), lift(b, lead)
    rank_x, rank_y = x.ndim - lead, y.ndim - lead
    if isinstance(axes, int | np.integer):
        over_x, over_y = list(range(rank_x - int(axes), rank_x)), list(range(int(axes)))
    else:
        over_x, over_y = (list(part) if isinstance(part, list | tuple) else [part] for part in axes)
    over_x = [negative(axis, rank_x) + rank_x for axis in over_x]
    over_y = [negative(axis, rank_y) + rank_y for axis in over_y]
    if [x.shape[lead + i] for i in over_x] != [y.shape[lead + i] for i in over_y]:
        raise ValueError("shape-mismatch for sum")
    keep_x = [i for i in range(rank_x) if i not in over_x]
    keep_y = [i for i in range(rank_y) if i not in over_y]
    x = x.transpose((*range(lead), *(lead + i for i in (*keep_x, *over_x))))
    y = y.transpose((*range(lead), *(lead + i for i in (*over_y, *keep_y))))
    shape_x, shape_y = x.shape[lead : lead + len(keep_x)], y.shape[lead + len(over_y) :]
    inner_size = int(np.prod(x.shape[lead + len(keep_x) :], dtype=np.int64))
    rows = int(np.prod(shape_x, dtype=np.int64))
    columns = int(np.prod(shape_y, dtype=np.int64))
    left = x.reshape((*x.shape[:lead], rows, inner_size))
    right = y.reshape((*y.shape[:lead], inner_size, columns))
    if all(size == 1 for size in right.shape[:lead]):
        product = _rows_times(left, right.reshape(right.shape[lead:]))
    else:
        product = np.matmul(left, right)
    return Batched(product.reshape(product.shape[:lead] + shape_x + shape_y), lead)


@rule(np.einsum)
def einsum(*operands: Any, out: Any = None, optimize: Any = False, **kwargs: Any) -> Any:
    """Einstein sums in the string form: the batch axes become the ellipsis."""
    refuse_out(out)
    if not operands or not isinstance(operands[0], str) or kwargs:
        raise NotBatchable("np.einsum in this form")
    text = operands[0].replace(" ", "")
    if "." in text:
        raise NotBatchable("np.einsum with an ellipsis")
    values = operands[1:]
    lead = lead_of(*values)
    left, arrow, result = text.partition("->")
    terms = left.split(",")
    if not arrow:
        letters = left.replace(",", "")
        result = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    arrays: list[NDArray[Any]] = []
    renamed: list[str] = []
    sizes: dict[str, int] = {}
    for term, value in zip(terms, values, strict=True):
        array = np.asarray(static(value)) if is_static(value) else value._a
        arrays.append(array)
        renamed.append(term if is_static(value) else "..." + term)
        sizes.update(zip(term, array.shape[array.ndim - len(term) :], strict=True))
    if all(is_static(value) for value in values):  # keep the batch axes
        arrays, renamed = [lift(value, lead) for value in values], ["..." + term for term in terms]
    work = max((array.size for array in arrays), default=1)
    for letter in set(result) if result else ():
        work *= max(sizes.get(letter, 1), 1) if work < _EINSUM_WORK else 1
    quick = optimize or (len(arrays) > 1 and work >= _EINSUM_WORK)
    return Batched(np.einsum(f"{','.join(renamed)}->...{result}", *arrays, optimize=quick), lead)


@rule(np.cross)
def cross(a: Any, b: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None) -> Any:
    """The product of three-dimensional vectors along the last axis."""
    if (axisa, axisb, axisc) != (-1, -1, -1) or axis not in (None, -1):
        raise NotBatchable("np.cross along other axes")
    lead = lead_of(a, b)
    x, y = lift(a, lead), lift(b, lead)
    rank = max(x.ndim, y.ndim)
    x = x.reshape(x.shape[:lead] + (1,) * (rank - x.ndim) + x.shape[lead:])
    y = y.reshape(y.shape[:lead] + (1,) * (rank - y.ndim) + y.shape[lead:])
    return Batched(np.cross(x, y), lead)


@rule(np.linalg.multi_dot)
def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    """A chain of products."""
    refuse_out(out)
    result, *rest = arrays
    for each in rest:
        result = matmul(result, each)
    return result
