"""What a body's text says: a program, and where each part of it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from step.diagnostic import Diagnostic, Span
from step.program import Program, Value

Kind = Literal["stream", "list", "function", "dim", "primitive", "other"]


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream in the scope of a body."""

    value: Value


class Occurrence(NamedTuple):
    """A name in a body: what it stands for there, and whether this is where it is bound."""

    span: Span
    name: str
    kind: Kind
    binds: bool
    values: tuple[Value, ...] = ()
    meaning: object = None


class NodeSource(NamedTuple):
    """Where a node is written: all of it, the primitive's name (``step.Map``), the primitive with its parameters, the
    value of each parameter, each operand, and the statement around it."""

    span: Span
    primitive: Span
    constructor: Span
    parameters: Mapping[str, Span]
    operands: tuple[Span, ...]
    statement: Span


@dataclass(frozen=True)
class Body:
    """What a body's text says: the program, where each part is written, and what could not be read.

    ``returns`` is the return statement (None without one), ``outputs`` the range of each output in it. ``tolerant``
    are streams that something unreadable may consume; ``open_outputs`` says that a return of something unknown may
    stand for another number of outputs.
    """

    program: Program
    nodes: tuple[NodeSource, ...]
    outputs: tuple[Span, ...]
    returns: Span | None
    occurrences: tuple[Occurrence, ...]
    problems: tuple[Diagnostic, ...]
    tolerant: frozenset[Value] = frozenset()
    open_outputs: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether everything was understood."""
        return self.program.is_complete and not any(one.severity == "error" for one in self.problems)
