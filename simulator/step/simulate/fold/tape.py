"""Folds whose body is a fixed sequence of elementwise operations: recorded once.

A recurrence such as a running softmax cannot be reduced by one NumPy call. What of it needs a step an element, and what
does not, is told by its operations (``schedule``); they are carried out by ``replay``.

The body is called once with stand-ins. They compute nothing but the operations' names, and refuse to be looked at, so
that a body which decides on data, indexes, or reduces is not recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from step.primitives.base import Array
from step.simulate.batch import Leaf, Signature

_MOST = 200  # operations: a longer body gains nothing
Ref = int
"""What an operation reads: an input (the state's arrays, then the element's) or an operation's result, numbered on."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One elementwise operation; an operand is a reference, or a constant in an array. ``shape`` is one element's."""

    ufunc: np.ufunc
    operands: tuple[Ref | Array, ...]
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tape:
    """A body: its operations in order, and which results are the new state."""

    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[np.dtype[Any], ...]
    fields: int
    operations: tuple[Operation, ...]
    outputs: tuple[Ref, ...]


def record(body: Callable[..., Any], signature: Signature) -> Tape | None:
    """The tape of a fold's body; None if it does anything but elementwise operations."""
    first = signature.arguments[0]
    state = (first,) if isinstance(first, Leaf) else first
    leaves = [*state, *signature.arguments[1:]]
    flat = [one for one in leaves if isinstance(one, Leaf)]
    if signature.array != "numpy" or len(flat) != len(leaves):
        return None
    dtype = flat[0].dtype
    if dtype.kind != "f" or any(one.dtype != dtype for one in flat):
        return None
    recorder = _Recorder(len(flat))
    values = [_Value(recorder, number, np.full(one.shape, 0.5, dtype)) for number, one in enumerate(flat)]
    fields = len(state)
    try:
        with np.errstate(all="ignore"):
            result = body(values[0] if isinstance(first, Leaf) else tuple(values[:fields]), *values[fields:])
    except BaseException:  # whatever a body does that stand-ins do not know, even what ends a program
        return None
    results = [result] if isinstance(first, Leaf) else result
    if not isinstance(results, (tuple, list)) or len(results) != fields:
        return None
    for one, leaf in zip(results, state, strict=True):
        if type(one) is not _Value or one.dummy.shape != leaf.shape or one.dummy.dtype != dtype:  # type: ignore[union-attr]
            return None
    return Tape(
        tuple(one.shape for one in flat),
        tuple(one.dtype for one in flat),
        fields,
        tuple(recorder.operations),
        tuple(one.ref for one in results),
    )


class _NotRecorded(Exception):
    pass


class _Recorder:
    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.operations: list[Operation] = []
        self._known: dict[object, Ref] = {}

    def add(self, operation: Operation) -> Ref:
        """The reference of an operation's result; what is written twice is done once."""
        key = (
            operation.ufunc,
            *(one if isinstance(one, int) else (one.shape, one.tobytes()) for one in operation.operands),
        )
        if key not in self._known:
            self._known[key] = self.inputs + len(self.operations)
            self.operations.append(operation)
        return self._known[key]


class _Value(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array: operations on it are recorded. ``dummy`` has its shape and dtype, and no meaning."""

    __array_priority__ = 1000

    def __init__(self, recorder: _Recorder, ref: Ref, dummy: Any) -> None:
        self.recorder, self.ref, self.dummy = recorder, ref, dummy

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.dummy.shape)

    @property
    def ndim(self) -> int:
        return int(self.dummy.ndim)

    @property
    def size(self) -> int:
        return int(self.dummy.size)

    @property
    def dtype(self) -> Any:
        return self.dummy.dtype

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> _Value:
        if method != "__call__" or kwargs or ufunc.nout != 1 or ufunc.nin > 2 or ufunc.signature is not None:
            raise _NotRecorded
        operations = self.recorder.operations
        if len(operations) >= _MOST:
            raise _NotRecorded
        operands: list[Ref | Array] = []
        plain: list[Any] = []
        for one in inputs:
            if isinstance(one, _Value):
                operands.append(one.ref)
                plain.append(one.dummy)
            elif isinstance(one, (int, float, np.ndarray, np.generic)) and not isinstance(one, bool):
                # A Python number takes the other operand's dtype, as in NumPy.
                constant = np.asarray(one, self.dummy.dtype if isinstance(one, (int, float)) else None)
                if constant.dtype != self.dummy.dtype:
                    raise _NotRecorded
                operands.append(constant)
                plain.append(constant)
            else:
                raise _NotRecorded
        if ufunc is np.power and isinstance(operands[1], np.ndarray) and operands[1].shape == () and operands[1] == 2:
            ufunc, operands, plain = np.square, operands[:1], plain[:1]
        result = ufunc(*plain)
        if not isinstance(result, (np.ndarray, np.generic)) or result.dtype != self.dummy.dtype:
            raise _NotRecorded
        shape = tuple(result.shape)
        ref = self.recorder.add(Operation(ufunc, tuple(operands), shape))
        return _Value(self.recorder, ref, np.full(shape, 0.5, self.dummy.dtype))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        raise _NotRecorded

    def __getattr__(self, name: str) -> Any:
        raise _NotRecorded(name)

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise _NotRecorded

    __bool__ = __float__ = __int__ = __index__ = __iter__ = __len__ = __getitem__ = __setitem__ = _refuse
    __array__ = _refuse
