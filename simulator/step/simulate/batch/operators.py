"""The operators of `Batched`, and its methods that are NumPy functions too: one line each, installed on the class."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from step.simulate.batch.array import RULES, Batched, align_pair, other_operand, writable
from step.simulate.batch.errors import NotBatchable


def _binary(function: Callable[[Any, Any], Any]) -> Callable[[Batched, Any], Any]:
    def operation(self: Batched, value: Any) -> Any:
        kind = type(value)
        if kind is Batched:
            a, b = self._a, value._a
            if a.ndim != b.ndim:
                a, b = align_pair(a, b, self._k, True)
            return Batched(function(a, b), self._k)
        if kind is float or kind is int:
            return Batched(function(self._a, value), self._k)
        a, b = other_operand(self, value)
        return Batched(function(a, b), self._k)

    return operation


def _reflected(function: Callable[[Any, Any], Any]) -> Callable[[Batched, Any], Any]:
    def operation(self: Batched, value: Any) -> Any:
        kind = type(value)
        if kind is float or kind is int:
            return Batched(function(value, self._a), self._k)
        a, b = other_operand(self, value)
        return Batched(function(b, a), self._k)

    return operation


def _unary(function: Callable[[Any], Any]) -> Callable[[Batched], Any]:
    def operation(self: Batched) -> Any:
        return Batched(function(self._a), self._k)

    return operation


def _in_place(function: Callable[..., Any], plain: Callable[[Any, Any], Any]) -> Callable[[Batched, Any], Any]:
    def operation(self: Batched, value: Any) -> Any:
        if self._a.ndim == self._k:  # a NumPy scalar is immutable: `m += 1` binds a new one
            if not self._a.flags.writeable:
                raise NotBatchable("in-place operation on an argument")
            return plain(self, value)
        a, b = other_operand(self, value)
        writable(self, b if type(value) is Batched else None)
        if a is not self._a:
            raise NotBatchable("in-place operation that broadcasts its target")
        function(a, b, out=a)
        return self

    return operation


def _method(name: str, function: Any) -> Callable[..., Any]:
    def method(self: Batched, *args: Any, **kwargs: Any) -> Any:
        return RULES[function](self, *args, **kwargs)

    method.__name__ = name
    return method


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": operator.pow,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "lshift": operator.lshift,
    "rshift": operator.rshift,
}
_UFUNCS: dict[str, np.ufunc] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.true_divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "pow": np.power,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "lshift": np.left_shift,
    "rshift": np.right_shift,
}

for _name, _operator in _OPERATORS.items():
    setattr(Batched, f"__{_name}__", _binary(_operator))
    setattr(Batched, f"__r{_name}__", _reflected(_operator))
    setattr(Batched, f"__i{_name}__", _in_place(_UFUNCS[_name], _operator))
for _comparison in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
    setattr(Batched, f"__{_comparison.__name__}__", _binary(_comparison))
for _sign in (operator.neg, operator.pos, operator.abs, operator.invert):
    setattr(Batched, f"__{_sign.__name__}__", _unary(_sign))
for _name in (
    *("all", "any", "argmax", "argmin", "argpartition", "argsort", "choose", "clip", "cumprod", "cumsum", "diagonal"),
    *("dot", "max", "mean", "min", "prod", "ptp", "ravel", "repeat", "round", "searchsorted", "squeeze", "std", "sum"),
    *("swapaxes", "take", "trace", "var"),
):
    setattr(Batched, _name, _method(_name, getattr(np, _name)))
for _name in ("conj", "conjugate"):
    setattr(Batched, _name, _unary(np.conjugate))
