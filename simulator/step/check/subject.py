"""What a rule looks at: an operator, its program and its types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from step.diagnostic import Related, Span
from step.infer import Typing
from step.program import Program, Use, Value
from step.source import OperatorSource


@dataclass(frozen=True)
class Subject:
    """An operator under check. All ranges are relative to the operator's first line."""

    operator: OperatorSource
    typing: Typing

    @property
    def program(self) -> Program:
        """The program of the body."""
        return self.operator.body.program

    def name_of(self, value: Value) -> str:
        """What a stream is called, for a message."""
        name = self.program.name_of(value)
        if name is not None:
            return f"`{name}`"
        producer = self.program.producers[value]
        return "this stream" if producer is None else f"the result of {self.program.nodes[producer].primitive.name}"

    def made_at(self, value: Value) -> Span:
        """Where a stream is bound to its name first, or made."""
        bound = self._bound.get(value)
        if bound is not None:
            return bound
        producer = self.program.producers[value]
        if producer is None:
            return self.operator.parameters[value][1]
        return self.operator.body.nodes[producer].primitive

    @cached_property
    def _bound(self) -> Mapping[Value, Span]:
        """Where each stream is bound to a name first."""
        found: dict[Value, Span] = {}
        for one in self.operator.body.occurrences:
            if one.binds and one.kind == "stream" and len(one.values) == 1:
                found.setdefault(one.values[0], one.span)
        return found

    def use_span(self, use: Use) -> Span:
        """Where a stream is consumed."""
        body = self.operator.body
        if use.node is None:
            return body.outputs[use.slot] if use.slot < len(body.outputs) else (body.returns or self.operator.name_span)
        return body.nodes[use.node].operands[use.slot]

    def origin(self, value: Value) -> Related:
        """Where a stream was made, with its type, as an explanation."""
        return Related(self.made_at(value), f"{self.name_of(value)} is made here: {self.typing.types[value]}")
