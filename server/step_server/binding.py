"""What statements bind, by Python's rules: the names that a function or a class owns."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from step.source.syntax import captured_by

_NESTED = ("body", "orelse", "finalbody", "handlers", "cases")
"""The fields of a statement that hold statements, or parts that do."""


def arguments_of(given: ast.arguments) -> list[ast.arg]:
    """All parameters."""
    extra = [one for one in (given.vararg, given.kwarg) if one is not None]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *extra]


def bound_by(statements: Iterable[ast.stmt], *, walrus: bool) -> tuple[frozenset[str], frozenset[str]]:
    """The names that statements bind in their own scope, nested scopes apart; and those that they declare to be the
    module's, which are none of the first. ``walrus``: expressions may bind too (`:=` is written somewhere)."""
    names: set[str] = set()
    outer: set[str] = set()
    enclosing: set[str] = set()
    waiting: list[ast.AST] = list(statements)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                for target in targets:
                    names.update(_targets(target))
            case ast.AugAssign() | ast.AnnAssign() | ast.For() | ast.AsyncFor():
                names.update(_targets(node.target))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
                continue
            case ast.Import() | ast.ImportFrom():
                names.update(one.asname or one.name.split(".")[0] for one in node.names)
            case ast.Global():
                outer.update(node.names)
            case ast.Nonlocal():
                enclosing.update(node.names)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    if item.optional_vars is not None:
                        names.update(_targets(item.optional_vars))
            case ast.ExceptHandler(name=str(name)):
                names.add(name)
            case ast.match_case():
                names.update(_captured(node.pattern))
        if walrus and isinstance(node, ast.stmt):
            names.update(_walrus(node))
        for field in _NESTED:
            waiting += getattr(node, field, ())
    return frozenset(names - outer - enclosing), frozenset(outer)


def _targets(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        for one in target.elts:
            yield from _targets(one)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value)


def _captured(pattern: ast.pattern) -> Iterator[str]:
    for one in ast.walk(pattern):
        yield from captured_by(one)


def _walrus(statement: ast.stmt) -> Iterator[str]:
    """What a statement's expressions bind, those in comprehensions too, but not what nested scopes bind of their
    own."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.NamedExpr):
            yield node.target.id
        inside = ast.iter_child_nodes(node)
        waiting += [one for one in inside if not isinstance(one, (ast.stmt, ast.Lambda))]
