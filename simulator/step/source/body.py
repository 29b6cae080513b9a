"""From a body's text to a program: statements are read as data, never run (1-language, section 5).

What a body may name: primitives, the given functions, whole numbers, dimensions and streams. Everything else is a
diagnostic (``STEP-SUBSET``), and what depends on it is unknown, so that one mistake is reported once.
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from step.diagnostic import Diagnostic, Related, Span
from step.dims import Dim
from step.function import Function, unknown_function
from step.primitives import Primitive
from step.program import Builder, Opaque, Program, Value
from step.source.evaluate import Declared, Evaluator, Namespace
from step.source.syntax import Broken, span_of
from step.types import Unknown

MAX_NODES = 20_000
MAX_PROBLEMS = 200

Kind = Literal["stream", "list", "function", "dim", "primitive", "other"]


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream in the scope of a body."""

    value: Value


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A name in a body: what it stands for there, and whether this is where it is bound."""

    span: Span
    name: str
    kind: Kind
    binds: bool
    values: tuple[Value, ...] = ()
    meaning: object = None


@dataclass(frozen=True)
class NodeSource:
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

    ``ends`` is where the outputs are returned (one range each), or None without a return.
    """

    program: Program
    nodes: tuple[NodeSource, ...]
    outputs: tuple[Span, ...]
    returns: Span | None
    occurrences: tuple[Occurrence, ...]
    problems: tuple[Diagnostic, ...]
    tolerant: frozenset[Value] = frozenset()

    @property
    def is_complete(self) -> bool:
        """Whether everything was understood."""
        return self.program.is_complete and not any(one.severity == "error" for one in self.problems)


@dataclass
class _Draft:
    nodes: list[NodeSource] = field(default_factory=list)
    occurrences: list[Occurrence] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    outputs: tuple[Value, ...] = ()
    output_spans: tuple[Span, ...] = ()
    returns: Span | None = None
    tolerant: set[Value] = field(default_factory=set)


def read_body(
    statements: Sequence[ast.stmt | Broken],
    lines: tuple[str, ...],
    scope: Mapping[str, object],
    inputs: Sequence[tuple[str, Span]],
    end: Span,
) -> Body:
    """The program that statements say.

    ``inputs`` are the parameters' names with their ranges; ``end`` is the place to report a missing return at.
    Never raises, whatever the text holds.
    """
    reader = _Reader(lines, dict(scope), inputs)
    try:
        reader.read(statements)
    except RecursionError:
        reader.problem("STEP-SUBSET", "this body is nested too deeply to be read", end)
    except _TooMuchError as stop:
        reader.problem("STEP-SUBSET", str(stop), end)
    return reader.finish(end)


class _TooMuchError(Exception):
    pass


