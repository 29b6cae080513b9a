"""What stands in for functions that ask no protocol: NumPy's constructors, `math`, and some builtins."""

from __future__ import annotations

import builtins
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step.simulate.batch.array import RULES, Batched, align
from step.simulate.batch.errors import NotBatchable
from step.simulate.batch.rules.base import lead_of

_UFUNCS = {
    math.sqrt: np.sqrt, math.exp: np.exp, math.log: np.log, math.log2: np.log2, math.log10: np.log10,
    math.log1p: np.log1p, math.expm1: np.expm1, math.sin: np.sin, math.cos: np.cos, math.tan: np.tan,
    math.tanh: np.tanh, math.sinh: np.sinh, math.cosh: np.cosh, math.asin: np.arcsin, math.acos: np.arccos,
    math.atan: np.arctan, math.atan2: np.arctan2, math.fabs: np.fabs, math.pow: np.power, math.hypot: np.hypot,
    math.copysign: np.copysign, math.fmod: np.fmod,
}  # fmt: skip
"""Where NumPy computes the same on finite values (math raises where NumPy gives infinity or NaN)."""


class Batch:
    """The batch axes of the run for which stand-ins make arrays. The run sets the sizes before it calls."""

    __slots__ = ("lead", "sizes")

    def __init__(self, lead: int) -> None:
        self.lead = lead
        self.sizes: tuple[int, ...] = (1,) * lead

    def constant(self, array: NDArray[Any]) -> Batched:
        """A plain array as one that does not vary in the batch; read-only, for it is the user's own."""
        view = array.reshape((1,) * self.lead + array.shape).view()
        view.flags.writeable = False
        return Batched(view, self.lead)

    def filled(self, array: NDArray[Any]) -> Batched:
        """A new array with a value for every element of the batch, so that it may be written to."""
        wide = np.empty(self.sizes + array.shape, array.dtype)
        wide[...] = array
        return Batched(wide, self.lead)


def _contains_batched(value: Any) -> bool:
    if type(value) is Batched:
        return True
    return isinstance(value, list | tuple) and any(_contains_batched(part) for part in value)


def _nested(value: Any) -> Any:
    """A list (of lists) of batched and plain values as one array."""
    if isinstance(value, list | tuple):
        parts = [_nested(part) for part in value]
        return RULES[np.stack](parts) if _contains_batched(parts) else np.asarray(parts)
    return value


