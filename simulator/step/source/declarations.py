"""Module-level declarations: functions, specifications, and the expressions they are made of."""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

import step
from step import declare
from step.calling import misfit, written_parameters
from step.choice import current_choice
from step.declare import DeclarationError, check_init
from step.diagnostic import Diagnostic, Span
from step.function import Function
from step.program import Specification, StreamSpec
from step.source.evaluate import STEP, Declared, Evaluator, Namespace
from step.source.operators import name_span_of
from step.source.syntax import span_of
from step.types import UNKNOWN, UNKNOWN_STREAM, ElementType, Unknown, as_element, fields_of

_FN = frozenset({"element", "result", "init", "array", "name"})
_OPERATOR = frozenset({"inputs", "outputs", "reference"})


class DeclarationReader(Evaluator):
    """Evaluates module-level expressions: declarations with errors are reported, the rest is silently unknown."""

    def __init__(self, scope: dict[str, object], lines: tuple[str, ...], problems: list[Diagnostic]) -> None:
        super().__init__(scope)
        self.lines = lines
        self.problems = problems

    def report(self, code: str, message: str, span: Span) -> None:
        """Notes a declaration that does not make sense."""
        self.problems.append(Diagnostic(code, message, span))

    def declaration_error(self, node: ast.expr, error: Exception) -> None:
        self.report("STEP-DECLARATION", str(error), span_of(node, self.lines))

    def on_attribute(self, node: ast.Attribute) -> object:
        value = self.evaluate(node.value)
        if value is STEP and node.attr not in STEP.members and not _is_more_of_step(node.attr):
            self.report(
                "STEP-NAME", f"step has no `{node.attr}`{close_to(node.attr, STEP.members)}", span_of(node, self.lines)
            )
        return value.members.get(node.attr, Unknown(node.attr)) if isinstance(value, Namespace) else Unknown()

    def on_call(self, node: ast.Call) -> object:
        """Declarations; and ``step.fn(…)(function)`` written as a call."""
        if isinstance(node.func, ast.Call):
            inner = self.evaluate(node.func.func)
            if isinstance(inner, Declared) and inner.name == "fn":
                return self.function("", node.func)
        elif isinstance(node.func, (ast.Name, ast.Attribute)) and len(node.args) == 1:
            called = self.evaluate(node.func)
            if isinstance(called, Declared) and called.name == "use":
                self.use(node)
                return None
        return super().on_call(node)

    def use(self, node: ast.Call) -> None:
        """``step.use("torch")``: what the functions below are written in."""
        try:
            declare.use(self.evaluate(node.args[0]))  # type: ignore[arg-type]
        except DeclarationError as error:
            self.declaration_error(node, error)

    def known_keywords(self, call: ast.Call, name: str, most: int, known: frozenset[str]) -> bool:
        """Whether the arguments are such as the declaration takes; those that are not are reported."""
        if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
            return False
        for one in call.args[most:]:
            self.report("STEP-DECLARATION", f"step.{name} takes {most} positional arguments", span_of(one, self.lines))
        for keyword in call.keywords:
            if keyword.arg not in known:
                self.report(
                    "STEP-DECLARATION",
                    f"step.{name} has no parameter `{keyword.arg}`{close_to(str(keyword.arg), known)}",
                    span_of(keyword, self.lines),
                )
        return True

    def function(self, name: str, call: ast.Call) -> object:
        """The signature that ``@step.fn(element, result, init=…)`` declares."""
        if not self.known_keywords(call, "fn", 2, _FN):
            return Function(name, UNKNOWN, UNKNOWN)
        values = [self.evaluate(one) for one in call.args[:2]]
        keywords = {str(one.arg): self.evaluate(one.value) for one in call.keywords}
        both = {**dict(zip(("element", "result"), values, strict=False)), **keywords}
        if not {"element", "result"} <= both.keys():
            message = "step.fn needs two types: @step.fn(element, result)"
            self.report("STEP-DECLARATION", message, self.first_line(call))
            return Function(name, UNKNOWN, UNKNOWN)
        try:
            takes, gives = as_element(both["element"]), as_element(both["result"])
        except (TypeError, ValueError) as error:
            if not _holds_unknown(both["element"]) and not _holds_unknown(both["result"]):
                self.report("STEP-DECLARATION", f"step.fn: {error}", self.first_line(call))
            return Function(name, UNKNOWN, UNKNOWN)
        array = keywords.get("array")
        written = array if array in declare.ARRAYS else current_choice().array
        return Function(name, takes, gives, self.init(call, both.get("init"), gives), str(written))

    def check_parameters(self, statement: ast.FunctionDef | ast.AsyncFunctionDef, function: Function) -> None:
        """Reports a function whose parameters are not what it will be called with."""
        problem = misfit(function, written_parameters(statement.args))
        if problem is not None:
            self.report("STEP-DECLARATION", problem, name_span_of(statement, self.lines))

    def init(self, call: ast.Call, init: object, state: ElementType) -> tuple[float, ...] | None:
        """The init state: a number for each field of the state; zeros where it cannot be known."""
        if init is None:
            return None
        zeros = (0.0,) * len(fields_of(state))
        if _holds_unknown(init) or any(isinstance(one, Unknown) for one in fields_of(state)):
            return zeros
        try:
            return check_init(init, state)
        except DeclarationError as error:
            place = next((one.value for one in call.keywords if one.arg == "init"), call)
            self.report("STEP-DECLARATION", str(error), span_of(place, self.lines))
            return zeros

    def specification(
        self, statement: ast.FunctionDef, call: ast.Call | None
    ) -> tuple[Specification | None, str | None, Span | None]:
        """What ``@step.operator(inputs=…, outputs=…, reference=…)`` declares, and where the reference is named."""
        keywords = {one.arg: one.value for one in call.keywords if one.arg} if call else {}
        reference = keywords.get("reference")
        name = ast.unparse(reference) if reference is not None else None
        span = span_of(reference, self.lines) if reference is not None else None
        if call is not None and not self.known_keywords(call, "operator", 0, _OPERATOR):
            return None, name, span
        for missing in ("inputs", "outputs"):
            if missing not in keywords:
                message = f"step.operator needs `{missing}`: @step.operator(inputs={{…}}, outputs=…, reference=…)"
                self.report("STEP-DECLARATION", message, self.first_line(call or statement.decorator_list[0]))
                return None, name, span
        inputs, outputs = self.inputs(keywords["inputs"]), self.outputs(keywords["outputs"])
        if inputs is None or outputs is None:
            return None, name, span
        return Specification(statement.name, inputs, outputs), name, span

    def inputs(self, written: ast.expr) -> tuple[tuple[str, StreamSpec], ...] | None:
        """The input streams by name; None where that cannot be known."""
        if not isinstance(written, ast.Dict):
            return None
        if not written.keys:
            self.report("STEP-DECLARATION", "an operator has one input at least", span_of(written, self.lines))
        inputs: list[tuple[str, StreamSpec]] = []
        for key, expression in zip(written.keys, written.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                return None
            inputs.append((key.value, self.stream(self.evaluate(expression), expression)))
        return tuple(dict(inputs).items())

    def outputs(self, written: ast.expr) -> tuple[StreamSpec, ...] | None:
        """The output streams; None where that cannot be known."""
        if isinstance(written, (ast.Tuple, ast.List)) and not any(isinstance(one, ast.Starred) for one in written.elts):
            found = tuple(self.stream(self.evaluate(one), one) for one in written.elts)
        else:
            value = self.evaluate(written)
            if isinstance(value, Unknown):
                return None
            found = tuple(self.stream(one, written) for one in (value if isinstance(value, tuple) else (value,)))
        if not found:
            self.report("STEP-DECLARATION", "an operator has one output at least", span_of(written, self.lines))
        return found

    def stream(self, value: object, expression: ast.expr) -> StreamSpec:
        """A specification of a stream; one of unknown type where it is something else."""
        if isinstance(value, StreamSpec):
            return value
        if not isinstance(value, Unknown):
            message = "this must be a step.stream(type, dims)"
            self.report("STEP-DECLARATION", message, span_of(expression, self.lines))
        return StreamSpec(UNKNOWN_STREAM)

    def first_line(self, node: ast.expr) -> Span:
        """A node's range, as far as it is on its first line."""
        span = span_of(node, self.lines)
        if span.line == span.end_line:
            return span
        return Span(span.line, span.column, span.line, len(self.lines[span.line]))


def close_to(name: str, known: Iterable[str]) -> str:
    """``; did you mean …?`` if a known name is close; else nothing."""
    close = get_close_matches(name, sorted(known), 1, 0.7)
    return f"; did you mean `{close[0]}`?" if close else ""


def _holds_unknown(value: object) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, tuple) and any(map(_holds_unknown, value)))


@cache
def _is_more_of_step(name: str) -> bool:
    """Whether ``step.name`` is a module of the package, or one of Python's own names of a module."""
    return name.startswith("__") or any(module.name == name for module in pkgutil.iter_modules(step.__path__))