class _Reader(Evaluator):
    def __init__(self, lines: tuple[str, ...], scope: dict[str, object], inputs: Sequence[tuple[str, Span]]) -> None:
        super().__init__(scope)
        self.lines = lines
        self.builder = Builder(len(inputs), [name for name, _ in inputs])
        self.draft = _Draft()
        self.statement = Span(0, 0, 0, 0)
        self.opaques: set[Value] = set()
        for value, (name, span) in enumerate(inputs):
            self.scope[name] = Stream(value)
            self.draft.occurrences.append(Occurrence(span, name, "stream", True, (value,)))

    # statements

    def read(self, statements: Sequence[ast.stmt | Broken]) -> None:
        for index, statement in enumerate(statements):
            if self.draft.returns is not None:
                span = statement.span if isinstance(statement, Broken) else span_of(statement, self.lines)
                self.problem("STEP-SUBSET", "nothing after `return` is read", span, severity="warning")
                return
            if isinstance(statement, Broken):
                self.broken(statement)
                continue
            self.statement = span_of(statement, self.lines)
            self.on_statement(statement, index)

    def on_statement(self, statement: ast.stmt, index: int) -> None:
        match statement:
            case ast.Expr(value=ast.Constant(value=constant)) if constant is ... or (
                isinstance(constant, str) and index == 0
            ):
                pass
            case ast.Pass():
                pass
            case ast.Expr():
                self.evaluate(statement.value)
            case ast.Assign():
                value = self.evaluate(statement.value)
                for target in statement.targets:
                    self.assign(target, value)
            case ast.AnnAssign(target=target, value=expression) if expression is not None:
                self.assign(target, self.evaluate(expression))
            case ast.Return():
                self.on_return(statement)
            case _:
                what = _STATEMENTS.get(type(statement).__name__, f"`{type(statement).__name__.lower()}`")
                self.problem(
                    "STEP-SUBSET",
                    f"{what} cannot be in a body: a body has assignments, primitives and one return",
                    self.first_line(self.statement),
                )
                self.tolerate(one.id for one in ast.walk(statement) if isinstance(one, ast.Name))
                for one in ast.walk(statement):
                    if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                        self.scope[one.id] = Unknown()

    def broken(self, statement: Broken) -> None:
        self.tolerate(statement.names)
        for name in statement.targets:
            self.scope[name] = Unknown("its statement does not parse")

    def on_return(self, statement: ast.Return) -> None:
        self.draft.returns = self.statement
        if statement.value is None:
            return
        value = self.evaluate(statement.value)
        spans = [span_of(statement.value, self.lines)]
        items: tuple[object, ...] = (value,)
        if isinstance(value, tuple):
            items = value
            written = statement.value.elts if isinstance(statement.value, (ast.Tuple, ast.List)) else ()
            spans = [span_of(one, self.lines) for one in written] if len(written) == len(items) else spans * len(items)
        outputs = [self.as_stream(item, span, "return") for item, span in zip(items, spans, strict=True)]
        self.draft.outputs = tuple(outputs)
        self.draft.output_spans = tuple(spans)

    def assign(self, target: ast.expr, value: object) -> None:
        match target:
            case ast.Name():
                self.scope[target.id] = value
                if isinstance(value, Stream) and self.builder.names[value.value] is None:
                    self.builder.name(value.value, target.id)
                self.occur(target, value, binds=True)
            case ast.Tuple() | ast.List():
                items: Sequence[object] = [Unknown()] * len(target.elts)
                if isinstance(value, tuple):
                    if any(isinstance(one, ast.Starred) for one in target.elts):
                        self.problem("STEP-SUBSET", "`*` cannot be in a body", span_of(target, self.lines))
                    elif len(value) == len(target.elts):
                        items = value
                    else:
                        self.problem(
                            "STEP-ARITY",
                            f"{len(value)} streams cannot be unpacked into {len(target.elts)} names",
                            span_of(target, self.lines),
                        )
                elif isinstance(value, Stream) and value.value not in self.opaques:
                    self.problem(
                        "STEP-ARITY",
                        f"one stream cannot be unpacked into {len(target.elts)} names; "
                        "Copy gives two, Partition a list",
                        span_of(target, self.lines),
                    )
                elif isinstance(value, Stream):
                    items = [self.opaque((), span_of(target, self.lines)) for _ in target.elts]
                for one, item in zip(target.elts, items, strict=True):
                    self.assign(one.value if isinstance(one, ast.Starred) else one, item)
            case _:
                self.problem(
                    "STEP-SUBSET",
                    "only names can be assigned in a body: streams are never changed in place",
                    span_of(target, self.lines),
                )

    def finish(self, end: Span) -> Body:
        draft = self.draft
        if draft.returns is None:
            self.problem("STEP-RETURN", "the body returns no stream: end it with `return`", end)
        return Body(
            self.builder.build(draft.outputs),
            tuple(draft.nodes),
            draft.output_spans,
            draft.returns,
            tuple(draft.occurrences),
            tuple(draft.problems[:MAX_PROBLEMS]),
            frozenset(draft.tolerant),
        )

    # expressions

    def unknown(self, node: ast.AST, reason: str) -> Unknown:
        span = span_of(node, self.lines) if isinstance(node, (ast.expr, ast.stmt)) else self.statement
        reason = _EXPRESSIONS.get(type(node).__name__, reason)
        self.problem("STEP-SUBSET", f"{reason} cannot be in a body", span)
        self.tolerate(one.id for one in ast.walk(node) if isinstance(one, ast.Name))
        return Unknown(reason)

    def declaration_error(self, node: ast.expr, error: Exception) -> None:
        self.problem("STEP-DECLARATION", str(error), span_of(node, self.lines))

    def on_constant(self, node: ast.Constant) -> object:
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            return node.value
        if node.value is ...:
            return Unknown("...")
        return self.unknown(node, f"`{str(node.value)[:40]}`")

    def on_name(self, node: ast.Name) -> object:
        if node.id in self.scope:
            value = self.scope[node.id]
            self.occur(node, value, binds=False)
            return value
        span = span_of(node, self.lines)
        if hasattr(builtins, node.id):
            self.problem(
                "STEP-SUBSET",
                f"`{node.id}` cannot be in a body, which names primitives, functions, numbers, dimensions and streams",
                span,
            )
        else:
            self.problem("STEP-NAME", f"`{node.id}` is not defined{_suggest(node.id, self.scope)}", span)
        return Unknown(f"`{node.id}` is not defined")

    def on_attribute(self, node: ast.Attribute) -> object:
        value = self.evaluate(node.value)
        if isinstance(value, Namespace):
            if node.attr in value.members:
                member = value.members[node.attr]
                end = span_of(node, self.lines)
                span = Span(end.end_line, end.end_column - len(node.attr), end.end_line, end.end_column)
                kind: Kind = "primitive" if isinstance(member, type) and issubclass(member, Primitive) else "other"
                self.draft.occurrences.append(Occurrence(span, node.attr, kind, False, (), member))
                return member
            self.problem(
                "STEP-NAME",
                f"{value.name} has no `{node.attr}`{_suggest(node.attr, value.members)}",
                span_of(node, self.lines),
            )
            return Unknown(f"{value.name}.{node.attr}")
        if isinstance(value, Unknown):
            return Unknown(value.reason)
        if isinstance(value, Dim) and node.attr == "size":
            return self.unknown(node, f"`{value}.size`: write the dimension itself, `{value}`; it")
        return self.unknown(node, f"`.{node.attr}`")

    def on_binop(self, node: ast.BinOp) -> object:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return Unknown()
        if isinstance(left, Stream) or isinstance(right, Stream):
            span = span_of(node, self.lines)
            streams = [one.value for one in (left, right) if isinstance(one, Stream)]
            self.problem(
                "STEP-SUBSET",
                "streams have no operators: apply a function with step.Map(fn=…).apply(…)",
                span,
            )
            return self.opaque(streams, span)
        return super().on_binop(
            ast.copy_location(ast.BinOp(_Known(left, node.left), node.op, _Known(right, node.right)), node)
        )

    def on__known(self, node: _Known) -> object:
        return node.value

    def on_unaryop(self, node: ast.UnaryOp) -> object:
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            value = self.evaluate(node.operand)
            return -value if isinstance(value, int) else value
        return self.unknown(node, "this operation")

    def on_subscript(self, node: ast.Subscript) -> object:
        value = self.evaluate(node.value)
        index = self.on_slice(node.slice) if isinstance(node.slice, ast.Slice) else self.evaluate(node.slice)
        if isinstance(value, Unknown) or isinstance(index, Unknown):
            return Unknown()
        if isinstance(value, tuple):
            if isinstance(index, slice):
                return value[index]
            if isinstance(index, int):
                if -len(value) <= index < len(value):
                    return value[index]
                self.problem(
                    "STEP-ARITY",
                    f"there are only {len(value)} items; {index} is past the end",
                    span_of(node.slice, self.lines),
                )
                return Unknown()
        if isinstance(value, Stream):
            self.problem(
                "STEP-SUBSET",
                "a stream has no elements to pick: it flows through primitives",
                span_of(node, self.lines),
            )
            return self.opaque([value.value], span_of(node, self.lines))
        return self.unknown(node, "this subscript")

    def on_call(self, node: ast.Call) -> object:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "apply":
            primitive = self.evaluate(node.func.value)
            return self.on_apply(node, primitive)
        if isinstance(node.func, ast.Name) and node.func.id in _ITERATORS and node.func.id not in self.scope:
            items = self.items(node)
            if items is None:
                self.evaluate_all(node)
                return Unknown("a list that is not known")
            return items
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
            return self.opaque(_streams(values), span_of(node, self.lines))
        if isinstance(called, Unknown):
            return self.opaque(_streams(self.evaluate_all(node)), span_of(node, self.lines))
        if isinstance(called, Declared):
            return self.unknown(node, f"`step.{called.name}(…)`")
        return self.unknown(node, "this call")

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
        for position, (name, expression) in enumerate(given):
            span = span_of(expression, self.lines)
            if isinstance(expression, ast.Starred) or (name is None and position >= len(node.args)):
                self.problem("STEP-PARAM", "`*` and `**` cannot be in a body", span)
                continue
            if name is None:
                if position >= len(known):
                    self.evaluate(expression)
                    self.problem("STEP-PARAM", f"{cls.__name__} takes {_count(len(known), 'parameter')}", span)
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
                self.problem("STEP-PARAM", f"{cls.__name__} needs `{one.name}`: {one.metadata['text']}", call_span)
                values[one.name] = Unknown("missing")
            elif one.metadata["kind"] == "integer" and one.name not in values:
                values[one.name] = one.default
        return _Spelled(cls(**values), whole, call_span, spans)

    def as_parameter(self, cls: type[Primitive], one: dataclasses.Field[object], value: object, span: Span) -> object:
        """A parameter's value in its kind; unknown, with a diagnostic, where it is of another."""
        if isinstance(value, Unknown):
            return unknown_function("?") if one.metadata["kind"] == "function" else value
        match one.metadata["kind"]:
            case "function" if isinstance(value, Function):
                return value
            case "integer" if isinstance(value, int):
                return value
            case "integer" if isinstance(value, Dim) and value.is_number:
                return value.numerator
            case "dim" if isinstance(value, Dim) or (isinstance(value, int) and value >= 0):
                return value
            case "indices" if isinstance(value, int):
                return (value,)
            case "indices" if isinstance(value, tuple):
                if all(isinstance(item, int) for item in value):
                    return value
                if any(isinstance(item, Unknown) for item in value):
                    return Unknown()
        wanted = _KINDS[one.metadata["kind"]]
        self.problem("STEP-PARAM", f"{cls.__name__}: `{one.name}` must be {wanted}; got {_describe(value)}", span)
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
        if not isinstance(spelled, _Spelled):
            values = self.evaluate_all(node)
            if isinstance(spelled, Stream):
                self.problem("STEP-SUBSET", "a stream has no `.apply`: a primitive has", span)
            elif not isinstance(spelled, Unknown):
                self.problem("STEP-SUBSET", "only primitives have `.apply`", span)
            return self.opaque(_streams(values), span)
        primitive = spelled.primitive
        expressions = [*node.args, *(keyword.value for keyword in node.keywords)]
        if node.keywords:
            self.problem("STEP-ARITY", ".apply takes streams without keywords", span)
        if not expressions:
            self.problem("STEP-ARITY", f"{primitive.name}.apply needs {_operands(primitive)}", span)
            return self.result(primitive, self.opaque((), span), span)
        if len(expressions) == 1:
            written, value = expressions[0], self.evaluate(expressions[0])
        else:
            several = tuple(self.evaluate(one) for one in expressions)
            hint = ", ".join(one if not one.startswith("*") else one[1:] for one in primitive.takes)
            self.problem(
                "STEP-ARITY",
                f"{primitive.name}.apply takes one argument: "
                + (f"a tuple ({hint})" if len(primitive.takes) > 1 else "a stream"),
                span_of(expressions[1], self.lines),
            )
            if len(primitive.takes) == 1 and not primitive.takes[0].startswith("*"):
                return self.result(primitive, self.opaque(_streams(several), span), span)
            written, value = ast.copy_location(ast.Tuple(elts=expressions), node.args[0]), several
        operands = self.operands(primitive, value, written, span)
        if operands is None:
            return self.result(primitive, self.opaque(_streams([value]), span), span)
        return self.add(spelled, operands, span)

    def operands(
        self, primitive: Primitive, value: object, written: ast.expr, span: Span
    ) -> list[tuple[Value, Span]] | None:
        """The operands in their order, each with its range; None, with a diagnostic, where they do not fit."""
        whole = span_of(written, self.lines)
        takes = primitive.takes
        items = written.elts if isinstance(written, (ast.Tuple, ast.List)) else ()
        if isinstance(value, Unknown):
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
                    "STEP-ARITY", f"{primitive.name} takes one stream; got {_count(len(value), 'stream')}", whole
                )
                return None
            return [(self.as_stream(value, whole, primitive.name), whole)]
        if primitive.name == "Zip" and isinstance(value, tuple) and len(value) > 2:
            value = self.nested_zip(primitive, value, items, whole)
            items = ()
        if not isinstance(value, tuple) or len(value) != len(takes):
            got = _count(len(value), "operand") if isinstance(value, tuple) else "one stream"
            self.problem("STEP-ARITY", f"{primitive.name} takes {_operands(primitive)}; got {got}", whole)
            return None
        spans = [span_of(one, self.lines) for one in items] if len(items) == len(value) else [whole] * len(value)
        found: list[tuple[Value, Span]] = []
        for name, part, where, index in zip(takes, value, spans, range(len(value)), strict=True):
            if name.startswith("*"):
                if isinstance(part, Unknown):
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
        spelled = _Spelled(primitive, whole, whole, {})
        joined, around = value[0], spans[0]
        for part, span in zip(value[1:-1], spans[1:-1], strict=True):
            pair = [(self.as_stream(one, where, "Zip"), where) for one, where in ((joined, around), (part, span))]
            joined, around = self.add(spelled, pair, whole), whole
        return joined, value[-1]

    def add(self, spelled: _Spelled, operands: list[tuple[Value, Span]], span: Span) -> object:
        if len(self.builder.nodes) >= MAX_NODES:
            raise _TooMuchError(f"this body makes more than {MAX_NODES:,} primitives")
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
        if primitive.gives == "list" and _unknown_length(primitive):
            return Unknown("a list of unknown length")
        streams = tuple(Stream(value) for value in results)
        return streams[0] if primitive.gives == "one" else streams

    def result(self, primitive: Primitive, stream: Stream, span: Span) -> object:
        """What a misapplied primitive gives: unknown streams, as many as it would have given."""
        if primitive.gives == "one":
            return stream
        if primitive.gives == "list" and _unknown_length(primitive):
            return Unknown("a list of unknown length")
        return (stream, *(self.opaque((), span) for _ in range(primitive.results - 1)))

    def opaque(self, operands: Iterable[Value], span: Span) -> Stream:
        used = tuple(operands)
        if len(self.builder.nodes) >= MAX_NODES:
            raise _TooMuchError(f"this body makes more than {MAX_NODES:,} primitives")
        self.draft.nodes.append(NodeSource(span, span, span, {}, (span,) * len(used), self.statement))
        value = self.builder.add(Opaque(), used)[0]
        self.opaques.add(value)
        return Stream(value)

    def as_stream(self, value: object, span: Span, what: str) -> Value:
        """The value as one stream; an unknown stream, with a diagnostic, where it is none."""
        if isinstance(value, Stream):
            return value.value
        if not isinstance(value, Unknown):
            self.problem("STEP-ARITY", f"{what} needs a stream here; got {_describe(value)}", span)
        return self.opaque(_streams([value]), span).value

    def on_listcomp(self, node: ast.ListComp | ast.GeneratorExp) -> object:
        loop = node.generators[0]
        if len(node.generators) != 1 or loop.ifs or loop.is_async:
            return self.unknown(node, "a comprehension with several loops or a condition")
        items = self.items(loop.iter)
        if items is not None:
            saved, results = dict(self.scope), []
            for item in items:
                self.bind(loop.target, item)
                results.append(self.evaluate(node.elt))
            self.scope = saved
            return tuple(results)
        reported = len(self.draft.problems)
        parts = loop.iter.args if isinstance(loop.iter, ast.Call) else [loop.iter]
        values = [self.evaluate(one) for one in parts]
        self.tolerate(one.id for one in ast.walk(node) if isinstance(one, ast.Name))
        if len(self.draft.problems) == reported and not any(isinstance(one, Unknown) for one in values):
            self.problem(
                "STEP-SUBSET",
                "a comprehension goes over a list of streams or functions",
                span_of(loop.iter, self.lines),
            )
        return Unknown("a list that is not known")

    on_generatorexp = on_listcomp

    def bind(self, target: ast.expr, value: object) -> None:
        if isinstance(target, ast.Name):
            self.occur(target, value, binds=True)
        super().bind(target, value)

    # bookkeeping

    def first_line(self, span: Span) -> Span:
        """The part of a range that is on its first line, so that a mistake does not underline a whole block."""
        if span.line == span.end_line or span.line >= len(self.lines):
            return span
        return Span(span.line, span.column, span.line, len(self.lines[span.line]))

    def occur(self, node: ast.Name, value: object, *, binds: bool) -> None:
        if len(self.draft.occurrences) < MAX_NODES:
            span = span_of(node, self.lines)
            values = tuple(_streams([value]))
            self.draft.occurrences.append(Occurrence(span, node.id, _kind(value), binds, values, value))

    def tolerate(self, names: Iterable[str]) -> None:
        """What names stand for may be consumed by something that could not be read: it is never reported as unused."""
        for name in names:
            self.draft.tolerant.update(_streams([self.scope.get(name)]))

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


