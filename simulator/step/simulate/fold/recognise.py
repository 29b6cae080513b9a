"""Recognises folds that one NumPy reduction computes: ``state ∘ g(element)`` with ∘ one of add, multiply, maximum and
minimum, field by field.

The body is called once with stand-ins for the state and for the element. The state's stand-in takes part in one such
operation only; the element's computes as usual, but refuses to be looked at, so that a body which decides on data is
not recognised. What is recognised is then the same for every element.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from step.numeric import erf, erfc, gelu
from step.simulate.batch import Element, Leaf, Signature

_ASSOCIATIVE: dict[np.ufunc, float] = {np.add: 0.0, np.multiply: 1.0, np.maximum: -np.inf, np.minimum: np.inf}


@dataclass(frozen=True, slots=True)
class FieldFold:
    """How one array of the state is folded.

    Attributes:
        ufunc: the operation; None if the array never changes.
        identity: the value with which the operation changes nothing.
        argument: index of the element's array that is folded as it is; None if the body computes something from the
            element first, which it gives when it is called with the identity as its state.
    """

    ufunc: np.ufunc | None
    identity: float = 0.0
    argument: int | None = None


def recognise(body: Callable[..., Any], signature: Signature) -> tuple[FieldFold, ...] | None:
    """How a fold's body folds each array of its state; None if it is no such fold."""
    if signature.array != "numpy":
        return None
    state = signature.arguments[0]
    if any(leaf.dtype.kind != "f" for leaf in signature.result_leaves):
        return None
    states = _stand_in(state, lambda number, leaf: _State(number, leaf.shape))
    elements = [
        _stand_in(one, lambda number, leaf, at=place: _Element(np.full(leaf.shape, 0.5, leaf.dtype), (at, number)))
        for place, one in enumerate(signature.arguments[1:])
    ]
    try:
        with np.errstate(all="ignore"):
            result = body(states, *elements)
    except BaseException:  # whatever a body does that stand-ins do not know, even what ends a program
        return None
    found = _flat(result) if isinstance(state, tuple) else [result]
    if isinstance(state, tuple) and not isinstance(result, (tuple, list)):
        return None
    arguments = _positions(signature)
    folds = []
    for number, (leaf, one) in enumerate(zip(signature.result_leaves, found, strict=False)):
        if type(one) is not _State or one.number != number or one.shape != leaf.shape:
            return None
        if one.ufunc is None:
            folds.append(FieldFold(None))
            continue
        argument = None
        if type(one.other) is _Element and one.other.source is not None and one.other.value.shape == leaf.shape:
            argument = arguments[one.other.source]
        folds.append(FieldFold(one.ufunc, _ASSOCIATIVE[one.ufunc], argument))
    return tuple(folds) if len(folds) == len(found) == len(signature.result_leaves) else None


class _NotRecognised(Exception):
    pass


class _State:
    """Stands for an array of the state, before (``ufunc`` None) or after its one operation."""

    __array_priority__ = 1000

    def __init__(
        self, number: int, shape: tuple[int, ...], ufunc: np.ufunc | None = None, other: object = None
    ) -> None:
        self.number, self.shape, self.ufunc, self.other = number, shape, ufunc, other

    def combine(self, ufunc: np.ufunc, other: object, *, negative: bool = False) -> _State:
        if self.ufunc is not None or isinstance(other, _State) or ufunc not in _ASSOCIATIVE:
            raise _NotRecognised
        shape = np.shape(other.value if isinstance(other, _Element) else np.asarray(other))
        if np.broadcast_shapes(self.shape, shape) != self.shape:
            raise _NotRecognised
        return _State(self.number, self.shape, ufunc, None if negative else other)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: object, **kwargs: object) -> _State:
        if method != "__call__" or kwargs or len(inputs) != 2:
            raise _NotRecognised
        first, second = inputs
        if first is self:
            if ufunc is np.subtract:
                return self.combine(np.add, second, negative=True)
            return self.combine(ufunc, second)
        return self.combine(ufunc, first)

    def __add__(self, other: object) -> _State:
        return self.combine(np.add, other)

    __radd__ = __add__

    def __sub__(self, other: object) -> _State:
        return self.combine(np.add, other, negative=True)

    def __mul__(self, other: object) -> _State:
        return self.combine(np.multiply, other)

    __rmul__ = __mul__

    def __bool__(self) -> bool:
        raise _NotRecognised


class _Element(np.lib.mixins.NDArrayOperatorsMixin):
    """Stands for an array of the element: computes, but cannot be looked at. ``source`` says which array it is, as
    long as nothing was done to it."""

    __array_priority__ = 900
    _METHODS = frozenset({"sum", "mean", "max", "min", "prod", "reshape", "transpose", "dot", "astype", "clip", "copy"})

    def __init__(self, value: Any, source: tuple[int, int] | None = None) -> None:
        self.value, self.source = value, source

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.value.shape)

    @property
    def ndim(self) -> int:
        return int(self.value.ndim)

    @property
    def size(self) -> int:
        return int(self.value.size)

    @property
    def dtype(self) -> Any:
        return self.value.dtype

    @property
    def T(self) -> _Element:
        return _Element(self.value.T)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            raise _NotRecognised
        if any(isinstance(one, _State) for one in inputs):
            return NotImplemented
        result = ufunc(*map(_value, inputs))
        return tuple(map(_Element, result)) if isinstance(result, tuple) else _Element(result)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function not in _FUNCTIONS:
            raise _NotRecognised
        return _Element(function(*map(_value, args), **kwargs))

    def __getitem__(self, index: Any) -> _Element:
        if isinstance(index, _Element):
            raise _NotRecognised
        return _Element(self.value[index])

    def __getattr__(self, name: str) -> Any:
        if name not in self._METHODS:
            raise _NotRecognised(name)

        def method(*args: Any, **kwargs: Any) -> _Element:
            return _Element(getattr(self.value, name)(*map(_value, args), **kwargs))

        return method

    def __bool__(self) -> bool:
        raise _NotRecognised

    __float__ = __int__ = __index__ = __iter__ = __len__ = __bool__


_FUNCTIONS = frozenset(
    {
        np.where,
        np.outer,
        np.dot,
        np.sum,
        np.mean,
        np.max,
        np.min,
        np.clip,
        np.expand_dims,
        np.tensordot,
        erf,
        erfc,
        gelu,
    }
)


def _value(one: Any) -> Any:
    if isinstance(one, _State):
        raise _NotRecognised
    return one.value if isinstance(one, _Element) else one


def _stand_in(element: Element, make: Callable[..., Any]) -> Any:
    """A stand-in for an argument, nested as it is, with its arrays numbered."""
    if isinstance(element, Leaf):
        return make(0, element)
    return tuple(make(number, leaf) for number, leaf in enumerate(_leaves(element)))


def _leaves(element: Element) -> list[Leaf]:
    if isinstance(element, Leaf):
        return [element]
    return [leaf for one in element for leaf in _leaves(one)]


def _flat(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (tuple, list)) else [result]


def _positions(signature: Signature) -> dict[tuple[int, int], int]:
    """The number of each of the element's arrays, by its argument and its place in it."""
    found: dict[tuple[int, int], int] = {}
    for place, element in enumerate(signature.arguments[1:]):
        for number in range(len(_leaves(element))):
            found[(place, number)] = len(found)
    return found
