"""The statements at a module's top level: what each binds, without running anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from step.choice import current_choice
from step.diagnostic import Diagnostic, Span
from step.function import Function
from step.source.beside import Beside, Neighbour
from step.source.declarations import DeclarationReader
from step.source.evaluate import NUMBERS, STEP, Declared, Foreign
from step.source.neighbours import imports_of
from step.source.operators import Declaration, name_span_of
from step.source.parsing import parse_function
from step.source.reader.words import OPEN
from step.source.same import is_same
from step.source.syntax import Broken, Parsed, captured_by, span_of
from step.source.unseen import not_the_package, unseen_operators
from step.types import UNKNOWN, Unknown

Bound = tuple[str, Span, object, str | None]
"""A name, where it is bound, its value, and the docstring."""

_STEP_MODULES = frozenset({"step", "step.primitives", "step.types", "step.dims", "step.declare"})
_OPENING = frozenset({"globals", "exec", "vars", "locals", "eval"})


@dataclass(frozen=True, slots=True)
class Nested:
    """An operator inside of a compound statement (``if``, ``match``, ``try``, ``with``), as a block of its own:
    ``line`` counts from the statement's first, ``text`` is as it is written, with its indentation."""

    line: int
    text: str
    parsed: Parsed
    declaration: Declaration


