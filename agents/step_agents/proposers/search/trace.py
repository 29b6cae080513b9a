"""Tracing: which whole arrays does the reference compute on its way?

The reference gets arrays that write down what NumPy does with them (its protocols ``__array_ufunc__`` and
``__array_function__``); what is inside ``mean`` or ``var`` shows too. What it computes row by row, number by number or
with PyTorch shows where its module is instrumented (:mod:`.instrument`). Of a contraction (matmul, einsum) the products
before the sum are written down as well: a program that folds must make them. The result is only a list of arrays: hints
that order the search, on which nothing that is correct depends.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from step_agents.proposers.search.recording import MAX_NUMBERS, Array, Recording, Seen, record


def products(recording: Recording, function: Any, arguments: tuple[Any, ...]) -> None:
    """Shows what a contraction sums, and what is inside functions of NumPy that leave traced arrays."""
    try:
        if function is np.linalg.norm:
            recording.inside(np.square(_plain(arguments[0])))
        elif function is np.cov or function is np.corrcoef:
            _covariance(recording, [_plain(one) for one in arguments[:2]])
        if function is np.matmul or function is np.dot:
            left, right = (_plain(one) for one in arguments[:2])
            if left.ndim > 1 and right.ndim > 1 and (function is np.matmul or right.ndim == 2):
                _product(recording, left[..., :, :, None], right[..., None, :, :])
            elif right.ndim == 1 or left.ndim == 1:
                _product(recording, left if right.ndim == 1 else left[:, None], right)
        elif function is np.einsum and isinstance(arguments[0], str) and "..." not in arguments[0]:
            takes = arguments[0].replace(" ", "").split("->")[0]
            letters = "".join(dict.fromkeys(takes.replace(",", "")))
            operands = [_plain(one) for one in arguments[1:]]
            sizes = {
                letter: size
                for names, one in zip(takes.split(","), operands, strict=True)
                for letter, size in zip(names, one.shape, strict=True)
            }
            if "," in takes and math.prod(sizes[letter] for letter in letters) <= MAX_NUMBERS:
                recording.inside(np.einsum(f"{takes}->{letters}", *operands), product=True)
    except (ValueError, TypeError, IndexError, KeyError):
        return


def _covariance(recording: Recording, series: list[Array]) -> None:
    """Sums and means along the last axis, the deviations from these, their products with each other, and what these add
    up to."""
    centred = [one - one.mean(axis=-1, keepdims=True) for one in series]
    for whole, one in zip(series, centred, strict=True):
        for value in (whole.sum(axis=-1), whole.mean(axis=-1), one):
            recording.inside(value)
    for place, one in enumerate(centred):
        for other in centred[place:]:
            recording.inside(one * other)
            recording.inside((one * other).sum(axis=-1))


def _product(recording: Recording, left: Array, right: Array) -> None:
    if np.broadcast(left, right).size <= MAX_NUMBERS:
        recording.inside(left * right, product=True)


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Traced) else np.asarray(value)


def _plain_deep(value: Any) -> Any:
    if isinstance(value, Traced):
        return value.view(np.ndarray)
    if isinstance(value, (tuple, list)):
        return type(value)(_plain_deep(one) for one in value)
    return value


class Traced(np.ndarray[Any, Any]):
    """An array that writes down what is computed from it."""

    recorder: Recording | None

    def __array_finalize__(self, source: Any) -> None:
        """Views are written down where their origin is."""
        self.recorder = getattr(source, "recorder", None)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Computes on plain arrays; the result is traced again."""
        recorder = self.recorder or _recorder_of((inputs, kwargs))
        plain = {name: _plain_deep(value) for name, value in kwargs.items()}
        result = getattr(ufunc, method)(*(_plain_deep(one) for one in inputs), **plain)
        if recorder is None:
            return result
        if ufunc is np.matmul:
            products(recorder, ufunc, inputs)
        recorder.inside(result)
        out = kwargs.get("out")
        if out is not None:
            return out[0] if isinstance(out, tuple) and len(out) == 1 else out
        return _wrap(result, recorder)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        """NumPy's own implementation on traced arrays, so that what is inside shows."""
        recorder = self.recorder or _recorder_of((args, kwargs))
        if recorder is not None:
            products(recorder, function, args)
        result = super().__array_function__(function, types, args, kwargs)
        if recorder is not None:
            recorder.inside(result)
            return _wrap(result, recorder)
        return result


def _method(name: str) -> Callable[..., Any]:
    plain = getattr(np.ndarray, name)

    def method(self: Traced, *args: Any, **kwargs: Any) -> Any:
        result = plain(self.view(np.ndarray), *(_plain_deep(one) for one in args), **kwargs)
        if self.recorder is None:
            return result
        if name == "dot":
            products(self.recorder, np.dot, (self, *args))
        self.recorder.inside(result)
        return _wrap(result, self.recorder)

    method.__name__ = name
    return method


for _name in ("cumsum", "cumprod", "dot", "round", "repeat", "take", "trace", "choose"):
    setattr(Traced, _name, _method(_name))


def _wrap(value: Any, recorder: Recording) -> Any:
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(_wrap(one, recorder) for one in value)
    if isinstance(value, (np.ndarray, np.floating)):
        traced = np.asarray(value).view(Traced)
        traced.recorder = recorder
        return traced
    return value


def _recorder_of(values: Any) -> Recording | None:
    if isinstance(values, Traced):
        return values.recorder
    items = values.values() if isinstance(values, dict) else values if isinstance(values, (tuple, list)) else ()
    for one in items:
        found = _recorder_of(one)
        if found is not None:
            return found
    return None


def trace(reference: Callable[..., Any], arguments: tuple[Any, ...]) -> Seen:
    """The arrays that a reference computes from its arguments; what was seen until then if it raises.

    Arguments that are no NumPy arrays are passed on as they are. A reference of an instrumented module shows its
    expressions too, and may be one that takes no traced arrays: then it is run once more, on plain ones.
    """
    given = [one for one in _flat(arguments) if isinstance(one, np.ndarray)]
    known = [*given, *_constants(reference)]
    recording = Recording(known)

    def traced(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(traced(one) for one in value)
        return _wrap(value, recording) if isinstance(value, np.ndarray) else value

    with np.errstate(all="ignore"):
        if given and record(recording, lambda: reference(*(traced(one) for one in arguments))):
            return recording.seen()
        plain = Recording(known)
        record(plain, lambda: reference(*arguments))
    one, other = plain.seen(), recording.seen()
    return Seen(one.wholes + other.wholes, one.parts + other.parts, one.twice | other.twice, one.sites + other.sites)


def _constants(reference: Callable[..., Any]) -> list[Array]:
    """The arrays that a reference's module holds: weights, mostly."""
    values = getattr(inspect.unwrap(reference), "__globals__", {}).values()
    flat = _flat(tuple(tuple(one) if isinstance(one, list) else one for one in values))
    return [one for one in flat if isinstance(one, np.ndarray)]


def _flat(values: tuple[Any, ...]) -> list[Any]:
    return [leaf for one in values for leaf in (_flat(one) if isinstance(one, tuple) else [one])]
