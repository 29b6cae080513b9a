"""What has been read so far, and how mistakes are noted."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from step.diagnostic import Diagnostic, Related, Span
from step.program import Builder, Opaque, Value
from step.source.body import NodeSource, Occurrence, Stream
from step.source.evaluate import Evaluator, TooMuchError
from step.source.reader.words import describe, kind_of, streams_in
from step.source.syntax import span_of
from step.types import Unknown

MAX_NODES = 4_000
MAX_VALUES = 8_000
MAX_STATEMENTS = 4_000
MAX_OCCURRENCES = 20_000
MAX_PROBLEMS = 200


@dataclass
class Draft:
    nodes: list[NodeSource] = field(default_factory=list)
    occurrences: list[Occurrence] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    outputs: tuple[Value, ...] = ()
    output_spans: tuple[Span, ...] = ()
    returns: Span | None = None
    tolerant: set[Value] = field(default_factory=set)
    open_outputs: bool = False
    half_read: bool = False


class DraftReader(Evaluator):
    """The state that statements and expressions share: the program so far, and the diagnostics."""

    def __init__(self, lines: tuple[str, ...], scope: dict[str, object], inputs: Sequence[tuple[str, Span]]) -> None:
        super().__init__(scope)
        self.lines = lines
        self.builder = Builder(len(inputs), [name for name, _ in inputs])
        self.draft = Draft()
        self.statement = Span(0, 0, 0, 0)
        self.opaques: set[Value] = set()
        self.scope.update((name, Unknown()) for name, _ in inputs)
        for value, (name, span) in enumerate(inputs):
            self.scope[name] = Stream(value)
            self.draft.occurrences.append(Occurrence(span, name, "stream", True, (value,)))

    def opaque(self, operands: Iterable[Value], span: Span) -> Stream:
        used = tuple(operands)
        if len(self.builder.nodes) >= MAX_NODES:
            raise TooMuchError(f"this body makes more than {MAX_NODES:,} primitives")
        self.draft.nodes.append(NodeSource(span, span, span, {}, (span,) * len(used), self.statement))
        value = self.builder.add(Opaque(), used)[0]
        self.opaques.add(value)
        return Stream(value)

    def is_unknown(self, value: object) -> bool:
        """Whether nothing is known of a value: it may be a stream, a list or anything else."""
        return isinstance(value, Unknown) or (isinstance(value, Stream) and value.value in self.opaques)

    def as_stream(self, value: object, span: Span, what: str) -> Value:
        """The value as one stream; an unknown stream, with a diagnostic, where it is none."""
        if isinstance(value, Stream):
            return value.value
        if not isinstance(value, Unknown):
            self.problem("STEP-ARITY", f"{what} needs a stream here; got {describe(value)}", span)
        return self.opaque(streams_in([value]), span).value

    def first_line(self, span: Span) -> Span:
        """The part of a range that is on its first line, so that a mistake does not underline a whole block."""
        if span.line == span.end_line or span.line >= len(self.lines):
            return span
        return Span(span.line, span.column, span.line, len(self.lines[span.line]))

    def occur(self, node: ast.Name, value: object, *, binds: bool) -> None:
        if len(self.draft.occurrences) < MAX_OCCURRENCES:
            span = span_of(node, self.lines)
            values = tuple(streams_in([value]))
            self.draft.occurrences.append(Occurrence(span, node.id, kind_of(value), binds, values, value))

    def tolerate(self, names: Iterable[str]) -> None:
        """What names stand for may be consumed by something that could not be read: it is never reported as unused."""
        for name in names:
            self.draft.tolerant.update(streams_in([self.scope.get(name)]))

    def problem(
        self,
        code: str,
        message: str,
        span: Span,
        severity: Literal["error", "warning"] = "error",
        related: tuple[Related, ...] = (),
    ) -> None:
        if len(self.draft.problems) < MAX_PROBLEMS:
            found = Diagnostic(code, message, span, severity, related)
            if found not in self.draft.problems[-20:]:
                self.draft.problems.append(found)
