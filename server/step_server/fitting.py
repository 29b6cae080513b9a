"""What fits where: which streams are at hand, and which primitives, functions and numbers accept them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from step.check import OperatorCheck
from step.dims import Dim
from step.function import Function
from step.primitives import Primitive, RuleViolation
from step.program import Value
from step.types import ElementType, StreamType

from step_server.cursor import statement_after, statement_start
from step_server.locate import used_at

MOST_TRIALS = 400
_APPLIED = re.compile(r"\.\s*apply\s*\(\s*\(?([^()]*)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stream that a name stands for at a place; ``free`` where nothing consumes it yet."""

    name: str
    value: Value
    type: StreamType
    free: bool


class _Context:
    def fresh(self, expert: int) -> Dim:
        return Dim.symbol(f"dyn.{expert}")


def streams_at(check: OperatorCheck, line: int) -> list[Candidate]:
    """The streams that can be named in a line (counted from the operator's first), the newest first. What the line's
    statement makes is not among them, and what it consumes counts as free: it is being written."""
    body = check.operator.body
    here = [one.statement for one in body.nodes if one.statement.line <= line <= one.statement.end_line]
    first = min([statement_start(check, line), *(one.line for one in here)])
    last = max([line, *(one.end_line for one in here)])
    bound: dict[str, Value] = {}
    for one in body.occurrences:
        if one.binds and one.kind == "stream" and (one.span.line < first or one.span in _inputs(check)):
            bound.pop(one.name, None)
            bound[one.name] = one.values[0]
    found = []
    for name, value in reversed(bound.items()):
        uses = [use for use in body.program.uses[value] if not first <= used_at(check, use).line <= last]
        found.append(Candidate(name, value, check.typing.types[value], not uses))
    return found


def _inputs(check: OperatorCheck) -> frozenset[Any]:
    return frozenset(span for _, span in check.operator.parameters)


def at_hand(check: OperatorCheck, line: int, column: int) -> list[Candidate]:
    """The streams that a primitive at the cursor is, or will be, applied to: what stands in its ``apply`` already; else
    the newest stream that is free."""
    streams = streams_at(check, line)
    match = _APPLIED.search(statement_after(check, line, column))
    if match:
        names = re.findall(r"[^\W\d]\w*", match[1])
        named = [one for name in names for one in streams if one.name == name]
        if named:
            return named
    return [one for one in streams if one.free][:1] or streams[:1]


def functions_in(scope: Mapping[str, object]) -> Iterator[tuple[str, Function]]:
    """The functions that a body can name, with the text that names each."""
    for name, value in scope.items():
        if isinstance(value, Function):
            yield name, value
        elif isinstance(value, tuple):
            yield from ((f"{name}[{i}]", one) for i, one in enumerate(value) if isinstance(one, Function))


def dims_in(scope: Mapping[str, object]) -> Iterator[tuple[str, Dim]]:
    """The dimensions that a body can name."""
    return ((name, value) for name, value in scope.items() if isinstance(value, Dim))


def accepts(primitive: Primitive, operands: Sequence[StreamType]) -> bool:
    """Whether a primitive's rule holds for streams."""
    if any(one.shape is None for one in operands):
        return False
    try:
        primitive.infer(tuple(operands), _Context())
    except (RuleViolation, ValueError, IndexError, TypeError, ArithmeticError):
        return False
    return True


def some_spelling_accepts(
    cls: type[Primitive],
    scope: Mapping[str, object],
    rows: Sequence[Sequence[StreamType]],
    fixed: Mapping[str, object] | None = None,
) -> bool:
    """Whether a primitive accepts one of some rows of operands, with parameters that a person might give it."""
    elements = [one.element for row in rows for one in row]
    return any(accepts(one, row) for one in _spellings(cls, scope, elements, fixed or {}) for row in rows)


def _spellings(
    cls: type[Primitive], scope: Mapping[str, object], elements: Sequence[ElementType], fixed: Mapping[str, object]
) -> Iterator[Primitive]:
    choices: list[list[tuple[str, object]]] = []
    for one in cls.parameters():
        name = one.name
        if name in fixed:
            choices.append([(name, fixed[name])])
            continue
        match one.metadata["kind"]:
            case "function":  # a module may have hundreds, and most of them are for other elements
                values: Iterable[object] = [
                    function for _, function in functions_in(scope) if any(map(function.accepts, elements))
                ]
            case "integer":
                values = [1, 2, 0, 3]
            case "dim":
                values = [dim for _, dim in dims_in(scope)] or [1]
            case _:
                values = [(1,), (0,), (1, 2)]
        choices.append([(name, value) for value in values])
    for combination in islice(product(*choices), MOST_TRIALS):
        try:
            yield cls(**dict(combination))
        except (TypeError, ValueError):
            continue


def fits(
    cls: type[Primitive],
    scope: Mapping[str, object],
    streams: Sequence[Candidate],
    others: Sequence[Candidate],
    fixed: Mapping[str, object] | None = None,
) -> bool:
    """Whether some spelling of a primitive accepts the streams at hand; a missing second operand may be any of
    ``others``."""
    if not streams:
        return False
    types = [one.type for one in streams]
    rows = operand_rows(cls, types, [one.type for one in others if one.value != streams[0].value])
    return some_spelling_accepts(cls, scope, rows, fixed)


def operand_rows(
    cls: type[Primitive], types: Sequence[StreamType], others: Sequence[StreamType]
) -> list[list[StreamType]]:
    """The operands that could be meant, in the order in which the primitive takes them."""
    takes = cls.takes
    if takes == ("*streams",):
        return [list(types)]
    if len(takes) == 1:
        return [[types[0]]]
    if len(types) >= len(takes):
        return [list(types)]
    if takes[0].startswith("*"):
        return []
    return [row for other in others for row in ([types[0], other], [other, types[0]])]
