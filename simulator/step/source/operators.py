"""An operator as written: its specification, its parameters, its body."""

from __future__ import annotations

import ast
import builtins
import inspect
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from step.diagnostic import Diagnostic, Span
from step.program import Specification
from step.source.body import Body
from step.source.reader import read_body
from step.source.reader.words import OPEN, suggestion
from step.source.syntax import Broken, Parsed, span_of
from step.types import UNKNOWN_STREAM, StreamType


@dataclass(frozen=True)
class OperatorSource:
    """An operator as written. All ranges count lines from ``line``, where its first decorator stands.

    ``specification`` is None where the declaration could not be read. ``body_span`` covers the statements after the
    docstring (the docstring, where there is nothing else); it is what a synthesis replaces.
    """

    name: str
    line: int
    span: Span
    name_span: Span
    body_span: Span
    indent: str
    docstring: str | None
    is_hole: bool
    specification: Specification | None
    reference: str | None
    reference_span: Span | None
    parameters: tuple[tuple[str, Span], ...]
    body: Body
    problems: tuple[Diagnostic, ...]
    text: str
    scope: Mapping[str, object]

    @property
    def input_types(self) -> tuple[StreamType, ...]:
        """The type of each parameter: what the specification says, unknown where it says nothing."""
        known = self.specification.input_types if self.specification else ()
        return tuple(known[index] if index < len(known) else UNKNOWN_STREAM for index in range(len(self.parameters)))


@dataclass(frozen=True)
class Declaration:
    """What an operator's decorator says, read where it stands: the names in it mean what they mean there."""

    statement: ast.FunctionDef
    specification: Specification | None
    reference: str | None
    reference_span: Span | None
    problems: tuple[Diagnostic, ...]


def read_operator(text: str, declared: Declaration, parsed: Parsed, scope: Mapping[str, object]) -> OperatorSource:
    """An operator whose body is read in the scope of the whole module: it may name what stands below it."""
    lines, statement = parsed.lines, declared.statement
    problems = list(declared.problems)
    name_span = name_span_of(statement, lines)
    parameters = tuple((one.arg, span_of(one, lines)) for one in statement.args.args)
    _check_parameters(declared, parameters, name_span, lines, problems)
    _check_reference(declared, scope, problems)
    statements = parsed.body if parsed.body is not None else tuple(statement.body)
    docstring = _docstring(statements)
    header = [_begins(one, lines) for one in statements]
    last = len(lines) - 1
    whole = Span(0, 0, last, len(lines[last]))
    first = 1 if docstring is not None and len(statements) > 1 else 0
    start = header[first] if len(header) > first else Span(last, len(lines[last].rstrip()), 0, 0)
    body_span = Span(start.line, start.column, last, len(lines[last].rstrip()))
    indent = _indent(lines, start, parsed.problem is not None) if header else "    "
    if parsed.problem is not None:
        hint = "" if statements else "; a body that is still to be written is `...`"
        message = f"this does not parse: {parsed.problem.message}{hint}"
        problems.append(Diagnostic("STEP-SYNTAX", message, parsed.problem.span))
    return OperatorSource(
        name=statement.name,
        line=0,
        span=whole,
        name_span=name_span,
        body_span=body_span,
        indent=indent if indent and not indent.strip() else "    ",
        docstring=docstring,
        is_hole=parsed.problem is None and _is_hole(statements),
        specification=declared.specification,
        reference=declared.reference,
        reference_span=declared.reference_span,
        parameters=parameters,
        body=read_body(statements, lines, scope, parameters, name_span),
        problems=tuple(problems),
        text=text,
        scope=scope,
    )


def name_span_of(statement: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, lines: tuple[str, ...]) -> Span:
    """Where a function's or class's name stands in its own definition."""
    line = statement.lineno - 1
    text = lines[line] if line < len(lines) else ""
    keyword = "class" if isinstance(statement, ast.ClassDef) else "def"
    after = text.find(keyword)
    column = text.find(statement.name, after + len(keyword)) if after >= 0 else -1
    column = max(column, 0)
    return Span(line, column, line, column + len(statement.name))


def _begins(statement: ast.stmt | Broken, lines: tuple[str, ...]) -> Span:
    """Where a statement's text begins. Of what does not parse that is its first line, not where the mistake is: what
    replaces a body must replace all of it."""
    if not isinstance(statement, Broken):
        return span_of(statement, lines)
    line = lines[statement.line]
    return Span(statement.line, len(line) - len(line.lstrip()), statement.line, len(line.rstrip()))


def _indent(lines: tuple[str, ...], start: Span, is_broken: bool) -> str:
    """The indentation of a body's first statement; where it does not parse, the one that most of its lines have."""
    own = lines[start.line][: start.column]
    if not is_broken:
        return own
    written = [line[: len(line) - len(line.lstrip())] for line in lines[start.line :] if line.strip()]
    counts = Counter(one for one in written if one)
    most = max(counts.values(), default=0)
    return own if counts[own] == most or not most else next(one for one in counts if counts[one] == most)


def _docstring(statements: tuple[ast.stmt | Broken, ...]) -> str | None:
    match statements[:1]:
        case (ast.Expr(value=ast.Constant(value=str(text))),):
            return inspect.cleandoc(text)
        case _:
            return None


def _is_hole(statements: tuple[ast.stmt | Broken, ...]) -> bool:
    def is_nothing(index: int, one: ast.stmt | Broken) -> bool:
        match one:
            case ast.Pass():
                return True
            case ast.Expr(value=ast.Constant(value=constant)):
                return constant is ... or (index == 0 and isinstance(constant, str))
            case _:
                return False

    return all(is_nothing(index, one) for index, one in enumerate(statements))


def _check_parameters(
    declared: Declaration,
    parameters: tuple[tuple[str, Span], ...],
    name_span: Span,
    lines: tuple[str, ...],
    problems: list[Diagnostic],
) -> None:
    arguments = declared.statement.args
    for extra in (arguments.vararg, arguments.kwarg, *arguments.kwonlyargs, *arguments.posonlyargs):
        if extra is not None:
            message = "an operator takes its input streams only, by plain parameters"
            problems.append(Diagnostic("STEP-SIGNATURE", message, span_of(extra, lines)))
    if declared.specification is None:
        return
    name = declared.statement.name
    wanted = [name for name, _ in declared.specification.inputs]
    if len(wanted) != len(parameters):
        problems.append(
            Diagnostic(
                "STEP-SIGNATURE",
                f"`inputs` declares {len(wanted)} stream{'s' * (len(wanted) != 1)}; {name} takes {len(parameters)}: "
                f"write def {name}({', '.join(wanted)})",
                name_span,
            )
        )
        return
    for needed, (written, span) in zip(wanted, parameters, strict=True):
        if needed != written:
            message = f"this input is declared as `{needed}`; got `{written}`"
            problems.append(Diagnostic("STEP-SIGNATURE", message, span))


def _check_reference(declared: Declaration, scope: Mapping[str, object], problems: list[Diagnostic]) -> None:
    """A reference that no name of the module is: the module could not even be imported."""
    name, span = declared.reference, declared.reference_span
    if name is None or span is None or not name.isidentifier() or name in scope or OPEN in scope:
        return
    if not hasattr(builtins, name):
        problems.append(Diagnostic("STEP-NAME", f"`{name}` is not defined{suggestion(name, scope)}", span))