@dataclass(frozen=True, slots=True)
class _Constructors:
    """NumPy's constructors for one batch."""

    batch: Batch

    def array(self, value: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """`np.array`: a copy."""
        if not _contains_batched(value):
            return self.batch.filled(np.array(value, dtype, **kwargs))
        if set(kwargs) - {"copy"}:
            raise NotBatchable("these arguments of np.array")
        result = _nested(value)
        if kwargs.get("copy", True) or (dtype is not None and result.dtype != np.dtype(dtype)):
            return Batched(result._a.astype(result.dtype if dtype is None else dtype), result._k)
        return result

    def asarray(self, value: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """`np.asarray` and its like: no copy of what is an array."""
        if not _contains_batched(value):
            plain = np.asarray(value, dtype, **kwargs)
            return plain if isinstance(value, np.ndarray) else self.batch.filled(plain)
        if kwargs:
            raise NotBatchable("these arguments of np.asarray")
        result = _nested(value)
        return result if dtype is None or result.dtype == np.dtype(dtype) else result.astype(dtype)

    def full(self, shape: Any, fill_value: Any, dtype: Any = None, **kwargs: Any) -> Any:
        """`np.full`, with a batched value too."""
        if type(fill_value) is not Batched:
            return self.batch.filled(np.full(shape, fill_value, dtype, **kwargs))
        kind = fill_value.dtype if dtype is None else dtype
        result = self.batch.filled(np.zeros(shape, kind))
        result[...] = fill_value
        return result

    def made(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A constructor whose result the function may write to."""

        @functools.wraps(function)
        def constructor(*args: Any, **kwargs: Any) -> Any:
            if any(map(_contains_batched, (*args, *kwargs.values()))):
                raise NotBatchable(f"a batched argument of np.{function.__name__}")
            return self.batch.filled(function(*args, **kwargs))

        return constructor

    def like(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`np.zeros_like` and its like: to be written to, even if the prototype does not vary in the batch."""

        @functools.wraps(function)
        def constructor(*args: Any, **kwargs: Any) -> Any:
            made = function(*args, **kwargs)
            if type(made) is not Batched:
                return self.batch.filled(made)
            sizes = self.batch.sizes
            if made._a.shape[: made._k] == sizes:
                return made
            return Batched(np.broadcast_to(made._a, sizes + made.shape).copy(), made._k)

        return constructor

    def listed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function of an array that is given a list of batched values (which asks no protocol)."""

        @functools.wraps(function)
        def caller(*args: Any, **kwargs: Any) -> Any:
            return function(
                *(_nested(arg) if isinstance(arg, list | tuple) and _contains_batched(arg) else arg for arg in args),
                **kwargs,
            )

        return caller


_LISTED = (
    *("max", "min", "sum", "prod", "mean", "median", "std", "var", "argmax", "argmin", "any", "all", "cumsum"),
    *("cumprod", "sort", "argsort", "reshape", "ravel", "transpose", "dot", "outer", "inner", "where"),
)


class _ScalarType(type):
    """The type of stand-ins for scalar types: `isinstance` means the original."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.__mro__[1])


@functools.cache
def scalar_type(kind: type) -> type:
    """`float`, `int` or a NumPy scalar type, whose call casts batched scalars; as a dtype it is the original."""

    def create(cls: type, value: Any = 0, *args: Any) -> Any:
        if type(value) is not Batched:
            return kind(value, *args)
        if value.size != 1 and kind in (float, int):
            raise TypeError("only length-1 arrays can be converted to Python scalars")
        if np.dtype(kind).kind in "iu" and not np.isfinite(value._a).all():
            raise NotBatchable("an integer of a value that is not finite")
        return (value.reshape(()) if kind in (float, int) else value).astype(kind)

    members: dict[str, Any] = {"__new__": create}
    if kind in (float, int):
        members["dtype"] = np.dtype(kind)
    return _ScalarType(kind.__name__, (kind,), members)


def numpy_module(batch: Batch) -> ModuleType:
    """NumPy's namespace with constructors for this batch."""
    constructors = _Constructors(batch)
    module = ModuleType("numpy", np.__doc__)
    module.__dict__.update({name: value for name, value in vars(np).items() if name != "__name__"})
    module.__dict__["__getattr__"] = lambda name: getattr(np, name)
    for name in ("zeros", "ones", "empty", "eye", "identity", "tri"):
        # Zeros for empty, so that a value the function forgets to set is the same in every run.
        setattr(module, name, constructors.made(np.zeros if name == "empty" else getattr(np, name)))
    for name in ("zeros_like", "ones_like", "empty_like", "full_like"):
        setattr(module, name, constructors.like(getattr(np, name)))
    for name in _LISTED:
        setattr(module, name, constructors.listed(getattr(np, name)))
    for name in ("float64", "float32", "float16", "int64", "int32", "int8", "uint8", "intp", "bool_"):
        setattr(module, name, scalar_type(getattr(np, name)))
    for name in ("asarray", "asanyarray", "ascontiguousarray"):
        setattr(module, name, constructors.asarray)
    for name in ("array", "full"):
        setattr(module, name, getattr(constructors, name))
    module.__dict__["vectorize"] = lambda *args, **kwargs: vectorized(np.vectorize(*args, **kwargs))
    return module


def _by_value(function: Callable[..., Any]) -> Callable[..., Any]:
    """A scalar function of `math` on batched scalars: NumPy's where it is the same, else one call a value."""
    ufunc = _UFUNCS.get(function)

    @functools.wraps(function)
    def caller(*args: Any) -> Any:
        if not any(type(arg) is Batched for arg in args):
            return function(*args)
        if any(type(arg) is Batched and arg.size != 1 for arg in args):
            raise TypeError("only length-1 arrays can be converted to Python scalars")
        lead = lead_of(*args)
        scalars = [arg.reshape(()) if type(arg) is Batched else arg for arg in args]
        if ufunc is not None:
            result = ufunc(*scalars)
            if np.isfinite(result._a).all() and all(np.isfinite(s._a).all() for s in scalars if type(s) is Batched):
                return Batched(result._a.astype(np.float64, copy=False), lead)
        values, _ = align(scalars, lead)
        wide = np.broadcast_arrays(*values)
        columns = [each.reshape(-1).tolist() for each in wide]
        results = [function(*each) for each in zip(*columns, strict=True)]
        if results and type(results[0]) not in (float, int, bool):
            raise NotBatchable(f"the result of math.{function.__name__}")
        return Batched(np.asarray(results).reshape(wide[0].shape), lead)

    return caller


@functools.cache
def math_module() -> ModuleType:
    """The module `math` whose functions take batched scalars."""
    module = ModuleType("math", math.__doc__)
    for name, value in vars(math).items():
        if callable(value) and not name.startswith("_"):
            value = _by_value(value) if name not in ("fsum", "prod", "dist", "gcd", "lcm", "sumprod") else value
        if name != "__name__":
            setattr(module, name, value)
    return module


def vectorized(vector: np.vectorize) -> Callable[..., Any]:
    """`np.vectorize` works value by value, hence on the values of the whole batch."""

    def caller(*args: Any, **kwargs: Any) -> Any:
        if not any(type(arg) is Batched for arg in args):
            return vector(*args, **kwargs)
        if kwargs or vector.signature is not None or vector.excluded:
            raise NotBatchable("np.vectorize with a signature")
        lead = lead_of(*args)
        values, _ = align(args, lead)
        result = vector(*values)
        if isinstance(result, tuple):
            return tuple(Batched(np.asarray(each), lead) for each in result)
        return Batched(np.asarray(result), lead)

    return caller


def _extreme(plain: Callable[..., Any], better: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """`max` or `min` of batched scalars."""

    @functools.wraps(plain)
    def caller(*args: Any, **kwargs: Any) -> Any:
        values = args[0] if len(args) == 1 else args
        if kwargs or not (type(values) is Batched or any(map(_contains_batched, values))):
            return plain(*args, **kwargs)
        best, *rest = values
        for value in rest:  # the builtin keeps the first unless a later one is better
            truth = better(value, best)
            if type(truth) is not Batched:
                best = value if truth else best
            elif truth.ndim:
                raise ValueError("the truth value of an array with more than one element is ambiguous")
            else:
                best = RULES[np.where](truth, value, best)
        return best

    return caller


BUILTINS: dict[str, Any] = {
    "float": scalar_type(float),
    "int": scalar_type(int),
    "max": _extreme(builtins.max, lambda new, old: new > old),
    "min": _extreme(builtins.min, lambda new, old: new < old),
}
"""Builtins by name."""
