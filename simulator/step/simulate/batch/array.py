"""The array a user's function sees when it is run once for a whole batch.

A `Batched` looks like the array of one element; underneath it holds the arrays of all elements, the batch axes first.
Operators are handled here, because they must be quick; everything else is looked up in `RULES` (see `rules/`).
Batch axes may have size 1 where the value does not vary along them: NumPy's broadcasting does the rest.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from step.simulate.batch.errors import NeedsFullBatch, NotBatchable, Split

RULES: dict[Any, Callable[..., Any]] = {}
"""The batching rule of each NumPy function, ufunc method (`(ufunc, "reduce")`) and `operator.getitem`/`setitem`."""

_ALL = slice(None)
PREFIX: tuple[tuple[slice, ...], ...] = tuple((_ALL,) * count for count in range(64))
"""`PREFIX[k]` indexes all of k batch axes."""

_TRAILING: tuple[tuple[Any, ...], ...] = tuple((Ellipsis, *(None,) * count) for count in range(64))
_NUMBERS = frozenset((float, int, bool, complex))


def pad(array: NDArray[Any], lead: int, rank: int) -> NDArray[Any]:
    """A view of `array` (`lead` batch axes first) whose element has `rank` axes, with size-1 axes put in front."""
    missing = rank + lead - array.ndim
    if missing <= 0:
        return array
    if array.ndim == lead:
        widened: NDArray[Any] = array[_TRAILING[missing]]
        return widened
    shape = array.shape
    return array.reshape(shape[:lead] + (1,) * missing + shape[lead:])


def operand(value: Any) -> Any:
    """A value that is no `Batched`, as a ufunc may take it: an array, or a Python number (which is weakly typed)."""
    if type(value) in _NUMBERS or isinstance(value, np.ndarray | np.generic):
        return value
    if isinstance(value, list | tuple):
        return np.asarray(value)
    return value


def align(values: Any, lead: int) -> tuple[list[Any], int]:
    """The operands of an elementwise operation, so that plain NumPy broadcasting does it; and the element's rank."""
    plain = [value._a if type(value) is Batched else operand(value) for value in values]
    rank = 0
    for value, array in zip(values, plain, strict=True):
        ndim = getattr(array, "ndim", 0) - (lead if type(value) is Batched else 0)
        rank = max(rank, ndim)
    return [
        pad(array, lead, rank) if type(value) is Batched else array for value, array in zip(values, plain, strict=True)
    ], rank


def align_pair(a: NDArray[Any], b: Any, lead: int, batched: bool) -> tuple[NDArray[Any], Any]:
    """`align` for two operands whose ranks may differ; `a` is batched."""
    if batched:
        return (pad(a, lead, b.ndim - lead), b) if a.ndim < b.ndim else (a, pad(b, lead, a.ndim - lead))
    return pad(a, lead, b.ndim), b


def other_operand(self: Batched, value: Any) -> tuple[NDArray[Any], Any]:
    """The two operands of a binary operator with `self`, aligned."""
    a = self._a
    if type(value) is Batched:
        b = value._a
        return (a, b) if a.ndim == b.ndim else align_pair(a, b, self._k, True)
    if type(value) in _NUMBERS:
        return a, value
    b = operand(value)
    return align_pair(a, b, self._k, False) if isinstance(b, np.ndarray) else (a, b)


def writable(target: Batched, *values: Any) -> None:
    """Checks that aligned batched arrays can be written to `target` without changing what it holds elsewhere.

    Raises:
        ValueError: the target is (a view of) an argument.
        NeedsFullBatch: the target is held once for several batch positions, and a value varies there.
    """
    if not target._a.flags.writeable:
        raise ValueError("assignment destination is read-only")
    have = target._a.shape[: target._k]
    for value in values:
        if value is not None and any(h == 1 and v != 1 for h, v in zip(have, value.shape, strict=False)):
            raise NeedsFullBatch("writes to an array that is shared by the batch")


