"""An operator's check as data: the inputs, and what the reference makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from step.declare import Operator
from step.diagnostic import Span
from step.dims import SizeError, show_shape
from step.primitives.base import Array, Data
from step.program import Specification, StreamSpec
from step.simulate.dtypes import is_many, leaf_array
from step.simulate.errors import SimulationError, describe, last_span, line_span
from step.simulate.functions import FunctionTable
from step.simulate.load import LoadedModule
from step.simulate.make import make_inputs
from step.simulate.precision import floating


@dataclass(frozen=True, eq=False)
class Problem:
    """One operator under one choice of sizes and seed.

    ``inputs`` and ``expected`` are one stream's data each, arrays outermost first and read-only; ``functions`` are
    the module's, ready to be called.
    """

    specification: Specification
    functions: FunctionTable
    sizes: Mapping[str, int]
    seed: int
    precision: str
    inputs: tuple[Data, ...]
    expected: tuple[Data, ...]


def pose(module: LoadedModule, operator: Operator, seed: int) -> Problem:
    """Makes the inputs of an operator and asks its reference for the outputs.

    Raises:
        SimulationError: ``STEP-REFERENCE`` if there is no reference, if it raises, changes its arguments, or gives
            another number or other shapes of arrays than the declared outputs; ``STEP-SIZE`` if a dimension has no
            whole size.
    """
    precision = module.choice.precision
    try:
        inputs = make_inputs(operator.specification, module.sizes, seed, precision)
        expected = run_reference(operator, inputs, module.sizes, precision, module.path)
    except SizeError as error:
        raise SimulationError(
            "STEP-SIZE", f"{operator.name}: {error}", span=_operator_span(operator, module.path)
        ) from error
    return Problem(operator.specification, module.table, module.sizes, seed, precision, inputs, expected)


def run_reference(
    operator: Operator, inputs: tuple[Data, ...], sizes: Mapping[str, int], precision: str, file: str
) -> tuple[Data, ...]:
    """The outputs that the reference computes, checked against the declared ones.

    Raises:
        SimulationError: as :func:`pose`.
    """
    reference = operator.reference
    if reference is None:
        raise SimulationError(
            "STEP-REFERENCE",
            f"{operator.name} has no reference, so nothing can be compared: add reference=… to @step.operator",
            span=_operator_span(operator, file),
        )
    arguments = [_argument(data, operator.array) for data in inputs]
    where = _reference_span(operator, file)
    try:
        with np.errstate(all="ignore"), floating(precision, operator.array == "torch"):
            result = reference(*arguments)
    except SystemExit as error:
        raise _problem("called sys.exit", error, file, where) from error
    except MemoryError:
        raise
    except BaseException as error:
        if "read-only" in str(error):
            raise _problem(
                "changes its argument, but inputs are read-only: work on a copy", error, file, where
            ) from error
        told = _given(operator, inputs) if _is_of_shapes(error) else ""
        raise _problem(f"raised {describe(error)}{told}", error, file, where) from error
    if operator.array == "torch":
        _check_unchanged(arguments, inputs, where)
    return _outputs(result, operator, sizes, precision, where)


def check_repeats(module: LoadedModule, operator: Operator, problem: Problem) -> None:
    """Asks a reference a second time: no body can be compared with one that answers differently.

    Raises:
        SimulationError: ``STEP-REFERENCE`` if it does.
    """
    again = run_reference(operator, problem.inputs, module.sizes, problem.precision, module.path)
    for first, second in zip(problem.expected, again, strict=True):
        # Threads may add in another order; what is drawn at random differs by more than that.
        if not all(
            np.allclose(one, other, rtol=1e-6, atol=1e-9, equal_nan=True)
            for one, other in zip(first.arrays, second.arrays, strict=True)
        ):
            raise SimulationError(
                "STEP-REFERENCE",
                f"the reference of {operator.name} gives another result each time it is called with the same inputs: "
                "draw random numbers once, by step.parameter(…), and keep no state between calls",
                span=_reference_span(operator, module.path),
            )


def _argument(data: Data, array: str) -> Any:
    """What a reference gets for one input: an array, or a tuple of arrays."""
    arrays: tuple[Any, ...] = data.arrays
    if array == "torch":
        import torch

        arrays = tuple(torch.from_numpy(one.copy()) for one in arrays)
    return arrays if is_many(data.element) else arrays[0]


def _check_unchanged(arguments: list[Any], inputs: tuple[Data, ...], where: Span | None) -> None:
    for argument, data in zip(arguments, inputs, strict=True):
        now = argument if isinstance(argument, tuple) else (argument,)
        for tensor, array in zip(now, data.arrays, strict=True):
            if not np.array_equal(tensor.detach().numpy(), array, equal_nan=array.dtype.kind == "f"):
                raise SimulationError(
                    "STEP-REFERENCE", "the reference changes its argument: work on a copy", span=where
                )


def _outputs(
    result: Any, operator: Operator, sizes: Mapping[str, int], precision: str, where: Span | None
) -> tuple[Data, ...]:
    outputs = operator.specification.outputs
    many = len(outputs) > 1
    if many:
        if not isinstance(result, (tuple, list)) or len(result) != len(outputs):
            got = f"{len(result)} values" if isinstance(result, (tuple, list)) else f"one {type(result).__name__}"
            raise SimulationError(
                "STEP-REFERENCE",
                f"the reference must return {len(outputs)} arrays, one an output, as a tuple; it returned {got}",
                span=where,
            )
        values = tuple(result)
    else:
        values = (result,)
    return tuple(
        _output(value, spec, sizes, precision, where, f"output {number}" if many else "the output")
        for number, (value, spec) in enumerate(zip(values, outputs, strict=True))
    )


def _output(
    value: Any, spec: StreamSpec, sizes: Mapping[str, int], precision: str, where: Span | None, what: str
) -> Data:
    leaves = spec.type.element.leaves
    parts = _parts(value, len(leaves), is_many(spec.type.element), what, where)
    arrays = []
    for field, (part, leaf) in enumerate(zip(parts, leaves, strict=True)):
        expected = leaf_array(type(leaf)(leaf.dtype, leaf.dims + spec.shape), sizes, precision)
        array = as_array(part)
        if array is None or array.dtype.kind not in "fiub":
            raise SimulationError(
                "STEP-REFERENCE",
                f"the reference gives no array of numbers for {what}: {type(part).__name__}",
                span=where,
            )
        if array.shape != expected.shape:
            named = what if len(leaves) == 1 else f"field {field} of {what}"
            raise SimulationError(
                "STEP-REFERENCE",
                f"the reference gives a wrong shape for {named}: NumPy shape {array.shape}, in STeP order "
                f"{list(array.shape[::-1])}; declared is {spec.type}, so NumPy shape {expected.shape}, in STeP order "
                f"{show_shape(leaf.dims + spec.shape)} = {list(expected.shape[::-1])}: "
                + _advice(array.shape, expected.shape),
                span=where,
            )
        arrays.append(_frozen(array, expected.dtype))
    return Data(spec.type.element, len(spec.shape), tuple(arrays))


def _advice(got: tuple[int, ...], declared: tuple[int, ...]) -> str:
    """What may be meant where a reference gives another shape than the declared one."""
    if got == declared[::-1]:
        return "STeP counts dimensions innermost first; declare them the other way round, or transpose the result"
    if [one for one in got if one != 1] == [one for one in declared if one != 1]:
        return "reshape the result (keepdims=… of NumPy's reductions), or declare the dimension of size 1"
    return "correct the reference, or what `outputs` declares"


def _parts(value: Any, count: int, many: bool, what: str, where: Span | None) -> tuple[Any, ...]:
    if not many:
        return (value,)
    if not isinstance(value, (tuple, list)) or len(value) != count:
        raise SimulationError(
            "STEP-REFERENCE", f"the reference must give a tuple of {count} arrays for {what}, one a field", span=where
        )
    return tuple(value)


def as_array(value: Any) -> Array | None:
    """A NumPy array of a value that a user's code returned (a PyTorch tensor too); None if it is none."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    try:
        return np.asarray(value)
    except (TypeError, ValueError):
        return None


