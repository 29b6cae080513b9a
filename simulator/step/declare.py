"""What users write in a module: dims, functions, parameters, streams and operators (1-language, section 5)."""

from __future__ import annotations

import functools
import operator as operators
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from step.calling import misfit, parameters_of
from step.choice import DimSpec, current_choice, make_data
from step.dims import Dim, as_shape
from step.function import Function
from step.program import Specification, StreamSpec
from step.types import ElementType, Multihot, StreamType, Unknown, as_element, fields_of

ARRAYS = ("numpy", "torch")
KINDS_OF_DATA = ("normal", "uniform", "ones", "binary")


class DeclarationError(TypeError):
    """A declaration does not make sense: the message says what is wrong and what to write instead."""


def dims(**sizes: int) -> Any:
    """Declares dimensions with the sizes a check starts from: ``D, N = step.dims(D=16, N=7)``.

    One name gives the Dim itself.

    Raises:
        DeclarationError: no name, or a size that is not a whole number from 0.
    """
    if not sizes:
        raise DeclarationError("step.dims needs at least one name: D, N = step.dims(D=16, N=7)")
    made = tuple(dim(name, size) for name, size in sizes.items())
    return made if len(made) > 1 else made[0]


def dim(name: str, size: int, *, fixed: bool = False, multiple_of: int = 1, at_least: int = 0) -> Dim:
    """Declares one dimension. A ``fixed`` one never varies and equals its number; the bounds limit other sizes.

    Raises:
        DeclarationError: the size is not a whole number from 0, or breaks its own bounds.
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise DeclarationError(f'step.dim needs a name first: step.dim("D", 16); got {name!r}')
    size, multiple_of, at_least = (
        _whole(f"dimension {name}: {what}", value)
        for what, value in (("the size", size), ("multiple_of", multiple_of), ("at_least", at_least))
    )
    if multiple_of < 1 or size % multiple_of or size < at_least:
        raise DeclarationError(
            f"dimension {name}: size {size} breaks its own bounds (multiple_of={multiple_of}, at_least={at_least})"
        )
    choice = current_choice()
    actual = choice.declare(DimSpec(name, size, fixed, multiple_of, at_least))
    if fixed:
        return Dim.number(actual, label=name)
    return Dim.symbol(name, choice.sizes_of(name))


def _whole(what: str, value: object) -> int:
    try:
        number = -1 if isinstance(value, bool) else operators.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = -1
    if number < 0:
        raise DeclarationError(f"{what} must be a whole number from 0; got {value!r}")
    return number


@dataclass(eq=False)
class DeclaredFunction:
    """A function with its body. Calling it calls the body."""

    function: Function
    body: Callable[..., Any]

    def __call__(self, *arguments: Any) -> Any:
        """The body's result, as it is."""
        return self.body(*arguments)

    def __repr__(self) -> str:
        return f"<step.fn {self.function.name}: {self.function}>"


def fn(
    element: Any, result: Any, *, init: Any = None, array: str | None = None, name: str | None = None
) -> Callable[[Callable[..., Any]], DeclaredFunction]:
    """Declares what the hardware can do to one element: ``@step.fn(element, result)`` a map,
    ``@step.fn(element, state, init=…)`` a fold (the state comes first).

    Raises:
        DeclarationError: a type is none, ``init`` has not one number a field of the state, or the function cannot be
            called with what it will be called with.
    """
    try:
        takes, gives = as_element(element), as_element(result)
    except (TypeError, ValueError) as error:
        raise DeclarationError(f"step.fn: {error}; write @step.fn(element, result)") from None
    start = check_init(init, gives)
    if array not in (None, *ARRAYS):
        raise DeclarationError(f'step.fn: array is "numpy" or "torch"; got {array!r}')

    def decorate(body: Callable[..., Any]) -> DeclaredFunction:
        called = name or str(getattr(body, "__name__", "fn"))
        function = Function(called, takes, gives, start, array or current_choice().array)
        problem = misfit(function, parameters_of(body))
        if problem is not None:
            raise DeclarationError(problem)
        declared = DeclaredFunction(function, body)
        functools.update_wrapper(declared, body, updated=())
        return declared

    return decorate


def check_init(init: Any, state: ElementType) -> tuple[float, ...] | None:
    """An init as users write it, as one number a field of the state.

    Raises:
        DeclarationError: another number of fields.
    """
    if init is None:
        return None
    values = tuple(init) if isinstance(init, (tuple, list)) else (init,)
    needed = len(fields_of(state))
    if len(values) != needed:
        raise DeclarationError(f"step.fn: init needs {needed} number(s), one a field of {state}; got {len(values)}")
    try:
        return tuple(float(value) for value in values)
    except (TypeError, ValueError):
        example = "init=0" if needed == 1 else f"init=({', '.join(['0'] * min(needed, 6))})"
        got = ", ".join(f"an array of shape {np.shape(one)}" if np.ndim(one) else repr(one) for one in values)
        raise DeclarationError(
            "step.fn: init is one number a field of the state, which fills the field whatever its shape is "
            f"({example}); got {got}"[:240]
        ) from None


