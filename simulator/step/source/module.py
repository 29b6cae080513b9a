"""A module as its text says: dimensions, functions, operators; nothing is imported and nothing is run.

Everything that belongs to one top-level statement is kept relative to its first line and remembered by its text and
by what it refers to, so that an edit makes only the touched operator new.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from step.choice import Choice, DimSpec, choosing
from step.diagnostic import Diagnostic, Span
from step.dims import Dim
from step.function import Function
from step.program import Specification
from step.source.body import Body
from step.source.declarations import DeclarationReader, check_parameters
from step.source.evaluate import NUMBERS, STEP, Declared, Namespace
from step.source.reader import read_body
from step.source.split import Block, split_blocks, split_lines
from step.source.syntax import Broken, Parsed, parse_block, span_of
from step.types import UNKNOWN, UNKNOWN_STREAM, StreamType, Unknown


@dataclass(frozen=True)
class Definition:
    """Where a module-level name is bound, and what it is. ``span`` is in the file's lines."""

    name: str
    span: Span
    value: object
    docstring: str | None = None
    block: int = 0


@dataclass(frozen=True)
class OperatorSource:
    """An operator as written. All ranges count lines from ``line``, where its first decorator stands.

    ``specification`` is None where the declaration could not be read. ``body_span`` covers the statements after the
    docstring; it is what a synthesis replaces.
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
class Module:
    """What a text declares. ``problems`` are in the file's lines; an operator's own are with the operator."""

    path: str
    text: str
    operators: tuple[OperatorSource, ...]
    definitions: Mapping[str, Definition]
    problems: tuple[Diagnostic, ...]
    imports_step: bool
    blocks: tuple[Block, ...]
    dims: Mapping[str, DimSpec] = field(default_factory=dict)

    @property
    def functions(self) -> Iterator[Function]:
        """The functions that are declared in the module, in order."""
        return (one.value for one in self.definitions.values() if isinstance(one.value, Function))

    def operator(self, name: str) -> OperatorSource | None:
        """The operator of a name; the last one, as Python has it."""
        return next((one for one in reversed(self.operators) if one.name == name), None)


class ModuleReader:
    """Reads the versions of one document, remembering what an edit did not touch."""

    def __init__(self) -> None:
        self._parsed: dict[str, Parsed] = {}
        self._operators: dict[tuple[str, object], OperatorSource] = {}

    def read(self, text: str, path: str = "") -> Module:
        """The module that a text declares. Never raises, whatever the text holds."""
        blocks = split_blocks(split_lines(text.removeprefix("\ufeff")))
        parsed = {block.text: self._parsed.get(block.text) or parse_block(block) for block in blocks}
        reader = _ModuleReader(self._operators)
        with choosing(Choice()) as choice:
            for block in blocks:
                reader.read(block, parsed[block.text])
            reader.read_operators()
        self._parsed, self._operators = parsed, reader.remembered
        return Module(
            path,
            text,
            tuple(reader.operators),
            reader.definitions,
            tuple(reader.problems),
            reader.imports_step,
            tuple(blocks),
            choice.declared,
        )


def read(text: str, path: str = "") -> Module:
    """The module that a text declares."""
    return ModuleReader().read(text, path)


class _ModuleReader:
    def __init__(self, known: Mapping[tuple[str, object], OperatorSource]) -> None:
        self.known = known
        self.remembered: dict[tuple[str, object], OperatorSource] = {}
        self.scope: dict[str, object] = {}
        self.definitions: dict[str, Definition] = {}
        self.operators: list[OperatorSource] = []
        self.problems: list[Diagnostic] = []
        self.imports_step = False
        self.evaluator = DeclarationReader(self.scope, (), [])
        self.block = Block(0, "")
        self.lines: tuple[str, ...] = ()
        self.waiting: list[tuple[Block, Parsed, ast.FunctionDef, ast.Call | None]] = []

    def read(self, block: Block, parsed: Parsed) -> None:
        self.block, self.lines = block, parsed.lines
        self.evaluator = DeclarationReader(self.scope, self.lines, [])
        try:
            self.read_block(parsed)
        except RecursionError:
            self.problem("STEP-SYNTAX", "this is nested too deeply to be read", Span(0, 0, 0, len(self.lines[0])))
        self.problems += [one.shift(block.line) for one in self.evaluator.problems]

    def read_block(self, parsed: Parsed) -> None:
        operator = self.as_operator(parsed)
        if operator is not None:
            function, call = operator
            self.define(function.name, self.name_span(function), UNKNOWN)
            self.waiting.append((self.block, parsed, function, call))
            return
        if parsed.problem is not None:
            problem = parsed.problem
            self.problem("STEP-SYNTAX", f"this does not parse: {problem.message}", problem.span)
        for statement in parsed.statements:
            if isinstance(statement, Broken):
                for name in statement.targets:
                    self.define(name, statement.span, Unknown("its statement does not parse"))
            else:
                self.on_statement(statement)

    def on_statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Import():
                for alias in statement.names:
                    self.on_import(alias)
            case ast.ImportFrom(module=module) if module in ("step", "numpy", "math"):
                namespace = STEP if module == "step" else NUMBERS[str(module)]
                self.imports_step |= module == "step"
                for alias in statement.names:
                    if alias.name == "*":
                        for name, value in namespace.members.items():
                            self.scope.setdefault(name, value)
                        continue
                    value = namespace.members.get(alias.name, Unknown(alias.name))
                    self.define(alias.asname or alias.name, span_of(alias, self.lines), value)
            case ast.Assign():
                value = self.evaluator.evaluate(statement.value)
                for target in statement.targets:
                    self.assign(target, value)
            case ast.AnnAssign(value=expression) if expression is not None:
                self.assign(statement.target, self.evaluator.evaluate(expression))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.on_function(statement)
            case ast.Expr():
                self.evaluator.evaluate(statement.value)
            case _:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        self.define(node.id, span_of(node, self.lines), Unknown())
                    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                        self.define(node.name, span_of(node, self.lines), Unknown())
                    elif isinstance(node, ast.Import):
                        for alias in node.names:
                            self.on_import(alias)
                    elif isinstance(node, ast.ImportFrom):
                        for alias in node.names:
                            value = STEP.members.get(alias.name, Unknown()) if node.module == "step" else Unknown()
                            self.define(alias.asname or alias.name, span_of(alias, self.lines), value)

    def on_import(self, alias: ast.alias) -> None:
        root = alias.name.split(".")[0]
        self.imports_step |= root == "step"
        value: object = Unknown(alias.name)
        if alias.name == "step" or (root == "step" and not alias.asname):
            value = STEP
        elif alias.name in NUMBERS:
            value = NUMBERS[alias.name]
        self.define(alias.asname or root, span_of(alias, self.lines), value)

    def on_function(self, statement: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        value: object = Unknown(f"{statement.name} is a Python function")
        for decorator in statement.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            target = self.evaluator.evaluate(call.func if call else decorator)
            if isinstance(target, Declared) and target.name == "fn" and call is not None:
                value = self.evaluator.function(statement.name, call)
        self.define(statement.name, self.name_span(statement), value, ast.get_docstring(statement))

    def name_span(self, statement: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Span:
        line = statement.lineno - 1
        text = self.lines[line] if line < len(self.lines) else ""
        column = text.find(statement.name, text.find("def") + 3)
        return Span(line, max(column, 0), line, max(column, 0) + len(statement.name))

    def assign(self, target: ast.expr, value: object) -> None:
        match target:
            case ast.Name():
                self.define(target.id, span_of(target, self.lines), value)
            case ast.Tuple() | ast.List():
                fits = isinstance(value, tuple) and len(value) == len(target.elts)
                for index, one in enumerate(target.elts):
                    self.assign(one, value[index] if fits and isinstance(value, tuple) else Unknown())
            case ast.Starred():
                self.assign(target.value, Unknown())

    def define(self, name: str, span: Span, value: object, docstring: str | None = None) -> None:
        if isinstance(value, Function) and value.name == "":
            value = Function(name, value.element, value.result, value.init, value.array)
        self.scope[name] = value
        self.definitions[name] = Definition(name, span.shift(self.block.line), value, docstring, self.block.line)

    def problem(self, code: str, message: str, span: Span) -> None:
        self.problems.append(Diagnostic(code, message, span).shift(self.block.line))

    # operators

    def as_operator(self, parsed: Parsed) -> tuple[ast.FunctionDef, ast.Call | None] | None:
        for statement in parsed.statements:
            if isinstance(statement, ast.FunctionDef):
                for decorator in statement.decorator_list:
                    call = decorator if isinstance(decorator, ast.Call) else None
                    name = call.func if call else decorator
                    if isinstance(name, (ast.Name, ast.Attribute)):
                        target = self.evaluator.evaluate(name)
                        if isinstance(target, Declared) and target.name == "operator":
                            return statement, call
        return None

    def read_operators(self) -> None:
        """Reads the operators, now that the whole module is known: a body may name what is declared below it."""
        for block, parsed, statement, call in self.waiting:
            self.block, self.lines = block, parsed.lines
            try:
                self.read_one(parsed, statement, call)
            except RecursionError:
                self.problem("STEP-SYNTAX", "this is nested too deeply to be read", Span(0, 0, 0, len(self.lines[0])))

    def read_one(self, parsed: Parsed, statement: ast.FunctionDef, call: ast.Call | None) -> None:
        names = sorted({one.id for one in ast.walk(statement) if isinstance(one, ast.Name)})
        if parsed.body is not None:
            names = sorted({*names, *_names_in(parsed.body)})
        scope = {name: self.scope[name] for name in names if name in self.scope}
        key = (self.block.text, tuple((name, _key(value)) for name, value in scope.items()))
        operator = self.known.get(key)
        if operator is None:
            operator = self.read_operator(statement, call, parsed)
        operator = replace(operator, line=self.block.line, scope=self.scope)
        self.remembered[key] = operator
        self.operators.append(operator)
        self.define(statement.name, operator.name_span, operator.specification or UNKNOWN, operator.docstring)

    def read_operator(self, statement: ast.FunctionDef, call: ast.Call | None, parsed: Parsed) -> OperatorSource:
        problems: list[Diagnostic] = []
        reporter = DeclarationReader(self.scope, self.lines, problems)
        specification, reference, reference_span = reporter.specification(statement, call)
        name_span = self.name_span(statement)
        parameters = tuple((one.arg, span_of(one, self.lines)) for one in statement.args.args)
        check_parameters(statement, specification, parameters, name_span, self.lines, problems)
        statements = parsed.body if parsed.body is not None else tuple(statement.body)
        docstring = ast.get_docstring(statement) if parsed.body is None else None
        header = [span_of(one, self.lines) if isinstance(one, ast.stmt) else one.span for one in statements]
        whole = Span(0, 0, len(self.lines) - 1, len(self.lines[-1]))
        first = 1 if docstring is not None and len(statements) > 1 else 0
        start = header[first] if len(header) > first else whole
        last = len(self.lines) - 1
        body_span = Span(start.line, start.column, last, len(self.lines[last].rstrip()))
        indent = self.lines[start.line][: start.column] if header else "    "
        body = read_body(statements, self.lines, self.scope, parameters, name_span)
        is_hole = parsed.problem is None and _is_hole(statements)
        if parsed.problem is not None:
            problems.append(
                Diagnostic("STEP-SYNTAX", f"this does not parse: {parsed.problem.message}", parsed.problem.span)
            )
        return OperatorSource(
            statement.name,
            self.block.line,
            whole,
            name_span,
            body_span,
            indent if not indent.strip() else "    ",
            docstring,
            is_hole,
            specification,
            reference,
            reference_span,
            parameters,
            body,
            tuple(problems),
            self.block.text,
            self.scope,
        )


def _is_hole(statements: tuple[ast.stmt | Broken, ...]) -> bool:
    return all(
        isinstance(one, ast.Pass)
        or (
            isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) and (one.value.value is ... or index == 0)
        )
        for index, one in enumerate(statements)
    )


def _names_in(statements: tuple[ast.stmt | Broken, ...]) -> set[str]:
    found: set[str] = set()
    for one in statements:
        if isinstance(one, Broken):
            found.update(one.names)
        else:
            found.update(node.id for node in ast.walk(one) if isinstance(node, ast.Name))
    return found


def _key(value: object) -> object:
    """What a remembered operator depends on of a name: its value, with the label that hovers show."""
    match value:
        case Dim():
            return (value, value.label)
        case tuple():
            return tuple(_key(one) for one in value)
        case Namespace():
            return value.name
        case Declared():
            return value.name
        case Unknown():
            return Unknown
        case _:
            try:
                hash(value)
            except TypeError:
                return repr(value)
            return value