def _frozen(array: Array, dtype: np.dtype[Any]) -> Array:
    # A copy, because a reference may return (a view of) its input or of an array that it keeps.
    with np.errstate(all="ignore"):
        frozen = np.array(array, dtype=dtype)
    frozen.setflags(write=False)
    return frozen


def _reference_span(operator: Operator, file: str) -> Span | None:
    code = getattr(operator.reference, "__code__", None)
    if code is None or code.co_filename != file:
        return _operator_span(operator, file)
    return line_span(file, code.co_firstlineno)


def _operator_span(operator: Operator, file: str) -> Span | None:
    return line_span(file, operator.line) if operator.line else None


def _is_of_shapes(error: BaseException) -> bool:
    """Whether an error is of the kind that NumPy, PyTorch and Python raise where arrays do not fit, or their number."""
    if isinstance(error, TypeError):
        return "positional argument" in str(error)
    return isinstance(error, (ValueError, IndexError, RuntimeError))


def _given(operator: Operator, inputs: tuple[Data, ...]) -> str:
    """What a reference was called with, as the end of a message: shapes outermost first, unlike the declaration's."""
    names = [name for name, _ in operator.specification.inputs]
    shown = [
        f"{name} {' and '.join(str(array.shape) for array in data.arrays[:_MOST_FIELDS])}"
        for name, data in zip(names[:_MOST_SHOWN], inputs, strict=False)
    ]
    more = ", …" if len(names) > _MOST_SHOWN else ""
    return f"; it was given {', '.join(shown)}{more}, outermost first"


_MOST_SHOWN, _MOST_FIELDS = 8, 4
"""Inputs, and arrays of one, that a message shows."""


def _problem(what: str, error: BaseException, file: str, where: Span | None) -> SimulationError:
    return SimulationError(
        "STEP-REFERENCE", f"the reference {what}", span=last_span(error.__traceback__, file) or where
    )
