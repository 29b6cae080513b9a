"""Declarations that would silently count for nothing: ``step`` is not the package, an operator stands too deep, or
another one takes its name.

Both are told only of what is spelt as a declaration of ``step``: a file that has nothing to do with it is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from step.diagnostic import Diagnostic, Related, Span
from step.source.evaluate import STEP, Declared, Foreign
from step.source.operators import OperatorSource
from step.source.reader.words import OPEN
from step.source.syntax import span_of
from step.types import Unknown

Scope = Mapping[str, object]
_DECLARING = frozenset({"fn", "operator"})
ADD_IMPORT = "add `import step`"
"""How a message says that the import is missing; the editor's quick fix looks for it."""


def not_the_package(decorator: ast.expr, scope: Scope, lines: tuple[str, ...]) -> Diagnostic | None:
    """What is wrong with ``@step.operator`` or ``@step.fn`` where ``step`` is not the package; None where it may be."""
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    match name:
        case ast.Attribute(value=ast.Name(id="step") as package, attr=attribute) if attribute in _DECLARING:
            pass
        case _:
            return None
    span = span_of(package, lines)
    if "step" not in scope:
        if OPEN in scope:
            return None
        known = next((one for one, value in scope.items() if value is STEP), None)
        instead = f"write `{known}.{attribute}`, or {ADD_IMPORT}" if known is not None else ADD_IMPORT
        return Diagnostic("STEP-NAME", f"`step` is not defined: {instead}", span)
    value = scope["step"]
    if value is STEP or (isinstance(value, Unknown) and not (isinstance(value, Foreign) and _is_about_step(scope))):
        return None
    message = "`step` is not the package here, because the name is bound again above: call that something else"
    return Diagnostic("STEP-NAME", message, span)


def unseen_operators(statement: ast.stmt, scope: Scope, lines: tuple[str, ...]) -> Iterator[Diagnostic]:
    """A warning for each operator that is declared inside of a function, a class or a loop."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            where = f"in the function {statement.name}"
        case ast.ClassDef():
            where = f"in the class {statement.name}"
        case ast.For() | ast.AsyncFor() | ast.While():
            where = "in a loop"
        case _:
            return
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef) and node is not statement:
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and _declares(decorator.func, scope):
                    message = (
                        f"the operator {node.name} stands {where}, where it is not seen: nothing checks it; "
                        "move it to the module's top level"
                    )
                    yield Diagnostic("STEP-DECLARATION", message, _head(decorator, lines), "warning")


def hidden_by_their_name(operators: Iterable[OperatorSource]) -> Iterator[Diagnostic]:
    """An error for each operator that takes the name of one before it, in the file's lines.

    ``operators`` are those at the top level: of the branches of an ``if`` only one runs, so they may share a name.
    """
    seen: dict[str, OperatorSource] = {}
    for one in operators:
        before = seen.setdefault(one.name, one)
        if before is not one:
            first = before.name_span.shift(before.line)
            message = (
                f"a second operator {one.name}: it hides the one in line {first.line + 1}, which nothing can check; "
                "give one of them another name"
            )
            related = (Related(first, f"the {one.name} that is hidden"),)
            yield Diagnostic("STEP-DECLARATION", message, one.name_span.shift(one.line), related=related)
            seen[one.name] = one


def _declares(name: ast.expr, scope: Scope) -> bool:
    match name:
        case ast.Attribute(value=ast.Name(id=package), attr="operator"):
            return scope.get(package) is STEP
        case ast.Name(id=called):
            value = scope.get(called)
            return isinstance(value, Declared) and value.name == "operator"
        case _:
            return False


def _is_about_step(scope: Scope) -> bool:
    members = {id(one) for one in STEP.members.values()}
    return any(id(value) in members for value in scope.values())


def _head(decorator: ast.Call, lines: tuple[str, ...]) -> Span:
    return span_of(decorator.func, lines)
