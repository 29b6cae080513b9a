"""What a primitive is: parameters, a type rule, an execution rule, a cost. One primitive is one module.

A primitive is a frozen dataclass whose fields are its parameters; the class docstring is the one source of hover,
completion, prompt and reference page. :mod:`step.primitives` finds the modules by itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar, Literal, Protocol, dataclass_transform

from numpy.typing import NDArray

from step.dims import Dim, Shape
from step.function import Function
from step.types import ElementType, StreamType, Unknown

ParameterKind = Literal["function", "integer", "dim", "indices"]
Array = NDArray[Any]


class RuleViolation(Exception):
    """A primitive's type rule does not hold.

    Attributes:
        code: the diagnostic code, such as ``STEP-SHAPE``.
        operand: index of the operand at fault, if it is one.
        parameter: name of the parameter at fault, if it is one.
        needs, got: the two types, as text, where there are two.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        operand: int | None = None,
        parameter: str | None = None,
        needs: str | None = None,
        got: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.operand, self.parameter = operand, parameter
        self.needs, self.got = needs, got


class ExecutionError(Exception):
    """Data does not fit a primitive, though the types do: an uneven size, or routing that does not add up.

    Attributes:
        code: the diagnostic code.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Data:
    """A stream's content while a program runs.

    One array a leaf of the element type; each array's first ``axes`` axes are the stream's dimensions (outermost
    first), the others the element's.
    """

    element: ElementType
    axes: int
    arrays: tuple[Array, ...]

    def with_axes(self, element: ElementType, axes: int, sizes: tuple[int, ...] | None = None) -> Data:
        """The same data read with other stream axes; ``sizes`` are the new sizes of all stream axes, if they change."""
        if sizes is None:
            return Data(element, axes, self.arrays)
        return Data(element, axes, tuple(array.reshape(sizes + array.shape[self.axes :]) for array in self.arrays))

    @property
    def outer(self) -> tuple[int, ...]:
        """The sizes of the stream's dimensions, outermost first, as an array's shape has them."""
        return tuple(self.arrays[0].shape[: self.axes])


class TypeContext(Protocol):
    """What a type rule may ask for."""

    def fresh(self, expert: int) -> Dim:
        """A dynamic dimension that no other node has, for one expert."""


class RunContext(Protocol):
    """What an execution rule may ask for."""

    @property
    def results(self) -> tuple[StreamType, ...]:
        """The inferred types of the node's results."""

    def size(self, dim: Dim | int) -> int:
        """The size of a dimension in this run."""

    def call(self, function: Function, arguments: Sequence[Data], batch: tuple[int, ...]) -> tuple[Array, ...]:
        """The function applied to every element of a batch; ``arguments`` have ``batch`` as their stream axes."""

    def fold(
        self, function: Function, state: tuple[Array, ...], elements: Data, every: bool
    ) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        """A left fold along the last stream axis of ``elements``, from ``state``: the last state and, if ``every``,
        the states after each element, stacked along that axis."""

    def start(self, function: Function, batch: tuple[int, ...]) -> tuple[Array, ...]:
        """The init state of a fold, one for every element of a batch."""


def parameter(kind: ParameterKind, text: str, default: Any = ...) -> Any:
    """A parameter of a primitive, with its kind and what it means."""
    metadata = {"kind": kind, "text": text}
    return field(metadata=metadata) if default is ... else field(default=default, metadata=metadata)


