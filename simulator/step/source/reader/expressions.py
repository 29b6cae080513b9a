"""Expressions of a body: names, numbers, lists, comprehensions."""

from __future__ import annotations

import ast
import builtins

from step.diagnostic import Span
from step.dims import Dim
from step.primitives import Primitive
from step.source.body import Kind, Occurrence, Stream
from step.source.evaluate import STEP, Namespace
from step.source.reader.draft import MAX_OCCURRENCES, MAX_PROBLEMS, DraftReader
from step.source.reader.words import EXPRESSIONS, OPEN, foreign, member_suggestion, suggestion
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

    def size_error(self, node: ast.expr, error: Exception) -> Unknown:
        self.problem("STEP-PARAM", f"this is no dimension: {error}", span_of(node, self.lines))
        return Unknown(str(error))

    def declaration_error(self, node: ast.expr, error: Exception) -> None:
        self.problem("STEP-DECLARATION", str(error), span_of(node, self.lines))

    def on_constant(self, node: ast.Constant) -> object:
        if isinstance(node.value, int) and not isinstance(node.value, bool):
            return super().on_constant(node)
        if node.value is ...:
            return Unknown("...")
        return self.unknown(node, f"`{str(node.value)[:40]}`")

    def on_lambda(self, node: ast.Lambda) -> object:
        return self.unknown(node, "`lambda`")

    def on_name(self, node: ast.Name) -> object:
        if node.id in self.scope:
            value = self.scope[node.id]
            self.occur(node, value, binds=False)
            what = foreign(value)
            if what is not None:
                return self.rejected(f"`{node.id}` is {what}, which", span_of(node, self.lines), what)
            return value
        span = span_of(node, self.lines)
        if OPEN in self.scope:
            return Unknown(f"`{node.id}` may be imported by a star")
        if hasattr(builtins, node.id):
            self.problem(
                "STEP-SUBSET",
                f"`{node.id}` cannot be in a body, which names primitives, functions, numbers, dimensions and streams",
                span,
            )
        elif len(self.draft.problems) < MAX_PROBLEMS:
            self.problem("STEP-NAME", f"`{node.id[:60]}` is not defined{suggestion(node.id, self.scope)}", span)
        return Unknown(f"`{node.id}` is not defined")

    def rejected(self, what: str, span: Span, reason: str) -> Unknown:
        """What a known name is that no body may use."""
        self.problem(
            "STEP-SUBSET",
            f"{what} cannot be in a body: it names primitives, functions, whole numbers, dimensions and streams",
            span,
        )
        return Unknown(reason)

    def module_or_value(self, node: ast.expr) -> object:
        """The value before a point; the only place where a module may stand."""
        if isinstance(node, ast.Name) and isinstance(self.scope.get(node.id), Namespace):
            self.occur(node, self.scope[node.id], binds=False)
            return self.scope[node.id]
        return self.evaluate(node)

    def on_attribute(self, node: ast.Attribute) -> object:
        value = self.module_or_value(node.value)
        if isinstance(value, Namespace) and value is not STEP:
            span = span_of(node, self.lines)
            return self.rejected(f"`{value.name}.{node.attr}` is of another module, which", span, "another module's")
        if isinstance(value, Namespace):
            if node.attr in value.members:
                member = value.members[node.attr]
                end = span_of(node, self.lines)
                span = Span(end.end_line, max(end.end_column - len(node.attr), 0), end.end_line, end.end_column)
                kind: Kind = "primitive" if isinstance(member, type) and issubclass(member, Primitive) else "other"
                if len(self.draft.occurrences) < MAX_OCCURRENCES:
                    self.draft.occurrences.append(Occurrence(span, node.attr, kind, False, (), member))
                what = foreign(member)
                if what is None:
                    return member
                return self.rejected(f"`{value.name}.{node.attr}` is {what}, which", end, what)
            self.problem(
                "STEP-NAME",
                f"{value.name} has no `{node.attr}`{member_suggestion(node.attr, value.members)}",
                span_of(node, self.lines),
            )
            return Unknown(f"{value.name}.{node.attr}")
        if self.is_unknown(value):
            return Unknown("an attribute")
        if isinstance(value, Dim) and node.attr == "size":
            return self.unknown(node, f"`{value}.size`: write the dimension itself, `{value}`; it")
        return self.unknown(node, f"`.{node.attr}`")

    def on_binop(self, node: ast.BinOp) -> object:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        if isinstance(left, Stream) or isinstance(right, Stream):
            span = span_of(node, self.lines)
            streams = [one.value for one in (left, right) if isinstance(one, Stream)]
            self.problem(
                "STEP-SUBSET",
                "streams have no operators: apply a function with step.Map(fn=…).apply(…)",
                span,
            )
            return self.opaque(streams, span)
        return self.combined(node, left, right)

    def on_unaryop(self, node: ast.UnaryOp) -> object:
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            value = self.evaluate(node.operand)
            return -value if isinstance(value, int) else value
        return self.unknown(node, "this operation")

    def on_subscript(self, node: ast.Subscript) -> object:
        value = self.evaluate(node.value)
        index = self.on_slice(node.slice) if isinstance(node.slice, ast.Slice) else self.evaluate(node.slice)
        if self.is_unknown(value) or isinstance(index, Unknown):
            return Unknown()
        if isinstance(value, tuple):
            if isinstance(index, slice):
                return value[index]
            if isinstance(index, int) and not isinstance(index, bool):
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
        looped, reported = len(self.looped), len(self.draft.problems)
        items = self.items(loop.iter)
        if items is not None:
            saved, results = dict(self.scope), []
            for item in items:
                self.bind(loop.target, item)
                results.append(self.evaluate(node.elt))
            self.scope = saved
            return self.listed(node, tuple(results))
        values = self.looped[looped:]
        self.tolerate(one.id for one in ast.walk(node) if isinstance(one, ast.Name))
        if len(self.draft.problems) == reported and not any(map(self.is_unknown, values)):
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