@dataclass(frozen=True)
class _Spelled:
    """A primitive with its parameters, before it is applied."""

    primitive: Primitive
    span: Span
    constructor: Span
    parameters: Mapping[str, Span]


class _Known(ast.expr):
    """An operand that was evaluated before, so that it is not reported twice."""

    def __init__(self, value: object, at: ast.expr) -> None:
        super().__init__()
        self.value = value
        ast.copy_location(self, at)


_ITERATORS = frozenset({"zip", "enumerate", "reversed", "range", "list", "tuple"})
_KINDS = {
    "function": "a function declared with @step.fn",
    "integer": "a whole number",
    "dim": "a dimension, a whole number or a product",
    "indices": "a list of whole numbers",
}
_STATEMENTS = {
    "For": "a loop",
    "While": "a loop",
    "If": "`if`",
    "FunctionDef": "a function",
    "AsyncFunctionDef": "a function",
    "ClassDef": "a class",
    "Import": "an import",
    "ImportFrom": "an import",
    "With": "`with`",
    "Try": "`try`",
    "TryStar": "`try`",
    "AugAssign": "`+=` and its kin",
    "Global": "`global`",
    "Nonlocal": "`nonlocal`",
    "Delete": "`del`",
    "Raise": "`raise`",
    "Assert": "`assert`",
    "Match": "`match`",
    "AnnAssign": "a declaration without a value",
}
_EXPRESSIONS = {
    "Lambda": "`lambda`: a function is declared with @step.fn in the module; it",
    "NamedExpr": "`:=`",
    "JoinedStr": "a format string",
    "Dict": "a dictionary",
    "Set": "a set",
    "DictComp": "a dictionary",
    "SetComp": "a set",
    "IfExp": "`if`",
    "BoolOp": "`and` and `or`",
    "Compare": "a comparison",
    "Await": "`await`",
    "Yield": "`yield`",
    "YieldFrom": "`yield`",
}


