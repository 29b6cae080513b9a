"""The plain loop: one call an element. What the batched run must be equal to, and what it falls back to."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step.simulate.batch.calls import WrongResult, as_array, flat_results
from step.simulate.batch.errors import FunctionError
from step.simulate.batch.signature import Element, Leaf

_PLAIN_NUMBERS = frozenset((float, int, np.float64, np.float32))


def element_rows(array: NDArray[Any], rank: int) -> Iterator[NDArray[Any]]:
    """The elements of an array with one batch axis, each as an array (a scalar 0-d), read-only if the array is."""
    if rank:
        return iter(array)
    return iter([array[i, ...] for i in range(len(array))])


def run_loop(
    function: Callable[..., Any],
    name: str,
    arrays: Sequence[NDArray[Any]],
    count: int,
    builder: Callable[[Sequence[Any]], Sequence[Any]] | None,
    declared: Element,
    result_leaves: Sequence[Leaf],
    position: Callable[[int], tuple[int, ...]],
) -> list[NDArray[Any]]:
    """Calls the function on every element.

    Args:
        arrays: read-only, with one batch axis of size `count`.
        position: the caller's batch index of an element, for errors.

    Returns:
        One array of shape `(count, *leaf.shape)` for each result leaf.

    Raises:
        FunctionError: the function raised, exited, wrote to its argument, or returned something undeclared.
    """
    outputs = [np.empty((count, *leaf.shape), leaf.dtype) for leaf in result_leaves]
    rows = [element_rows(array, array.ndim - 1) for array in arrays]
    single = isinstance(declared, Leaf)
    output, leaf = outputs[0], result_leaves[0]
    scalar = single and leaf.shape == ()
    i, args = 0, ()
    try:
        for i, args in enumerate(zip(*rows, strict=True)):
            result = function(*(args if builder is None else builder(args)))
            if single:
                kind = type(result)
                if scalar and kind in _PLAIN_NUMBERS:
                    output[i] = result
                    continue
                if kind is np.ndarray and result.shape == leaf.shape and result.dtype == leaf.dtype:
                    output[i] = result
                    continue
            fields = flat_results(result, declared)
            for field, (value, each) in enumerate(zip(fields, result_leaves, strict=True)):
                outputs[field][i] = as_array(value, each, field)
    except WrongResult as error:
        file, line = _return_line(function, args if builder is None else builder(args))
        raise FunctionError(
            name, "result", error.detail, file=file, line=line, index=position(i),
            field=error.field, expected=error.expected, actual=error.actual,
        ) from error.__cause__  # fmt: skip
    except SystemExit as error:
        file, line = _raising_line(function, error)
        raise FunctionError(
            name, "exited", "tried to exit the process", file=file, line=line, index=position(i)
        ) from error
    except Exception as error:
        file, line = _raising_line(function, error)
        if isinstance(error, ValueError) and "read-only" in str(error):
            detail = "writes to its argument: functions must not change their argument (copy it first)"
            raise FunctionError(name, "mutated", detail, file=file, line=line, index=position(i)) from error
        detail = f"raised {type(error).__name__}: {error}" if str(error) else f"raised {type(error).__name__}"
        raise FunctionError(name, "raised", detail, file=file, line=line, index=position(i)) from error
    return outputs


def code_of(function: Any) -> CodeType | None:
    """The code of a function, looking through decorators and partials; None if it is not written in Python."""
    while True:
        if isinstance(function, functools.partial):
            function = function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        else:
            break
    if not hasattr(function, "__code__"):  # an object that can be called
        function = type(function).__call__
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None


def _raising_line(function: Any, error: BaseException) -> tuple[str | None, int | None]:
    """The deepest line of the traceback that is in the function's file."""
    code = code_of(function)
    found: tuple[str | None, int | None] = (code.co_filename, code.co_firstlineno) if code else (None, None)
    step = error.__traceback__
    while step is not None:
        if code is not None and step.tb_frame.f_code.co_filename == code.co_filename:
            found = (code.co_filename, step.tb_lineno)
        step = step.tb_next
    return found


def _return_line(function: Any, args: Sequence[Any]) -> tuple[str | None, int | None]:
    """The line on which the function returns for these arguments (it is called once more)."""
    code = code_of(function)
    if code is None:
        return None, None
    lines = [code.co_firstlineno]

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is code:
            lines.append(frame.f_lineno)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        function(*args)
    except (Exception, SystemExit):
        pass  # it returned before: its definition is place enough
    finally:
        sys.setprofile(before)
    return code.co_filename, lines[-1]
