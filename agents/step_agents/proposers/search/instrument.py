"""Instrumenting: a module whose references write down what they compute, number by number where they loop.

What NumPy does with whole arrays shows by itself (:mod:`.trace`), but not what a reference does with one row or one
number at a time, with Python's own numbers, or with PyTorch. So the module's text is written anew: every expression of
its plain functions is handed to ``see``, every loop says in which round it is, every function when it is called. The
new text means the same. Functions with a decorator of ``step`` are left alone: they are no part of a reference.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

NAME = "__steplang_recording__"
"""What the instrumented text calls the recording."""

_IMPORT = f"from step_agents.proposers.search import recording as {NAME}"

_RECORDED = (
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.Call,
    ast.IfExp,
    ast.Subscript,
    ast.Attribute,
    ast.Name,
)


def instrument(text: str) -> str | None:
    """The text of a module that records what it computes; None if the text is no module to begin with."""
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
        changed = ast.fix_missing_locations(_Instrument(_step_names(tree)).visit(tree))
        return ast.unparse(_with_import(changed))
    except (SyntaxError, ValueError, RecursionError):
        return None


def expressions(text: str) -> dict[int, ast.expr]:
    """The expressions that an instrumented module shows, by the number with which it does."""
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
        rewriting = _Instrument(_step_names(tree))
        rewriting.visit(tree)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    return rewriting.shown


def _with_import(tree: ast.Module) -> ast.Module:
    """The recording is imported first, after the docstring and what must stand before everything."""
    place = 0
    for place, statement in enumerate(tree.body):
        docstring = place == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not docstring and not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            break
    tree.body[place:place] = ast.parse(_IMPORT).body
    return tree


def _step_names(tree: ast.Module) -> frozenset[str]:
    """Names that are `step` or come from it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.asname or one.name for one in node.names if one.name == "step"}
        elif isinstance(node, ast.ImportFrom) and node.module == "step":
            found |= {one.asname or one.name for one in node.names}
    return frozenset(found)


class _Instrument(ast.NodeTransformer):
    """Rewrites a tree. Expressions are recorded only inside functions: what a module does at its top is no input's."""

    def __init__(self, step_names: frozenset[str]) -> None:
        self._step = step_names
        self._inside = 0
        self._sites = 0
        self.shown: dict[int, ast.expr] = {}

    def visit(self, node: ast.AST) -> Any:
        """The node, rewritten; expressions inside functions are handed to ``see`` as well."""
        made = super().visit(node)
        if self._inside and isinstance(node, _RECORDED) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            seen = self._call("see", made)
            if isinstance(node, ast.expr):
                self.shown[self._sites] = node
            return seen
        return made

    def _call(self, name: str, *arguments: ast.expr) -> ast.Call:
        self._sites += 1
        function = ast.Attribute(ast.Name(NAME, ast.Load()), name, ast.Load())
        return ast.Call(function, [ast.Constant(self._sites), *arguments], [])

    def _head(self, node: ast.expr) -> ast.expr:
        """What is called, or looked into: itself it is no value to record, though what it is found in may be."""
        if isinstance(node, ast.Name):
            return node
        if isinstance(node, ast.Attribute):
            node.value = self._head(node.value)
            return node
        rewritten: ast.expr = self.visit(node)
        return rewritten

    # Functions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        """A function says when it is called, unless `step` declares it."""
        if any(
            isinstance(part, ast.Name) and part.id in self._step
            for one in node.decorator_list
            for part in ast.walk(one)
        ):
            node.decorator_list = [self._outside(one) for one in node.decorator_list]
            return node
        if any(isinstance(one, (ast.Yield, ast.YieldFrom)) for one in ast.walk(node)):
            return node
        self._inside += 1
        node.body = self._statements(node.body)
        self._inside -= 1
        node.decorator_list.append(self._call("called"))
        return node

    def _is_steps(self, decorator: ast.expr) -> bool:
        return any(isinstance(one, ast.Name) and one.id in self._step for one in ast.walk(decorator))

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        """No reference is asynchronous."""
        return node

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        """As a function."""
        self._inside += 1
        node.body = self.visit(node.body)
        self._inside -= 1
        return ast.Call(self._call("called"), [node], [])

    def _outside(self, node: ast.expr) -> ast.expr:
        """A decorator: only functions inside it are rewritten."""
        before, self._inside = self._inside, 0
        rewritten: ast.expr = self.visit(node)
        self._inside = before
        return rewritten

    def _statements(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for statement in body:
            made = self.visit(statement)
            found += made if isinstance(made, list) else [made]
        return found

    # Loops

    def visit_For(self, node: ast.For) -> Any:
        """A loop says in which round it is."""
        node.iter = self._loop(node.iter)
        node.body, node.orelse = self._statements(node.body), self._statements(node.orelse)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        """As a loop."""
        node.iter = self._loop(node.iter)
        node.ifs = [self.visit(one) for one in node.ifs]
        return node

    def _loop(self, iterable: ast.expr) -> ast.expr:
        rewritten: ast.expr = self.visit(iterable)
        return self._call("loop", rewritten) if self._inside else rewritten

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> Any:
        """Computed at once, so that its rounds do not mix with those of other loops."""
        if not self._inside:
            return self.generic_visit(node)
        made = ast.ListComp(self.visit(node.elt), [self.visit(one) for one in node.generators])
        return ast.Call(ast.Name("iter", ast.Load()), [made], [])

    # Statements and expressions of which only a part is a value

    def visit_Assign(self, node: ast.Assign) -> Any:
        """Targets are no values."""
        node.value = self.visit(node.value)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """As an assignment; the annotation is no value."""
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """What the target is afterwards is a value too."""
        node.value = self.visit(node.value)
        if not self._inside or not isinstance(node.target, ast.Name):
            return node
        return [node, ast.Expr(self._call("see", ast.Name(node.target.id, ast.Load())))]

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        """The part is recorded, not the whole it is taken from; an index is none of the numbers."""
        node.value = self._head(node.value)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        """``x.T`` is recorded, not ``x``."""
        node.value = self._head(node.value)
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        """Arguments and the result."""
        node.func = self._head(node.func)
        node.args = [self.visit(one) for one in node.args]
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        return node

    def visit_Starred(self, node: ast.Starred) -> Any:
        """What is spread is recorded where it arrives."""
        node.value = self._head(node.value)
        return node

    def visit_Delete(self, node: ast.Delete) -> Any:
        """Nothing to record."""
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        """Nothing to record."""
        return node

    def visit_match_case(self, node: ast.match_case) -> Any:
        """Patterns are no expressions."""
        if node.guard is not None:
            node.guard = self.visit(node.guard)
        node.body = self._statements(node.body)
        return node