def _streams(values: Iterable[object]) -> list[Value]:
    found: list[Value] = []
    for value in values:
        if isinstance(value, Stream):
            found.append(value.value)
        elif isinstance(value, tuple):
            found.extend(_streams(value))
    return found


def _kind(value: object) -> Kind:
    match value:
        case Stream():
            return "stream"
        case tuple():
            return "list"
        case Function():
            return "function"
        case Dim():
            return "dim"
        case type() if issubclass(value, Primitive):
            return "primitive"
        case _:
            return "other"


def _describe(value: object) -> str:
    match value:
        case Stream():
            return "a stream"
        case tuple():
            return f"a list of {len(value)}"
        case Function():
            return f"the function {value.name}"
        case Dim():
            return f"the dimension {value}"
        case _Spelled():
            return f"{value.primitive.name} that is not applied: add .apply(…)"
        case type() if issubclass(value, Primitive):
            return f"the primitive {value.__name__}"
        case bool() | int() | float() | str():
            return repr(value)[:40]
        case _:
            return "something else"


def _operands(primitive: Primitive) -> str:
    names = [f"[{name[1:]}]" if name.startswith("*") else name for name in primitive.takes]
    return "one stream" if len(names) == 1 else f"({', '.join(names)})"


def _unknown_length(primitive: Primitive) -> bool:
    count = getattr(primitive, "N", None)
    return isinstance(count, Unknown) or (isinstance(count, Dim) and not count.is_number)


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _suggest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, [one for one in known if not one.startswith("_")], 1, 0.7)
    return f"; did you mean `{close[0]}`?" if close else ""
