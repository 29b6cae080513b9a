"""Statements of a body: assignments and one return."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping, Sequence

from step.diagnostic import Span
from step.source.body import Body, Stream
from step.source.evaluate import TooMuchError
from step.source.reader.application import ApplicationReader
from step.source.reader.draft import MAX_PROBLEMS, MAX_STATEMENTS
from step.source.reader.words import ITERATORS, OPEN, STATEMENTS
from step.source.syntax import Broken, span_of
from step.types import Unknown


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
    reader = StatementReader(lines, dict(scope), inputs)
    try:
        reader.read(statements)
    except RecursionError:
        reader.problem("STEP-SUBSET", "this body is nested too deeply to be read", end)
    except TooMuchError as stop:
        reader.problem("STEP-SUBSET", str(stop), end)
    return reader.finish(end)


class StatementReader(ApplicationReader):
    """Reads statements one after the other; what cannot be read is noted, and the next one is tried."""

    def read(self, statements: Sequence[ast.stmt | Broken]) -> None:
        if len(statements) > MAX_STATEMENTS:
            raise TooMuchError(f"a body has {MAX_STATEMENTS:,} statements at most")
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
            case ast.Expr(value=ast.Call(func=ast.Name() as called) as call) if self.is_only_pythons(called.id):
                self.evaluate(called)  # `print(y)` is to be removed: it consumes nothing
                self.tolerate(one.id for one in ast.walk(call) if isinstance(one, ast.Name))
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
                what = STATEMENTS.get(type(statement).__name__, f"`{type(statement).__name__.lower()}`")
                self.problem(
                    "STEP-SUBSET",
                    f"{what} cannot be in a body: a body has assignments, primitives and one return"
                    + self.instead(statement),
                    self.first_line(self.statement),
                )
                ends = (ast.Return, ast.Raise)
                self.draft.half_read |= any(isinstance(one, ends) for one in ast.walk(statement))
                self.tolerate(one.id for one in ast.walk(statement) if isinstance(one, ast.Name))
                for one in ast.walk(statement):
                    if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                        self.scope[one.id] = Unknown()

    def is_only_pythons(self, name: str) -> bool:
        """Whether a name is a function of Python's own, and none that a body may call."""
        return not ({name, OPEN} & self.scope.keys()) and name not in {*ITERATORS, "len"} and hasattr(builtins, name)

    @staticmethod
    def instead(statement: ast.stmt) -> str:
        """What to write in place of a statement, where that is one thing, as the end of a message."""
        return "; one that is still to be written is `...`" if isinstance(statement, ast.Raise) else ""

    def broken(self, statement: Broken) -> None:
        self.draft.half_read = True
        self.tolerate(statement.names)
        for name in statement.targets:
            self.scope[name] = Unknown("its statement does not parse")

    def on_return(self, statement: ast.Return) -> None:
        self.draft.returns = self.statement
        if statement.value is None:
            return
        value = self.evaluate(statement.value)
        self.draft.open_outputs = self.is_unknown(value)
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
                self.name_streams(value, target.id)
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

    def name_streams(self, value: object, name: str) -> None:
        """Names a stream, or each of a list (``parts[0]``), after what it is bound to first."""
        if isinstance(value, Stream) and self.builder.names[value.value] is None:
            self.builder.name(value.value, name)
        elif isinstance(value, tuple):
            for index, one in enumerate(value):
                if isinstance(one, Stream):
                    self.name_streams(one, f"{name}[{index}]")

    def finish(self, end: Span) -> Body:
        draft = self.draft
        if draft.returns is None and not draft.half_read:
            self.problem("STEP-RETURN", "the body returns no stream: end it with `return`", end)
        return Body(
            self.builder.build(draft.outputs),
            tuple(draft.nodes),
            draft.output_spans,
            draft.returns,
            tuple(draft.occurrences),
            tuple(draft.problems[:MAX_PROBLEMS]),
            frozenset(draft.tolerant),
            draft.open_outputs,
        )
