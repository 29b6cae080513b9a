"""Primitives in a body: their parameters, and their application to streams."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Sequence

from step.diagnostic import Span
from step.dims import Dim
from step.function import Function, unknown_function
from step.primitives import Primitive
from step.program import Value
from step.source.body import NodeSource, Stream
from step.source.evaluate import TooMuchError
from step.source.reader.draft import MAX_NODES, MAX_VALUES
from step.source.reader.expressions import ExpressionReader
from step.source.reader.words import (
    ITERATORS,
    KINDS,
    MAX_EXPERTS,
    MAX_INDICES,
    Spelled,
    count,
    describe,
    has_unknown_length,
    operands_of,
    streams_in,
)
from step.source.syntax import span_of
from step.types import Unknown


class ApplicationReader(ExpressionReader):
    """Reads ``step.<Primitive>(parameters).apply(streams)``."""

    def on_call(self, node: ast.Call) -> object:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "apply":
            primitive = self.evaluate(node.func.value)
            return self.on_apply(node, primitive)
        if isinstance(node.func, ast.Name) and node.func.id in ITERATORS and node.func.id not in self.scope:
            items = self.items(node)
            if items is None:
                self.tolerate(one.id for one in ast.walk(node) if isinstance(one, ast.Name))
                return Unknown("a list that is not known")
            return items
        if isinstance(node.func, ast.Name) and node.func.id == "len" and "len" not in self.scope:
            return self.length(node)
        reported = len(self.draft.problems)
        called = self.evaluate(node.func)
        if isinstance(called, type) and issubclass(called, Primitive):
            return self.on_primitive(node, called)
        if isinstance(called, Function):
            values = self.evaluate_all(node)
            self.problem(
                "STEP-SUBSET",
                f"a function is applied by a primitive: step.Map(fn={called.name}).apply(…)",
                span_of(node, self.lines),
            )
            return self.opaque(streams_in(values), span_of(node, self.lines))
        if isinstance(called, Unknown):
            known = len(self.draft.problems)
            values = self.evaluate_all(node)
            if known > reported:  # what is called is wrong already: its arguments are not judged
                del self.draft.problems[known:]
            return self.opaque(streams_in(values), span_of(node, self.lines))
        if isinstance(called, Spelled):
            name = called.primitive.name
            self.problem(
                "STEP-PARAM", f"{name} is applied by `.apply`: step.{name}(…).apply(…)", span_of(node, self.lines)
            )
            return self.opaque(streams_in(self.evaluate_all(node)), span_of(node, self.lines))
        return self.unknown(node, "this call")

    def length(self, node: ast.Call) -> object:
        values = self.evaluate_all(node)
        if len(values) == 1 and isinstance(values[0], tuple):
            return len(values[0])
        if len(values) == 1 and isinstance(values[0], Unknown):
            return Unknown("an unknown length")
        return self.unknown(node, "`len` of anything but a list")

    def evaluate_all(self, node: ast.Call) -> list[object]:
        return [
            self.evaluate(one.value if isinstance(one, ast.Starred) else one)
            for one in (*node.args, *(keyword.value for keyword in node.keywords))
        ]

    def on_primitive(self, node: ast.Call, cls: type[Primitive]) -> object:
        known = cls.parameters()
        spans: dict[str, Span] = {}
        values: dict[str, object] = {}
        whole = span_of(node.func, self.lines)
        call_span = span_of(node, self.lines)
        given: list[tuple[str | None, ast.expr]] = [(None, one) for one in node.args]
        given += [(keyword.arg, keyword.value) for keyword in node.keywords]
        reported = len(self.draft.problems)
        for position, (name, expression) in enumerate(given):
            span = span_of(expression, self.lines)
            if isinstance(expression, ast.Starred) or (name is None and position >= len(node.args)):
                self.problem("STEP-PARAM", "`*` and `**` cannot be in a body", span)
                continue
            if name is None:
                if position >= len(known):
                    self.evaluate(expression)
                    self.problem("STEP-PARAM", f"{cls.__name__} takes {count(len(known), 'parameter')}", span)
                    continue
                name = known[position].name
            if name not in {one.name for one in known}:
                self.evaluate(expression)
                names = ", ".join(one.name for one in known) or "none"
                self.problem("STEP-PARAM", f"{cls.__name__} has no parameter `{name}`; its parameters: {names}", span)
                continue
            if name in values:
                self.problem("STEP-PARAM", f"{cls.__name__}: `{name}` is given twice", span)
                continue
            values[name] = self.evaluate(expression)
            spans[name] = span
        for one in known:
            if one.name in values:
                values[one.name] = self.as_parameter(cls, one, values[one.name], spans[one.name])
            elif one.default is dataclasses.MISSING:
                if len(self.draft.problems) == reported:  # what is written wrongly may be meant for it
                    self.problem("STEP-PARAM", f"{cls.__name__} needs `{one.name}`: {one.metadata['text']}", call_span)
                values[one.name] = Unknown("missing")
            elif one.metadata["kind"] == "integer" and one.name not in values:
                values[one.name] = one.default
        return Spelled(cls(**values), whole, call_span, spans)

    def as_parameter(self, cls: type[Primitive], one: dataclasses.Field[object], value: object, span: Span) -> object:
        """A parameter's value in its kind; unknown, with a diagnostic, where it is of another."""
        if isinstance(value, Unknown):
            return unknown_function("?") if one.metadata["kind"] == "function" else value
        match one.metadata["kind"]:
            case "function" if isinstance(value, Function):
                return value
            case _ if isinstance(value, bool):
                pass
            case "integer" if isinstance(value, int):
                return value
            case "integer" if isinstance(value, Dim) and value.is_number:
                return value.numerator
            case "dim" if cls.gives == "list" and (value > MAX_EXPERTS if isinstance(value, int) else _is_many(value)):
                self.problem("STEP-PARAM", f"{cls.__name__} makes {MAX_EXPERTS:,} streams at most", span)
                return Unknown()
            case "dim" if isinstance(value, Dim) or (isinstance(value, int) and value >= 0):
                return value
            case "indices" if isinstance(value, tuple) and len(value) > MAX_INDICES:
                self.problem("STEP-PARAM", f"{cls.__name__}: `{one.name}` has {MAX_INDICES} indices at most", span)
                return Unknown()
            case "indices" if isinstance(value, int):
                return (value,)
            case "indices" if isinstance(value, tuple):
                if all(isinstance(item, int) and not isinstance(item, bool) for item in value):
                    return value
                if any(isinstance(item, Unknown) for item in value):
                    return Unknown()
        wanted = KINDS[one.metadata["kind"]]
        self.problem("STEP-PARAM", f"{cls.__name__}: `{one.name}` must be {wanted}; got {describe(value)}", span)
        return unknown_function("?") if one.metadata["kind"] == "function" else Unknown()

    def on_apply(self, node: ast.Call, spelled: object) -> object:
        span = span_of(node, self.lines)
        if isinstance(spelled, type) and issubclass(spelled, Primitive):
            self.problem(
                "STEP-PARAM",
                f"{spelled.__name__} is made before it is applied: step.{spelled.__name__}(…).apply(…)",
                span,
            )
            spelled = Unknown()
        if not isinstance(spelled, Spelled):
            values = self.evaluate_all(node)
            if self.is_unknown(spelled):
                pass
            elif isinstance(spelled, Stream):
                self.problem("STEP-SUBSET", "a stream has no `.apply`: a primitive has", span)
            else:
                self.problem("STEP-SUBSET", "only primitives have `.apply`", span)
            return self.opaque(streams_in(values), span)
        primitive = spelled.primitive
        expressions = [*node.args, *(keyword.value for keyword in node.keywords)]
        if node.keywords:
            self.problem("STEP-ARITY", ".apply takes streams without keywords", span)
        if not expressions:
            self.problem("STEP-ARITY", f"{primitive.name}.apply needs {operands_of(primitive)}", span)
            return self.result(primitive, self.opaque((), span), span)
        if len(expressions) == 1:
            written, value = expressions[0], self.evaluate(expressions[0])
        else:
            several = tuple(self.evaluate(one) for one in expressions)
            hint = ", ".join(one if not one.startswith("*") else one[1:] for one in primitive.takes)
            self.problem(
                "STEP-ARITY",
                f"{primitive.name}.apply takes one argument: "
                + (
                    f"a tuple ({hint})"
                    if len(primitive.takes) > 1
                    else "a stream, or a tuple of streams"
                    if primitive.takes == ("*streams",)
                    else "a stream"
                ),
                span_of(expressions[1], self.lines),
            )
            if len(primitive.takes) == 1 and not primitive.takes[0].startswith("*"):
                return self.result(primitive, self.opaque(streams_in(several), span), span)
            written, value = ast.copy_location(ast.Tuple(elts=expressions), node.args[0]), several
        operands = self.operands(primitive, value, written, span)
        if operands is None:
            return self.result(primitive, self.opaque(streams_in([value]), span), span)
        return self.add(spelled, operands, span)

    def operands(
        self, primitive: Primitive, value: object, written: ast.expr, span: Span
    ) -> list[tuple[Value, Span]] | None:
        """The operands in their order, each with its range; None, with a diagnostic, where they do not fit."""
        whole = span_of(written, self.lines)
        takes = primitive.takes
        items = written.elts if isinstance(written, (ast.Tuple, ast.List)) else ()
        if isinstance(value, Unknown) or (len(takes) > 1 and self.is_unknown(value)):
            return None
        if takes == ("*streams",):
            parts = value if isinstance(value, tuple) else (value,)
            spans = [span_of(one, self.lines) for one in items] if len(items) == len(parts) else [whole] * len(parts)
            if not parts:
                self.problem("STEP-ARITY", f"{primitive.name} needs at least one stream", whole)
                return None
            return [
                (self.as_stream(part, where, primitive.name), where) for part, where in zip(parts, spans, strict=True)
            ]
        if len(takes) == 1:
            if isinstance(value, tuple):
                self.problem(
                    "STEP-ARITY", f"{primitive.name} takes one stream; got {count(len(value), 'stream')}", whole
                )
                return None
            return [(self.as_stream(value, whole, primitive.name), whole)]
        if primitive.name == "Zip" and isinstance(value, tuple) and len(value) > 2:
            value = self.nested_zip(primitive, value, items, whole)
            items = ()
        if not isinstance(value, tuple) or len(value) != len(takes):
            got = count(len(value), "operand") if isinstance(value, tuple) else "one stream"
            self.problem("STEP-ARITY", f"{primitive.name} takes {operands_of(primitive)}; got {got}", whole)
            return None
        spans = [span_of(one, self.lines) for one in items] if len(items) == len(value) else [whole] * len(value)
        found: list[tuple[Value, Span]] = []
        for name, part, where, index in zip(takes, value, spans, range(len(value)), strict=True):
            if name.startswith("*"):
                if self.is_unknown(part):
                    return None
                if not isinstance(part, tuple) or not part:
                    self.problem("STEP-ARITY", f"{primitive.name} takes a list of streams, then the {takes[-1]}", where)
                    return None
                nested = items[index].elts if items and isinstance(items[index], (ast.Tuple, ast.List)) else ()  # type: ignore[attr-defined]
                inner = (
                    [span_of(one, self.lines) for one in nested] if len(nested) == len(part) else [where] * len(part)
                )
                found.extend(
                    (self.as_stream(one, place, primitive.name), place) for one, place in zip(part, inner, strict=True)
                )
            else:
                found.append((self.as_stream(part, where, primitive.name), where))
        return found

    def nested_zip(
        self, primitive: Primitive, value: tuple[object, ...], items: Sequence[ast.expr], whole: Span
    ) -> tuple[object, ...]:
        """Reports a Zip of more than two streams, and reads it as it was meant: zipped from left to right."""
        self.problem(
            "STEP-ARITY",
            f"Zip takes exactly two streams; got {len(value)}: zip two of them first, then the result with the next",
            whole,
        )
        spans = [span_of(one, self.lines) for one in items] if len(items) == len(value) else [whole] * len(value)
        spelled = Spelled(primitive, whole, whole, {})
        joined, around = value[0], spans[0]
        for part, span in zip(value[1:-1], spans[1:-1], strict=True):
            pair = [(self.as_stream(one, where, "Zip"), where) for one, where in ((joined, around), (part, span))]
            joined, around = self.add(spelled, pair, whole), whole
        return joined, value[-1]

    def add(self, spelled: Spelled, operands: list[tuple[Value, Span]], span: Span) -> object:
        if len(self.builder.nodes) >= MAX_NODES:
            raise TooMuchError(f"this body makes more than {MAX_NODES:,} primitives")
        primitive = spelled.primitive
        source = NodeSource(
            span,
            spelled.span,
            spelled.constructor,
            spelled.parameters,
            tuple(where for _, where in operands),
            self.statement,
        )
        self.draft.nodes.append(source)
        results = self.builder.add(primitive, [value for value, _ in operands])
        if self.builder.size > MAX_VALUES:
            raise TooMuchError(f"this body makes more than {MAX_VALUES:,} streams")
        if primitive.gives == "list" and has_unknown_length(primitive):
            self.draft.tolerant.update(results)
            return Unknown("a list of unknown length")
        streams = tuple(Stream(value) for value in results)
        return streams[0] if primitive.gives == "one" else streams

    def result(self, primitive: Primitive, stream: Stream, span: Span) -> object:
        """What a misapplied primitive gives: unknown streams, as many as it would have given."""
        if primitive.gives == "one":
            return stream
        if primitive.gives == "list" and has_unknown_length(primitive):
            return Unknown("a list of unknown length")
        return (stream, *(self.opaque((), span) for _ in range(primitive.results - 1)))


def _is_many(value: object) -> bool:
    return isinstance(value, Dim) and value.is_number and value.numerator > MAX_EXPERTS
