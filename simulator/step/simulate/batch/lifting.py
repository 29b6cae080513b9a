"""A function's own copy with names that NumPy's protocols cannot reach replaced.

`np.zeros(4)`, `np.array([a, b])`, `np.asarray(x)`, `W[i]` on a weight matrix, `math.sqrt(x)` and `float(x)` never ask a
`Batched` what to do. For the batched run only, the function's code object is given other globals, in which these names
handle batches; everything else is what it was. The user's function itself, its module and NumPy stay untouched.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from step.simulate.batch import standins
from step.simulate.batch.standins import Batch


def lift_function(function: Any, batch: Batch) -> Callable[..., Any] | None:
    """The function's copy for runs on this batch; None if there is nothing to replace."""
    if isinstance(function, functools.partial) and isinstance(function.func, FunctionType):
        lifter = _Lifter(batch, function.func.__globals__)
        bound = [lifter.value(value) for value in function.args]
        named = {name: lifter.value(value) for name, value in function.keywords.items()}
        lifter.changed = True
        return functools.partial(lifter.function(function.func), *bound, **named)
    if not isinstance(function, FunctionType):
        return None
    lifted = _Lifter(batch, function.__globals__).function(function)
    return None if lifted is function else lifted


class _Lifter:
    """Replaces what one function, and the functions of its module that it calls, refer to."""

    def __init__(self, batch: Batch, names: dict[str, Any]) -> None:
        self.batch = batch
        self.original = names
        self.names = dict(names)
        self.done: set[str] = set()
        self.helpers: dict[FunctionType, CellType] = {}
        self.changed = False

    def function(self, function: FunctionType) -> FunctionType:
        """The copy, or the function itself if nothing it refers to was replaced."""
        self._names_of(function.__code__)
        closure = function.__closure__
        if closure is not None:
            closure = tuple(self._cell(cell) for cell in closure)
        copy = self._copy(function, closure)
        return copy if self.changed else function

    def _copy(self, function: FunctionType, closure: tuple[CellType, ...] | None) -> FunctionType:
        defaults = function.__defaults__ and tuple(map(self._default, function.__defaults__))
        copy = FunctionType(function.__code__, self.names, function.__name__, defaults, closure)
        if function.__kwdefaults__:
            copy.__kwdefaults__ = {name: self._default(value) for name, value in function.__kwdefaults__.items()}
        return copy

    def _default(self, value: Any) -> Any:
        replacement = self.value(value)
        self.changed |= replacement is not value
        return replacement

    def _names_of(self, code: CodeType) -> None:
        """Replaces the globals that the code (and the code inside it) names."""
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._names_of(constant)
        for name in code.co_names:
            if name in self.done:
                continue
            self.done.add(name)
            if name in self.original:
                value = self.original[name]
                if isinstance(value, FunctionType) and value.__globals__ is self.original:
                    self.names[name] = self._copy(value, value.__closure__)
                    self._names_of(value.__code__)
                    continue
                self._replace(name, value)
            elif name in standins.BUILTINS:
                self.names[name] = standins.BUILTINS[name]
                self.changed = True

    def _replace(self, name: str, value: Any) -> None:
        replacement = self.value(value)
        if replacement is not value:
            self.names[name] = replacement
            self.changed = True

    def _cell(self, cell: CellType) -> CellType:
        try:
            value = cell.cell_contents
        except ValueError:  # not assigned yet
            return cell
        if isinstance(value, FunctionType) and value.__globals__ is self.original:
            if value not in self.helpers:
                lifted = self.helpers[value] = CellType()  # known before it is filled: it may refer to itself
                self._names_of(value.__code__)
                closure = value.__closure__ and tuple(map(self._cell, value.__closure__))
                lifted.cell_contents = self._copy(value, closure)
            return self.helpers[value]
        replacement = self.value(value)
        if replacement is value:
            return cell
        self.changed = True
        return CellType(replacement)

    def value(self, value: Any) -> Any:
        """What stands in for a global or a variable of an enclosing function."""
        if value is np:
            return standins.numpy_module(self.batch)
        if value is math:
            return standins.math_module()
        if type(value) is np.ndarray and value.ndim and value.dtype.kind in "biufc":
            return self.batch.constant(value)
        if isinstance(value, np.vectorize):
            return standins.vectorized(value)
        if callable(value) and not isinstance(value, type | ModuleType):
            name: Any = getattr(value, "__name__", None)
            if isinstance(name, str) and getattr(math, name, None) is value:
                return getattr(standins.math_module(), name)
            if isinstance(name, str) and getattr(np, name, None) is value:
                return getattr(standins.numpy_module(self.batch), name)
        return value
