"""What is at a position: a stream, a primitive, a function, an operator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from lsprotocol import types as lsp
from step.check import OperatorCheck
from step.diagnostic import Span
from step.primitives import Primitive
from step.program import Opaque, Use, Value
from step.source import Definition, Occurrence

from step_server.snapshot import Snapshot


@dataclass(frozen=True)
class Place:
    """A position in a document. ``line`` and ``column`` are the file's, in code points; ``check`` is the operator that
    the line belongs to."""

    snapshot: Snapshot
    line: int
    column: int
    check: OperatorCheck | None

    @property
    def local(self) -> tuple[int, int]:
        """The position counted from the operator's first line."""
        return self.line - (self.check.operator.line if self.check else 0), self.column

    def in_file(self, span: Span) -> Span:
        """A span of the operator, in the file's lines."""
        return span.shift(self.check.operator.line) if self.check else span

    @property
    def occurrence(self) -> Occurrence | None:
        """The name of the body that the position is on."""
        return occurrence_at(self.check, *self.local) if self.check else None

    @property
    def definition(self) -> Definition | None:
        """The module-level definition whose name the position is on."""
        return next(
            (one for one in self.snapshot.module.definitions.values() if one.span.contains(self.line, self.column)),
            None,
        )

    @property
    def nodes(self) -> tuple[int, ...]:
        """The nodes whose primitive's name the position is on; several, in a comprehension."""
        return nodes_at(self.check, *self.local) if self.check else ()

    @property
    def is_on_name(self) -> bool:
        """Whether the position is on the name of its operator."""
        return self.check is not None and self.check.operator.name_span.contains(*self.local)


class At(Protocol):
    """Parameters of a request that is about a position."""

    text_document: lsp.TextDocumentIdentifier
    position: lsp.Position


def place(snapshot: Snapshot, line: int, column: int) -> Place:
    """The place of a position."""
    return Place(snapshot, line, column, snapshot.check_at(line))


def place_of_typing(snapshot: Snapshot, line: int, column: int) -> Place:
    """The place of a cursor that may stand in a line that is still empty: an indented one below a body is of it."""
    found = place(snapshot, line, column)
    if found.check is None and column and not snapshot.positions.line(line).strip():
        above = line
        while above > 0 and not snapshot.positions.line(above).strip():
            above -= 1
        return Place(snapshot, line, column, snapshot.check_at(above))
    return found


def occurrence_at(check: OperatorCheck, line: int, column: int) -> Occurrence | None:
    """The name at a position of an operator; of several readings (a comprehension's) the first."""
    return next((one for one in check.operator.body.occurrences if one.span.contains(line, column)), None)


def nodes_at(check: OperatorCheck, line: int, column: int) -> tuple[int, ...]:
    """The nodes whose primitive's name is at a position of an operator."""
    body = check.operator.body
    return tuple(
        index
        for index, source in enumerate(body.nodes)
        if source.primitive.contains(line, column) and not isinstance(body.program.nodes[index].primitive, Opaque)
    )


def occurrences_of(check: OperatorCheck, value: Value) -> Iterator[Occurrence]:
    """Every place of a body that names a stream, alone or in a list."""
    return (one for one in check.operator.body.occurrences if value in one.values)


def made_at(check: OperatorCheck, value: Value) -> Span:
    """Where a stream is bound to its name first, or made; counted from the operator's first line."""
    body = check.operator.body
    for one in body.occurrences:
        if one.binds and one.kind == "stream" and one.values == (value,):
            return one.span
    producer = body.program.producers[value]
    if producer is None:
        return check.operator.parameters[value][1]
    return body.nodes[producer].primitive


def used_at(check: OperatorCheck, use: Use) -> Span:
    """Where a stream is consumed; counted from the operator's first line."""
    body = check.operator.body
    if use.node is None:
        return body.outputs[use.slot] if use.slot < len(body.outputs) else (body.returns or check.operator.name_span)
    return body.nodes[use.node].operands[use.slot]


def stream_name(check: OperatorCheck, value: Value) -> str:
    """What a stream is called, for people."""
    program = check.operator.body.program
    name = program.name_of(value)
    if name is not None:
        return name
    producer = program.producers[value]
    return "a stream" if producer is None else f"the result of {program.nodes[producer].primitive.name}"


def is_primitive(meaning: object) -> bool:
    """Whether a name stands for a primitive."""
    return isinstance(meaning, type) and issubclass(meaning, Primitive)
