"""Evaluation of the expressions that declarations and bodies are made of, without running anything.

Values are the language's own: dimensions, types, functions, primitives, numbers, tuples of those. Everything else is
:class:`~step.types.Unknown`, which silences what depends on it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from typing import Any

from step.dims import Dim, SizeError
from step.source.arithmetic import MAX_ITEMS, MAX_NUMBER, arithmetic, is_number, is_size, weight
from step.source.namespaces import DECLARING, NUMBERS, STEP, Declared, Foreign, Namespace, UnknownArgument
from step.types import Scalar, STuple, Unknown

__all__ = ["NUMBERS", "STEP", "Declared", "Evaluator", "Foreign", "Namespace", "TooMuchError"]

MAX_STEPS = 50_000
"""Expressions that are evaluated before a text is given up: nested comprehensions grow without a bound."""


class TooMuchError(Exception):
    """A text asks for more than a program can hold."""


class Evaluator:
    """Evaluates expressions in a scope of known names. Subclasses say what a body may do besides."""

    def __init__(self, scope: dict[str, object]) -> None:
        self.scope = scope
        self.steps = 0
        self.looped: list[object] = []

    def evaluate(self, node: ast.expr) -> object:
        """The value of an expression; unknown where it cannot be known.

        Raises:
            TooMuchError: there is too much to evaluate.
        """
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise TooMuchError("this is too long to be read: a body is a program, not a computation")
        method: Callable[[Any], object] | None = getattr(self, _method_for(type(node).__name__), None)
        return self.unknown(node, "is not part of the language") if method is None else method(node)

    def unknown(self, node: ast.AST, reason: str) -> Unknown:
        """What an expression that cannot be evaluated is."""
        return Unknown(reason)

    def declaration_error(self, node: ast.expr, error: Exception) -> None:
        """A declaration with known arguments does not make sense."""

    def size_error(self, node: ast.expr, error: Exception) -> Unknown:
        """What a product or quotient of dimensions is that is no dimension."""
        return Unknown(str(error))

    def listed(self, node: ast.expr, items: tuple[object, ...]) -> object:
        """A list, if it is not too long."""
        return items if weight(items) <= MAX_ITEMS else self.unknown(node, f"a list of more than {MAX_ITEMS:,} items")

    def on_constant(self, node: ast.Constant) -> object:
        """Numbers, strings, None, True, False."""
        if isinstance(node.value, int) and abs(node.value) > MAX_NUMBER:
            return self.unknown(node, "a number of that size")
        return node.value

    def on_lambda(self, node: ast.Lambda) -> object:
        """A function that is not declared."""
        return Foreign("a Python function")

    def on_name(self, node: ast.Name) -> object:
        """A name of the scope."""
        return self.scope[node.id] if node.id in self.scope else self.unknown(node, f"`{node.id}` is not known")

    def on_attribute(self, node: ast.Attribute) -> object:
        """A member of a known module."""
        value = self.evaluate(node.value)
        if isinstance(value, Namespace):
            return value.members.get(node.attr, Unknown(f"{value.name}.{node.attr}"))
        return self.unknown(node, f"attribute `{node.attr}`")

    def on_tuple(self, node: ast.Tuple | ast.List) -> object:
        """A tuple; lists are the same, for values never change."""
        items: list[object] = []
        for one in node.elts:
            if isinstance(one, ast.Starred):
                value = self.evaluate(one.value)
                if not isinstance(value, tuple):
                    return self.unknown(one, "an unknown number of items")
                items.extend(value)
            else:
                items.append(self.evaluate(one))
        return self.listed(node, tuple(items))

    on_list = on_tuple

    def on_unaryop(self, node: ast.UnaryOp) -> object:
        """The negative of a number."""
        value = self.evaluate(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(value, (int, float)):
            return -value
        return self.unknown(node, "this operation")

    def on_binop(self, node: ast.BinOp) -> object:
        """Products and quotients of dimensions and numbers; sums of numbers; joined lists."""
        return self.combined(node, self.evaluate(node.left), self.evaluate(node.right))

    def combined(self, node: ast.BinOp, left: object, right: object) -> object:
        """What an operation on two values gives."""
        try:
            value = self.operation(node, left, right)
        except (ZeroDivisionError, SizeError, OverflowError) as error:
            return self.size_error(node, error)
        if isinstance(value, tuple):
            return self.listed(node, value)
        if isinstance(value, int) and abs(value) > MAX_NUMBER:
            return self.unknown(node, "a number of that size")
        return self.unknown(node, "this operation") if value is None else value

    def operation(self, node: ast.BinOp, left: object, right: object) -> object | None:
        """The value of an operation; None where it is none of the language's.

        Raises:
            SizeError, ZeroDivisionError, OverflowError: the operation has no result.
        """
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return Unknown()
        if is_size(left) and is_size(right) and (isinstance(left, Dim) or isinstance(right, Dim)):
            match node.op:
                case ast.Mult():
                    return left * right  # type: ignore[operator, no-any-return]
                case ast.Div() | ast.FloorDiv():
                    return left / right  # type: ignore[operator, no-any-return]
            return None
        if is_number(left) and is_number(right):
            return arithmetic(node.op, left, right)
        if isinstance(left, tuple):
            match node.op:
                case ast.Add() if isinstance(right, tuple):
                    return left + right
                case ast.Mult() if isinstance(right, int) and len(left) * right <= MAX_ITEMS:
                    return left * right
        return None

    def on_subscript(self, node: ast.Subscript) -> object:
        """An item of a tuple, by number, or a slice of one."""
        value = self.evaluate(node.value)
        index = self.on_slice(node.slice) if isinstance(node.slice, ast.Slice) else self.evaluate(node.slice)
        if isinstance(value, tuple):
            if isinstance(index, slice):
                return value[index]
            if isinstance(index, int) and not isinstance(index, bool) and -len(value) <= index < len(value):
                item: object = value[index]
                return item
        return self.unknown(node, "this subscript")

    def on_slice(self, node: ast.Slice) -> object:
        """A slice with whole numbers."""
        parts = [None if part is None else self.evaluate(part) for part in (node.lower, node.upper, node.step)]
        if all(part is None or isinstance(part, int) for part in parts) and parts[2] != 0:
            return slice(*parts)
        return self.unknown(node, "this slice")

    def on_listcomp(self, node: ast.ListComp | ast.GeneratorExp) -> object:
        """A comprehension over known items."""
        if len(node.generators) != 1 or node.generators[0].ifs or node.generators[0].is_async:
            return self.unknown(node, "a comprehension with several loops or a condition")
        items = self.items(node.generators[0].iter)
        if items is None:
            return self.unknown(node, "a comprehension over something unknown")
        saved, results = dict(self.scope), []
        for item in items:
            self.bind(node.generators[0].target, item)
            results.append(self.evaluate(node.elt))
        # In place: a module's reader holds the same scope.
        self.scope.clear()
        self.scope.update(saved)
        return self.listed(node, tuple(results))

    on_generatorexp = on_listcomp

    def items(self, node: ast.expr) -> tuple[object, ...] | None:
        """What a loop goes over: a tuple, zip, enumerate, reversed or range; None where that is unknown."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in self.scope:
            if node.func.id in ("list", "tuple") and len(node.args) == 1:
                return self.items(node.args[0])
            if node.func.id in ("zip", "enumerate", "reversed"):
                return self.looped_over(node, node.func.id)
            if node.func.id == "range":
                bounds = [self.evaluate(one) for one in node.args]
                numbers = [_whole(one) for one in bounds]
                if not 1 <= len(numbers) <= 3 or any(one is None for one in numbers):
                    return None
                found = range(*[one for one in numbers if one is not None])
                return tuple(found) if len(found) <= MAX_ITEMS else None
        value = self.evaluate(node)
        self.looped.append(value)
        return value if isinstance(value, tuple) else None

    def looped_over(self, node: ast.Call, name: str) -> tuple[object, ...] | None:
        """What ``zip``, ``enumerate`` or ``reversed`` goes over."""
        start: object = 0
        lists = node.args
        if name == "enumerate":
            written = [*node.args[1:], *(one.value for one in node.keywords if one.arg == "start")]
            lists, start = node.args[:1], self.evaluate(written[0]) if written else 0
        parts = [self.items(one) for one in lists]
        known = [part for part in parts if part is not None]
        if not known or len(known) < len(parts) or not isinstance(start, int):
            return None
        match name:
            case "zip":
                return tuple(zip(*known, strict=False))
            case "enumerate":
                return tuple(enumerate(known[0], start))
            case _:
                return known[0][::-1]

    def on_call(self, node: ast.Call) -> object:
        """A declaration of ``step``, or a primitive with its parameters."""
        called = self.evaluate(node.func)
        if any(isinstance(one, ast.Starred) for one in node.args) or any(one.arg is None for one in node.keywords):
            return self.unknown(node, "a call with * or **")
        arguments = [self.evaluate(one) for one in node.args]
        keywords = {str(one.arg): self.evaluate(one.value) for one in node.keywords}
        if called is Scalar or called is STuple:
            called = Declared(str(called.__name__), called)
        if isinstance(called, Declared) and called.name in {*DECLARING, "Scalar", "STuple"}:
            try:
                return called.call(*arguments, **keywords)
            except UnknownArgument:
                return Unknown()
            except (TypeError, ValueError) as error:
                if not any(isinstance(one, Unknown) for one in (*arguments, *keywords.values())):
                    self.declaration_error(node, called.misused(error))
                return Unknown(str(error))
        if isinstance(node.func, ast.Name) and node.func.id == "float" and "float" not in self.scope:
            try:
                return float(arguments[0])  # type: ignore[arg-type]
            except (TypeError, ValueError, IndexError):
                return Unknown()
        if isinstance(node.func, ast.Name) and node.func.id in ("list", "tuple") and len(node.args) == 1:
            items = self.items(node.args[0])
            return self.unknown(node, "an unknown list") if items is None else items
        if isinstance(node.func, ast.Name) and node.func.id == "len" and "len" not in self.scope:
            length = len(arguments[0]) if arguments and isinstance(arguments[0], tuple) else None
            return self.unknown(node, "an unknown length") if length is None else length
        if isinstance(called, Declared) and called.name == "parameter":
            return Foreign("a parameter")
        return self.unknown(node, "this call")

    def bind(self, target: ast.expr, value: object) -> None:
        """Gives names to a value, as an assignment does; unknown where it does not unpack."""
        match target:
            case ast.Name():
                self.scope[target.id] = value
            case ast.Tuple() | ast.List():
                fits = isinstance(value, tuple) and len(value) == len(target.elts)
                for index, one in enumerate(target.elts):
                    self.bind(one, value[index] if fits and isinstance(value, tuple) else Unknown())
            case ast.Starred():
                self.bind(target.value, Unknown())


@cache
def _method_for(kind: str) -> str:
    return f"on_{kind.lower()}"


def _whole(value: object) -> int | None:
    if isinstance(value, Dim) and value.is_number:
        return value.numerator
    return value if isinstance(value, int) and not isinstance(value, bool) else None
