"""Expressions of a body: names, numbers, lists, comprehensions."""

from __future__ import annotations

import ast
import builtins

from step.diagnostic import Span
from step.dims import Dim
from step.primitives import Primitive
from step.source.body import Kind, Occurrence, Stream
from step.source.evaluate import Namespace
from step.source.reader.draft import DraftReader
from step.source.reader.words import EXPRESSIONS, suggestion
from step.source.syntax import span_of
from step.types import Unknown


class ExpressionReader(DraftReader):
    """Evaluates what a body may say besides applying primitives; the rest is noted and unknown."""

    def unknown(self, node: ast.AST, reason: str) -> Unknown:
        span = span_of(node, self.lines) if isinstance(node, (ast.expr, ast.stmt)) else self.statement
        reason = EXPRESSIONS.get(type(node).__name__, reason)
        self.problem("STEP-SUBSET", f"{reason} cannot be in a body", span)
        self.tolerate(one.id for one in ast.walk(node) if isinstance(one, ast.Name))
        return Unknown(reason)

    def declaration_error(self, node: ast.expr, error: Exception) -> None:
        self.problem("STEP-DECLARATION", str(error), span_of(node, self.lines))

    def on_constant(self, node: ast.Constant) -> object:
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            return node.value
        if node.value is ...:
            return Unknown("...")
        return self.unknown(node, f"`{str(node.value)[:40]}`")

    def on_name(self, node: ast.Name) -> object:
        if node.id in self.scope:
            value = self.scope[node.id]
            self.occur(node, value, binds=False)
            return value
        span = span_of(node, self.lines)
        if hasattr(builtins, node.id):
            self.problem(
                "STEP-SUBSET",
                f"`{node.id}` cannot be in a body, which names primitives, functions, numbers, dimensions and streams",
                span,
            )
        else:
            self.problem("STEP-NAME", f"`{node.id}` is not defined{suggestion(node.id, self.scope)}", span)
        return Unknown(f"`{node.id}` is not defined")

    def on_attribute(self, node: ast.Attribute) -> object:
        value = self.evaluate(node.value)
        if isinstance(value, Namespace):
            if node.attr in value.members:
                member = value.members[node.attr]
                end = span_of(node, self.lines)
                span = Span(end.end_line, end.end_column - len(node.attr), end.end_line, end.end_column)
                kind: Kind = "primitive" if isinstance(member, type) and issubclass(member, Primitive) else "other"
                self.draft.occurrences.append(Occurrence(span, node.attr, kind, False, (), member))
                return member
            self.problem(
                "STEP-NAME",
                f"{value.name} has no `{node.attr}`{suggestion(node.attr, value.members)}",
                span_of(node, self.lines),
            )
            return Unknown(f"{value.name}.{node.attr}")
        if isinstance(value, Unknown):
            return Unknown(value.reason)
        if isinstance(value, Dim) and node.attr == "size":
            return self.unknown(node, f"`{value}.size`: write the dimension itself, `{value}`; it")
        return self.unknown(node, f"`.{node.attr}`")

    def on_binop(self, node: ast.BinOp) -> object:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return Unknown()
        if isinstance(left, Stream) or isinstance(right, Stream):
            span = span_of(node, self.lines)
            streams = [one.value for one in (left, right) if isinstance(one, Stream)]
            self.problem(
                "STEP-SUBSET",
                "streams have no operators: apply a function with step.Map(fn=…).apply(…)",
                span,
            )
            return self.opaque(streams, span)
        return super().on_binop(
            ast.copy_location(ast.BinOp(_Known(left, node.left), node.op, _Known(right, node.right)), node)
        )

    def on__known(self, node: _Known) -> object:
        return node.value

    def on_unaryop(self, node: ast.UnaryOp) -> object:
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            value = self.evaluate(node.operand)
            return -value if isinstance(value, int) else value
        return self.unknown(node, "this operation")

    def on_subscript(self, node: ast.Subscript) -> object:
        value = self.evaluate(node.value)
        index = self.on_slice(node.slice) if isinstance(node.slice, ast.Slice) else self.evaluate(node.slice)
        if isinstance(value, Unknown) or isinstance(index, Unknown):
            return Unknown()
        if isinstance(value, tuple):
            if isinstance(index, slice):
                return value[index]
            if isinstance(index, int):
                if -len(value) <= index < len(value):
                    return value[index]
                self.problem(
                    "STEP-ARITY",
                    f"there are only {len(value)} items; {index} is past the end",
                    span_of(node.slice, self.lines),
                )
                return Unknown()
        if isinstance(value, Stream):
            self.problem(
                "STEP-SUBSET",
                "a stream has no elements to pick: it flows through primitives",
                span_of(node, self.lines),
            )
            return self.opaque([value.value], span_of(node, self.lines))
        return self.unknown(node, "this subscript")

    def on_listcomp(self, node: ast.ListComp | ast.GeneratorExp) -> object:
        loop = node.generators[0]
        if len(node.generators) != 1 or loop.ifs or loop.is_async:
            return self.unknown(node, "a comprehension with several loops or a condition")
        items = self.items(loop.iter)
        if items is not None:
            saved, results = dict(self.scope), []
            for item in items:
                self.bind(loop.target, item)
                results.append(self.evaluate(node.elt))
            self.scope = saved
            return tuple(results)
        reported = len(self.draft.problems)
        parts = loop.iter.args if isinstance(loop.iter, ast.Call) else [loop.iter]
        values = [self.evaluate(one) for one in parts]
        self.tolerate(one.id for one in ast.walk(node) if isinstance(one, ast.Name))
        if len(self.draft.problems) == reported and not any(isinstance(one, Unknown) for one in values):
            self.problem(
                "STEP-SUBSET",
                "a comprehension goes over a list of streams or functions",
                span_of(loop.iter, self.lines),
            )
        return Unknown("a list that is not known")

    on_generatorexp = on_listcomp

    def bind(self, target: ast.expr, value: object) -> None:
        if isinstance(target, ast.Name):
            self.occur(target, value, binds=True)
        super().bind(target, value)


class _Known(ast.expr):
    """An operand that was evaluated before, so that it is not reported twice."""

    def __init__(self, value: object, at: ast.expr) -> None:
        super().__init__()
        self.value = value
        ast.copy_location(self, at)