def _refuse(name: str) -> Callable[..., Any]:
    def method(self: Batched, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotBatchable(f"{name} needs the value of one element")

    return method


class Batched:
    """One element's array, for all elements at once. `_a` has `_k` batch axes, then the element's."""

    __slots__ = ("_a", "_k")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, array: NDArray[Any], lead: int) -> None:
        self._a = array
        self._k = lead

    # What the element looks like.

    @property
    def shape(self) -> tuple[int, ...]:
        """The element's shape."""
        return self._a.shape[self._k :]

    @property
    def ndim(self) -> int:
        """The element's number of axes."""
        return self._a.ndim - self._k

    @property
    def size(self) -> int:
        """The element's number of values."""
        size = 1
        for length in self._a.shape[self._k :]:
            size *= length
        return size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The element's dtype."""
        return self._a.dtype

    @property
    def itemsize(self) -> int:
        """Bytes of one value."""
        return self._a.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of one element."""
        return self.size * self._a.itemsize

    @property
    def T(self) -> Batched:
        """The element with its axes reversed."""
        lead, ndim = self._k, self._a.ndim
        return Batched(self._a.transpose((*range(lead), *range(ndim - 1, lead - 1, -1))), lead)

    @property
    def mT(self) -> Batched:
        """The element with its last two axes swapped."""
        if self.ndim < 2:
            raise ValueError("matrix transpose needs at least two axes")
        return Batched(self._a.swapaxes(-1, -2), self._k)

    @property
    def real(self) -> Batched:
        """The real part."""
        return Batched(self._a.real, self._k)

    @property
    def imag(self) -> Batched:
        """The imaginary part."""
        return Batched(self._a.imag, self._k)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """What `isinstance` tells the function: an array."""
        return np.ndarray

    def __len__(self) -> int:
        if self._a.ndim == self._k:
            raise TypeError("len() of unsized object")
        return int(self._a.shape[self._k])

    def __iter__(self) -> Iterator[Batched]:
        lead, array = self._k, self._a
        if array.ndim == lead:
            raise TypeError("iteration over a 0-d array")
        prefix: tuple[Any, ...] = PREFIX[lead]
        return iter([Batched(array[(*prefix, i)], lead) for i in range(array.shape[lead])])

    def __getitem__(self, index: Any) -> Batched:
        kind = type(index)
        lead = self._k
        if kind is int or kind is slice:
            if self._a.ndim == lead:
                raise IndexError("too many indices for array")
            where: tuple[Any, ...] = (*PREFIX[lead], index)
            return Batched(self._a[where], lead)
        result: Batched = RULES[operator.getitem](self, index)
        return result

    def __setitem__(self, index: Any, value: Any) -> None:
        RULES[operator.setitem](self, index, value)

    # Decisions: the run is split by the answer (see paths.py).

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError("the truth value of an array with more than one element is ambiguous")
        truth = self._a.reshape(self._a.shape[: self._k]).astype(bool)
        count = np.count_nonzero(truth)
        if count == truth.size:
            return True
        if count == 0:
            return False
        raise Split(truth, by_value=False)

    def __index__(self) -> int:
        if self.size != 1 or self.ndim or self._a.dtype.kind not in "iu":
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return self._one_integer()

    def __int__(self) -> int:
        if self.size != 1:
            raise TypeError("only length-1 arrays can be converted to Python scalars")
        if not np.isfinite(self._a).all():
            raise NotBatchable("int() of a value that is not finite")
        return self._one_integer()

    def _one_integer(self) -> int:
        flat = self._a.reshape(-1).astype(np.int64)
        if (flat == flat[0]).all():
            return int(flat[0])
        raise Split(flat.reshape(self._a.shape[: self._k]), by_value=True)

    # What needs the value of one element.

    __float__ = _refuse("float()")
    __complex__ = _refuse("complex()")
    __array__ = _refuse("a conversion to a plain array")
    __repr__ = _refuse("repr()")
    __str__ = _refuse("str()")
    __format__ = _refuse("formatting")
    __reduce_ex__ = _refuse("pickling")
    __trunc__ = _refuse("trunc()")
    __floor__ = _refuse("floor()")
    __ceil__ = _refuse("ceil()")
    tobytes = _refuse("tobytes()")

    def __divmod__(self, value: Any) -> tuple[Any, Any]:
        return self // value, self % value

    def __rdivmod__(self, value: Any) -> tuple[Any, Any]:
        return value // self, value % self

    def __matmul__(self, value: Any) -> Any:
        return RULES[np.matmul](self, value)

    def __rmatmul__(self, value: Any) -> Any:
        return RULES[np.matmul](value, self)

    def __contains__(self, value: Any) -> bool:
        return bool((self == value).any())

    def __round__(self, digits: int | None = None) -> Any:
        if digits is None:
            raise NotBatchable("round() to a Python integer")
        return RULES[np.round](self, digits)

    def __copy__(self) -> Batched:
        return Batched(self._a.copy(), self._k)

    def __deepcopy__(self, memo: Any) -> Batched:
        return Batched(self._a.copy(), self._k)

    # NumPy's protocols.

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if kwargs or method != "__call__" or ufunc.signature is not None:
            return RULES["ufunc"](ufunc, method, inputs, kwargs, self._k)
        if len(inputs) == 1:
            result = ufunc(self._a)
        elif len(inputs) == 2:
            first, second = inputs
            if type(first) is Batched:
                result = ufunc(*other_operand(first, second))
            else:
                b, a = other_operand(second, first)
                result = ufunc(a, b)
        else:
            values, _ = align(inputs, self._k)
            result = ufunc(*values)
        if type(result) is tuple:
            return tuple(Batched(each, self._k) for each in result)
        if result.dtype.hasobject:
            raise NotBatchable(f"{ufunc.__name__} gives Python objects")
        return Batched(result, self._k)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        rule = RULES.get(function)
        if rule is None:
            raise NotBatchable(f"no batching rule for np.{getattr(function, '__name__', function)}")
        return rule(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__array"):
            raise NotBatchable("a conversion to a plain array needs the values of one element")
        if hasattr(np.ndarray, name):
            raise NotBatchable(f"no batching rule for the attribute .{name}")
        raise AttributeError(f"'numpy.ndarray' object has no attribute {name!r}")

    # Methods that are functions too.

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Batched:
        """The element in another dtype."""
        return Batched(self._a.astype(dtype, *args, **kwargs), self._k)

    def copy(self, order: Any = "C") -> Batched:
        """A copy of the element, which may be written to."""
        return Batched(self._a.copy(), self._k)

    def flatten(self, order: Any = "C") -> Any:
        """A copy of the element with one axis."""
        return RULES[np.ravel](self, order).copy()

    def fill(self, value: Any) -> None:
        """Writes one value everywhere."""
        RULES[operator.setitem](self, Ellipsis, value)

    def reshape(self, *shape: Any, order: Any = "C", **kwargs: Any) -> Any:
        """The element in another shape."""
        target = shape[0] if len(shape) == 1 else shape
        return RULES[np.reshape](self, target, order=order, **kwargs)

    def transpose(self, *axes: Any) -> Any:
        """The element with its axes permuted."""
        target = axes[0] if len(axes) == 1 else (axes or None)
        return RULES[np.transpose](self, target)

    def item(self) -> Batched:
        """The one value. (As a plain number it would be weakly typed: in float64 that makes no difference.)"""
        if self.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        kinds: dict[str, Any] = {"f": np.float64, "i": np.int64, "u": np.int64, "b": np.bool_, "c": np.complex128}
        return Batched(self._a.reshape(self._a.shape[: self._k]).astype(kinds[self._a.dtype.kind]), self._k)

    def tolist(self) -> Any:
        """The values as nested lists."""
        return [row.tolist() for row in self] if self.ndim else self.item()

    def sort(self, axis: int = -1, **kwargs: Any) -> None:
        """Sorts in place."""
        RULES["sort in place"](self, axis, **kwargs)

    def partition(self, kth: Any, axis: int = -1, **kwargs: Any) -> None:
        """Partitions in place."""
        RULES["partition in place"](self, kth, axis, **kwargs)