class TopLevelReader:
    """Reads one block's statements in the module's scope so far, and changes it.

    Of ``if``, ``match``, ``try`` and ``with`` everything is read, as if every branch ran. A name that a branch binds
    which may not run, and that stands for something else already, is unknown: which of the two it is shows when the
    module runs.
    """

    def __init__(self, scope: dict[str, object], parsed: Parsed, beside: Beside) -> None:
        self.scope, self.parsed, self.lines = scope, parsed, parsed.lines
        self.beside = beside
        self.taken_from: dict[str, Neighbour | None] = {}
        self.imported: set[str] = set()
        self.problems: list[Diagnostic] = []
        self.evaluator = DeclarationReader(scope, parsed.lines, self.problems)
        self.bound: list[Bound] = []
        self.changed: dict[str, object] = {}
        self.imports_step = False
        self.declaration: Declaration | None = None
        self.nested: list[Nested] = []
        self._may_not_run = False

    def read(self) -> None:
        """Reads the block: an operator's declaration, or anything else."""
        parsed = self.parsed
        found = self.operator()
        if found is not None:
            function, call = found
            self.declaration = self.declared(function, call, self.lines)
            value = self.declaration.specification or UNKNOWN
            self.define(function.name, name_span_of(function, self.lines), value)
            return
        if parsed.problem is not None:
            message = f"this does not parse: {parsed.problem.message}"
            self.problems.append(Diagnostic("STEP-SYNTAX", message, parsed.problem.span))
        for statement in parsed.statements:
            if isinstance(statement, Broken):
                for name in statement.targets:
                    self.define(name, statement.span, Unknown("its statement does not parse"))
            else:
                self.on_statement(statement)

    def declared(self, function: ast.FunctionDef, call: ast.Call | None, lines: tuple[str, ...]) -> Declaration:
        """What an operator's decorator says."""
        problems: list[Diagnostic] = []
        reader = DeclarationReader(self.scope, lines, problems)
        specification, reference, span = reader.specification(function, call)
        return Declaration(function, specification, reference, span, tuple(problems))

    def operator(self) -> tuple[ast.FunctionDef, ast.Call | None] | None:
        return self.operator_in(self.parsed.statements)

    def operator_in(self, statements: Sequence[ast.stmt | Broken]) -> tuple[ast.FunctionDef, ast.Call | None] | None:
        """The first function among statements that is declared an operator, with the declaring call."""
        for statement in statements:
            if not isinstance(statement, ast.FunctionDef):
                continue
            for decorator in statement.decorator_list:
                self.as_package(decorator)
                call = decorator if isinstance(decorator, ast.Call) else None
                name = call.func if call else decorator
                if isinstance(name, (ast.Name, ast.Attribute)):
                    target = self.evaluator.evaluate(name)
                    if isinstance(target, Declared) and target.name == "operator":
                        return statement, call
        return None

    def as_package(self, decorator: ast.expr) -> None:
        """Says that ``step`` is not the package in a decorator, and reads on as if it were: one mistake, said once."""
        problem = not_the_package(decorator, self.scope, self.lines)
        if problem is not None:
            self.problems.append(problem)
            self.change("step", STEP)
            self.imports_step = True

    def on_statement(self, statement: ast.stmt) -> None:
        if self.parsed.decorates_inside and not self.is_nested(statement):
            self.problems += unseen_operators(statement, self.scope, self.lines)
        match statement:
            case ast.Import():
                for alias in statement.names:
                    self.on_import(alias)
            case ast.ImportFrom():
                self.on_import_from(statement)
            case ast.Assign():
                value = self.evaluator.evaluate(statement.value)
                for target in statement.targets:
                    self.assign(target, value)
            case ast.AnnAssign(value=expression) if expression is not None:
                self.assign(statement.target, self.evaluator.evaluate(expression))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if not self.is_nested(statement) or not self.on_nested(statement):
                    self.on_function(statement)
            case ast.If():
                self.evaluator.evaluate(statement.test)
                self.branches([statement.body, statement.orelse], [])
            case ast.Match():
                self.evaluator.evaluate(statement.subject)
                for case in statement.cases:
                    for node in ast.walk(case.pattern):
                        for name in captured_by(node):
                            self.define(name, span_of(node, self.lines), Unknown())
                self.branches([case.body for case in statement.cases], [])
            case ast.Try() | ast.TryStar():
                self.branches([one.body for one in statement.handlers], [statement.body, statement.orelse])
                for handler in statement.handlers:
                    if handler.name:
                        self.define(handler.name, span_of(handler, self.lines), Unknown())
                self.branches([], [statement.finalbody])
            case ast.With() | ast.AsyncWith():
                for item in statement.items:
                    self.evaluator.evaluate(item.context_expr)
                    if item.optional_vars is not None:
                        self.assign(item.optional_vars, Unknown())
                self.branches([], [statement.body])
            case ast.ClassDef():
                value = Unknown() if statement.decorator_list else Foreign("a class")
                self.define(statement.name, name_span_of(statement, self.lines), value)
            case ast.Expr():
                self.evaluator.evaluate(statement.value)
                self.may_change(statement)
            case _:
                self.on_other(statement)
        if _OPENING & self.parsed.header_names:
            self.define(OPEN, Span(0, 0, 0, 0), Unknown())
        # What an expression binds by itself (`:=`).
        for one in ast.walk(statement) if not isinstance(statement, (ast.FunctionDef, ast.ClassDef)) else ():
            if isinstance(one, ast.NamedExpr):
                self.define(one.target.id, span_of(one.target, self.lines), Unknown())

    def on_import(self, alias: ast.alias) -> None:
        root = alias.name.split(".")[0]
        self.imports_step |= root == "step"
        value: object = Foreign(f"the module {alias.name}")
        if alias.name == "step" or (root == "step" and not alias.asname):
            value = STEP
        elif alias.name in NUMBERS:
            value = NUMBERS[alias.name]
        self.define(alias.asname or root, span_of(alias, self.lines), value)

    def on_import_from(self, statement: ast.ImportFrom) -> None:
        module = None if statement.level else statement.module
        neighbour = self.neighbour(statement)
        self.imports_step |= (module or "").split(".")[0] == "step"
        members = STEP.members if module in _STEP_MODULES else NUMBERS[module].members if module in NUMBERS else {}
        for alias in statement.names:
            if alias.name != "*":
                local = alias.asname or alias.name
                taken = neighbour.taken(alias.name, local) if neighbour is not None else None
                value = members.get(alias.name, Unknown(alias.name) if taken is None else taken)
                self.imported.add(local)
                self.define(local, span_of(alias, self.lines), value)
                continue
            for name, value in (members or (neighbour.public if neighbour is not None else {})).items():
                self.change(name, value)
            if not members or module in NUMBERS:
                self.define(OPEN, span_of(alias, self.lines), Unknown())

    def neighbour(self, statement: ast.ImportFrom) -> Neighbour | None:
        """The file beside the module that names are imported from; importing it declares its dimensions."""
        imported = next(imports_of(statement), None)
        module = imported.absolute(self.beside.package) if imported is not None else None
        if not module or not self.beside.folder:
            return None
        found = self.taken_from[module] = self.beside.get(module)
        if found is not None:
            choice = current_choice()
            for spec in found.dims:
                choice.declare(spec)
            if found.array != "numpy":
                choice.array = found.array
        return found

    def on_function(self, statement: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        value: object = Foreign("a Python function without @step.fn")
        for position, decorator in enumerate(statement.decorator_list):
            call = decorator if isinstance(decorator, ast.Call) else None
            target = self.evaluator.evaluate(call.func if call else decorator)
            if not (isinstance(target, Declared) and target.name == "fn"):
                value = Unknown(f"{statement.name} is decorated")
            elif call is None:
                self.evaluator.report(
                    "STEP-DECLARATION",
                    "step.fn needs two types: @step.fn(element, result)",
                    span_of(decorator, self.lines),
                )
                value = Unknown(f"{statement.name} is declared wrongly")
            elif position == 0:
                reported = len(self.problems)
                value = self.evaluator.function(statement.name, call)
                if (
                    isinstance(value, Function)
                    and len(statement.decorator_list) == 1
                    and len(self.problems) == reported
                ):
                    self.evaluator.check_parameters(statement, value)
        span = name_span_of(statement, self.lines)
        self.define(statement.name, span, value, ast.get_docstring(statement))

    def branches(self, uncertain: Sequence[Sequence[ast.stmt]], certain: Sequence[Sequence[ast.stmt]]) -> None:
        """The statements inside of a compound one: those that run if it does, then those that may not."""
        for body in certain:
            for statement in body:
                self.on_statement(statement)
        with self.may_not_run():
            for body in uncertain:
                for statement in body:
                    self.on_statement(statement)

    @contextmanager
    def may_not_run(self) -> Iterator[None]:
        """While inside, what is bound may not be bound."""
        before, self._may_not_run = self._may_not_run, True
        try:
            yield
        finally:
            self._may_not_run = before

    def is_nested(self, statement: ast.stmt) -> bool:
        """Whether a statement stands inside of another statement."""
        return statement not in self.parsed.statements

    def on_nested(self, statement: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """An operator inside of a compound statement; False where the function is none."""
        if self.operator_in([statement]) is None:
            return False
        first = min(one.lineno for one in (statement, *statement.decorator_list)) - 1
        text = "\n".join(self.lines[first : statement.end_lineno])
        parsed = parse_function(text)
        found = self.operator_in(parsed.statements)
        if found is None:
            return False
        declaration = self.declared(*found, parsed.lines)
        self.nested.append(Nested(first, text, parsed, declaration))
        self.define(statement.name, name_span_of(statement, self.lines), declaration.specification or UNKNOWN)
        return True

    def on_other(self, statement: ast.stmt) -> None:
        """A statement that may or may not run: what it binds is unknown."""
        for node in _own_nodes(statement):
            match node:
                case ast.Name(ctx=ast.Store() | ast.Del()):
                    self.define(node.id, span_of(node, self.lines), Unknown())
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    self.define(node.name, name_span_of(node, self.lines), Unknown())
                case ast.Import():
                    for alias in node.names:
                        self.on_import(alias)
                case ast.ImportFrom():
                    self.on_import_from(node)
                case ast.ExceptHandler(name=str(name)):
                    self.define(name, span_of(node, self.lines), Unknown())
                case ast.pattern():
                    for name in captured_by(node):
                        self.define(name, span_of(node, self.lines), Unknown())
        self.may_change(statement)

    def may_change(self, statement: ast.stmt) -> None:
        """Lists that a statement names may be changed by it (``experts.append(f)``): they are unknown from then on."""
        for node in _own_nodes(statement):
            if isinstance(node, ast.Name) and isinstance(self.scope.get(node.id), tuple):
                self.change(node.id, Unknown(f"`{node.id}` may be changed"))

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
            case ast.Subscript(value=ast.Name(id=name)) if name in self.scope:
                self.change(name, Unknown(f"`{name}` is changed"))

    def change(self, name: str, value: object) -> None:
        """What a name stands for from now on, without being defined here."""
        self.scope[name] = self.changed[name] = value

    def define(self, name: str, span: Span, value: object, docstring: str | None = None) -> None:
        value = _named(value, name)
        if self._may_not_run and name in self.scope and not is_same(self.scope[name], value):
            value = Unknown(f"`{name}` depends on what runs")
        self.scope[name] = value
        self.bound.append((name, span, value, docstring))


def _named(value: object, name: str) -> object:
    """Functions that have no name of their own are called as they are reached: ``f``, ``experts[1]``."""
    if isinstance(value, Function) and not value.name:
        return replace(value, name=name)
    if isinstance(value, tuple) and any(isinstance(one, (Function, tuple)) for one in value):
        items = tuple(_named(one, f"{name}[{index}]") for index, one in enumerate(value))
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    return value


def _own_nodes(statement: ast.AST) -> Iterator[ast.AST]:
    """A statement's nodes without those in the scopes of its own: functions, classes, lambdas, comprehensions."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield child
            elif not isinstance(child, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
                waiting.append(child)