def parameter(shape: Iterable[Dim | int], data: str = "normal", scale: float = 1.0) -> Any:
    """A seeded random array of the dimensions ``shape`` (innermost first, so ``[E, K]`` has NumPy shape ``(K, E)``).

    Raises:
        DeclarationError: no such data, or a dimension that has no whole size.
    """
    choice = current_choice()
    _check_data("step.parameter", data, scale)
    try:
        sizes = tuple(one.evaluate(one.sizes or {}) for one in reversed(as_shape(shape)))
    except (TypeError, ValueError) as error:
        raise DeclarationError(f"step.parameter: {error}") from None
    values = make_data(choice.next_parameter(), data, sizes, scale)
    array = values.astype(np.float32) if choice.precision == "f32" else values
    if choice.array == "torch":
        import torch

        return torch.from_numpy(array.copy())
    array.setflags(write=False)
    return array


def stream(
    type: Any,
    dims: Iterable[Dim | int],
    data: str = "normal",
    scale: float = 1.0,
    *,
    ones: tuple[int, int] | None = None,
) -> StreamSpec:
    """The specification of a stream: its element type, its dimensions (innermost first), and the data a check makes.

    ``data`` is "normal", "uniform", "ones" or "binary", times ``scale``. A Multihot stream takes ``ones=(low, high)``.

    Raises:
        DeclarationError: no type, no dimension, or no such data.
    """
    try:
        element, shape = as_element(type), as_shape(dims)
    except (TypeError, ValueError) as error:
        raise DeclarationError(f"step.stream: {error}") from None
    if not shape:
        raise DeclarationError("step.stream: a stream has one dimension at least: step.stream(f32, [N])")
    _check_data("step.stream", data, scale)
    if ones is not None:
        ones = _check_ones(ones, element)
    return StreamSpec(StreamType(element, shape), data, scale, ones)


def _check_data(where: str, data: object, scale: object) -> None:
    if data not in KINDS_OF_DATA:
        raise DeclarationError(f'{where}: data is "normal", "uniform", "ones" or "binary"; got {data!r}')
    if isinstance(scale, bool) or not isinstance(scale, (int, float)):
        raise DeclarationError(f"{where}: scale is a number; got {scale!r}")


def _check_ones(ones: object, element: ElementType) -> tuple[int, int]:
    multihots = [one for one in fields_of(element) if isinstance(one, Multihot)]
    if not multihots and not any(isinstance(one, Unknown) for one in fields_of(element)):
        raise DeclarationError(f"step.stream: ones=(low, high) is for a Multihot; the type is {element}")
    if not isinstance(ones, (tuple, list)) or len(ones) != 2:
        raise DeclarationError(f"step.stream: ones=(low, high) is how many bits are set; got {ones!r}")
    low, high = (_whole("step.stream: a number of ones", one) for one in ones)
    most = min((one.length.numerator for one in multihots if one.length.is_number), default=high)
    if low > high or high > most:
        raise DeclarationError(f"step.stream: ones=({low}, {high}) needs low ≤ high ≤ {most}, the multihot's length")
    return low, high


@dataclass(frozen=True, eq=False)
class Operator:
    """An operator: what it shall compute. Its body is read from source and never called."""

    name: str
    specification: Specification
    reference: Callable[..., Any] | None
    array: str = field(default="numpy")
    line: int = 0

    def __call__(self, *_: object) -> Any:
        """Only an operator's reference computes.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"the body of {self.name} is read as data and never called; use `steplang check` to run it")


def operator(
    *,
    inputs: dict[str, StreamSpec],
    outputs: StreamSpec | Sequence[StreamSpec],
    reference: Callable[..., Any] | None = None,
) -> Callable[[Callable[..., Any]], Operator]:
    """Declares an operator: its input streams by name, its output stream or streams, and the reference that tells
    what it computes (whole arrays, outermost first; one an input, in order).

    Raises:
        DeclarationError: something is not a ``step.stream(…)``.
    """
    many = tuple(outputs) if isinstance(outputs, (tuple, list)) else (outputs,)
    if not isinstance(inputs, dict) or not inputs or not many:
        raise DeclarationError(
            'step.operator needs input streams by name and one output or more: inputs={"x": step.stream(…)}, '
            "outputs=step.stream(…)"
        )
    for what, spec in [*inputs.items(), *((f"output {number}", one) for number, one in enumerate(many))]:
        if not isinstance(spec, StreamSpec):
            raise DeclarationError(f"step.operator: {what} must be a step.stream(…); got {spec!r}")

    def decorate(body: Callable[..., Any]) -> Operator:
        specification = Specification(body.__name__, tuple(inputs.items()), many)
        code = getattr(body, "__code__", None)
        line = code.co_firstlineno if code else 0
        return Operator(body.__name__, specification, reference, current_choice().array, line)

    return decorate


def use(array: str) -> None:
    """Says that the module's functions, parameters and references are in "numpy" (the default) or "torch".

    Raises:
        DeclarationError: neither.
    """
    if array not in ARRAYS:
        raise DeclarationError(f'step.use: "numpy" or "torch"; got {array!r}')
    current_choice().array = array
