"""The normal form of statements: equal for texts that differ in comments, docstrings and layout only."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Normal:
    """Statements as a text, the names that they read, those that ``global`` names, and the imports in them."""

    text: str
    uses: frozenset[str]
    globals: frozenset[str]
    imports: tuple[ast.Import | ast.ImportFrom, ...]


def normal_form(tree: ast.Module) -> Normal:
    """The normal form of a module's statements, in one walk.

    Raises:
        RecursionError: it is nested too deeply.
    """
    walk = _Walk()
    walk.node(tree)
    return Normal("".join(walk.text), frozenset(walk.uses), frozenset(walk.globals), tuple(walk.imports))


_DOCUMENTED = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class _Walk:
    def __init__(self) -> None:
        self.text: list[str] = []
        self.uses: set[str] = set()
        self.globals: set[str] = set()
        self.imports: list[ast.Import | ast.ImportFrom] = []

    def node(self, node: ast.AST) -> None:
        kind = type(node)
        write = self.text.append
        if kind is ast.Name:
            # Most nodes are names: what is written of them is their name and that they are one.
            name: str = node.id  # type: ignore[attr-defined]
            if type(node.ctx) is not ast.Store:  # type: ignore[attr-defined]
                self.uses.add(name)
            write(f"`{name}`")
            return
        if kind is ast.Global:
            self.globals.update(node.names)  # type: ignore[attr-defined]
        elif kind is ast.Import or kind is ast.ImportFrom:
            self.imports.append(node)  # type: ignore[arg-type]
        write(kind.__name__)
        write("(")
        for field in node._fields:
            value = getattr(node, field, None)
            if field == "ctx":
                continue
            if field == "body" and kind in _DOCUMENTED:
                value = _without_docstring(value)
            self.value(value)
            write(",")
        write(")")

    def value(self, value: object) -> None:
        if isinstance(value, ast.AST):
            self.node(value)
        elif isinstance(value, list):
            self.text.append("[")
            for one in value:
                self.value(one)
                self.text.append(",")
            self.text.append("]")
        else:
            self.text.append(repr(value))


def _without_docstring(body: object) -> object:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
        case _:
            return body