@dataclass_transform(frozen_default=True, field_specifiers=(parameter,))
class _Frozen(type(ABC)):  # type: ignore[misc]
    """Makes every primitive a frozen dataclass without each module saying so."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any) -> type:
        cls: type = super().__new__(mcs, name, bases, namespace, **kwargs)
        return dataclass(frozen=True, repr=False)(cls)


class Primitive(metaclass=_Frozen):
    """An asynchronous primitive: streams in, streams out.

    ``takes`` names the operands; one starting with ``*`` stands for any number of streams (at least one). ``gives``
    says how the results are written: one stream, a pair, or a list. ``each`` is what one of any number of streams is
    called, with its number.
    """

    takes: ClassVar[tuple[str, ...]] = ("stream",)
    gives: ClassVar[Literal["one", "pair", "list"]] = "one"
    each: ClassVar[str] = "stream"
    aliases: ClassVar[tuple[str, ...]] = ()
    example: ClassVar[str] = ""
    rule: ClassVar[str] = ""

    @property
    def name(self) -> str:
        """The primitive's name, as it is spelled."""
        return str(type(self).__name__)

    @classmethod
    def parameters(cls) -> tuple[Field[Any], ...]:
        """The parameters, in order; ``metadata`` has ``kind`` and ``text``."""
        return fields(cls)

    @property
    def results(self) -> int:
        """How many streams it gives."""
        return 2 if self.gives == "pair" else 1

    @classmethod
    def operand_role(cls, slot: int, count: int) -> str:
        """What one of ``count`` operands is to it, in a word or two; empty where there is only one."""
        if count < 2 or not cls.takes:
            return ""
        many = count - len(cls.takes) + 1 if cls.takes[0].startswith("*") else 0
        if slot < many:
            return f"{cls.each} {slot}"
        last = slot - max(many - 1, 0)
        return cls.takes[last] if last < len(cls.takes) else ""

    @classmethod
    def result_role(cls, port: int) -> str:
        """What one of its results is; empty where they are alike, or there is only one."""
        return f"{cls.each} {port}" if cls.gives == "list" else ""

    @property
    def function(self) -> Function | None:
        """The function it applies, if it applies one."""
        value = getattr(self, "fn", None)
        return value if isinstance(value, Function) else None

    @property
    def cost(self) -> int:
        """What one use counts in a program's length: 1, except for Copy."""
        return 1

    @abstractmethod
    def infer(self, operands: tuple[StreamType, ...], context: TypeContext) -> tuple[StreamType, ...]:
        """The types of the results.

        Raises:
            RuleViolation: the operands or parameters do not fit.
        """

    @abstractmethod
    def run(self, operands: tuple[Data, ...], context: RunContext) -> tuple[Data, ...]:
        """The content of the results. The operands' types were checked before."""

    @classmethod
    def check_count(cls, count: int) -> None:
        """There must be as many operands as it takes.

        Raises:
            RuleViolation: there are not.
        """
        takes = cls.takes
        if count == len(takes) or (takes[:1] and takes[0].startswith("*") and count > len(takes)):
            return
        names = ", ".join(name.removeprefix("*") for name in takes)
        raise RuleViolation("STEP-ARITY", f"{cls.__name__} takes ({names}); got {count} stream{'s' * (count != 1)}")

    def apply(self, *_: object) -> Any:
        """Only spells a program: a body is data and never runs as Python.

        Raises:
            TypeError: always. Bodies are read from source by `steplang check`; the reference is what computes.
        """
        raise TypeError(
            f"{self.name}.apply runs only inside the body of a @step.operator, which is read as data; "
            "use `steplang check` to run the operator"
        )

    def __repr__(self) -> str:
        values = ", ".join(f"{one.name}={show_parameter(getattr(self, one.name))}" for one in fields(self))
        return f"{self.name}({values})"


def show_parameter(value: object) -> str:
    """A parameter's value as it is written in a body."""
    if isinstance(value, Function):
        return value.name
    if isinstance(value, tuple):
        return "[" + ", ".join(map(show_parameter, value)) + "]"
    return str(value)


def require_shape(stream: StreamType) -> Shape:
    """The shape of an operand; operands of unknown shape never reach a type rule."""
    return stream.known_shape


def require_map(function: Function, name: str) -> None:
    """The function must be a map.

    Raises:
        RuleViolation: it is a fold.
    """
    if function.is_fold:
        raise RuleViolation(
            "STEP-FN",
            f"{name} takes a map, but {function.name} is a fold ({function}): use Accum or Scan",
            parameter="fn",
        )


def require_fold(function: Function, name: str) -> None:
    """The function must be a fold.

    Raises:
        RuleViolation: it is a map.
    """
    if not function.is_fold and not _is_unknown(function):
        raise RuleViolation(
            "STEP-FN",
            f"{name} takes a fold, but {function.name} has no init ({function}): "
            "give it one in @step.fn(…, init=…), or use Map",
            parameter="fn",
        )


def require_element(function: Function, element: ElementType, name: str, operand: int = 0) -> None:
    """The function must accept the stream's elements.

    Raises:
        RuleViolation: its declared input type is another.
    """
    if not function.accepts(element):
        raise RuleViolation(
            "STEP-TYPE",
            f"{name}: {function.name} needs {function.element}; got {element}",
            operand=operand,
            needs=str(function.element),
            got=str(element),
        )


def _is_unknown(function: Function) -> bool:
    return isinstance(function.result, Unknown)
