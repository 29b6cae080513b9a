"""The statements at a module's top level: what each binds, without running anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from step.diagnostic import Diagnostic, Span
from step.function import Function
from step.source.declarations import DeclarationReader
from step.source.evaluate import NUMBERS, STEP, Declared, Foreign
from step.source.operators import Declaration, name_span_of
from step.source.reader.words import OPEN
from step.source.syntax import Broken, Parsed, span_of
from step.types import UNKNOWN, Unknown

Bound = tuple[str, Span, object, str | None]
"""A name, where it is bound, its value, and the docstring."""

_STEP_MODULES = frozenset({"step", "step.primitives", "step.types", "step.dims", "step.declare"})
_OPENING = frozenset({"globals", "exec", "vars", "locals", "eval"})
_COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)


class TopLevelReader:
    """Reads one block's statements in the module's scope so far, and changes it."""

    def __init__(self, scope: dict[str, object], parsed: Parsed) -> None:
        self.scope, self.parsed, self.lines = scope, parsed, parsed.lines
        self.problems: list[Diagnostic] = []
        self.evaluator = DeclarationReader(scope, parsed.lines, self.problems)
        self.bound: list[Bound] = []
        self.changed: dict[str, object] = {}
        self.imports_step = False
        self.declaration: Declaration | None = None

    def read(self) -> None:
        """Reads the block: an operator's declaration, or anything else."""
        parsed = self.parsed
        found = self.operator()
        if found is not None:
            function, call = found
            problems: list[Diagnostic] = []
            reader = DeclarationReader(self.scope, self.lines, problems)
            specification, reference, span = reader.specification(function, call)
            self.declaration = Declaration(function, specification, reference, span, tuple(problems))
            self.define(function.name, name_span_of(function, self.lines), specification or UNKNOWN)
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

    def operator(self) -> tuple[ast.FunctionDef, ast.Call | None] | None:
        functions = [one for one in self.parsed.statements if isinstance(one, ast.FunctionDef)]
        for statement in functions:
            for decorator in statement.decorator_list:
                call = decorator if isinstance(decorator, ast.Call) else None
                name = call.func if call else decorator
                if isinstance(name, (ast.Name, ast.Attribute)):
                    target = self.evaluator.evaluate(name)
                    if isinstance(target, Declared) and target.name == "operator":
                        return statement, call
        return None

    def on_statement(self, statement: ast.stmt) -> None:
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
                self.on_function(statement)
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
        self.imports_step |= (module or "").split(".")[0] == "step"
        members = STEP.members if module in _STEP_MODULES else NUMBERS[module].members if module in NUMBERS else {}
        for alias in statement.names:
            if alias.name != "*":
                value = members.get(alias.name, Unknown(alias.name))
                self.define(alias.asname or alias.name, span_of(alias, self.lines), value)
                continue
            for name, value in members.items():
                self.change(name, value)
            if not members or module in NUMBERS:
                self.define(OPEN, span_of(alias, self.lines), Unknown())

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
                value = self.evaluator.function(statement.name, call)
        span = name_span_of(statement, self.lines)
        self.define(statement.name, span, value, ast.get_docstring(statement))

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
