"""Module-level declarations: functions, specifications, and the expressions they are made of."""

from __future__ import annotations

import ast

from step.declare import DeclarationError, check_init
from step.diagnostic import Diagnostic, Span
from step.function import Function
from step.program import Specification, StreamSpec
from step.source.evaluate import STEP, Declared, Evaluator, Namespace
from step.source.syntax import span_of
from step.types import UNKNOWN, UNKNOWN_STREAM, Unknown, as_element, fields_of


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
        if isinstance(value, Namespace) and value is STEP and node.attr not in value.members:
            return Unknown(f"step.{node.attr}")
        return value.members.get(node.attr, Unknown()) if isinstance(value, Namespace) else Unknown()

    def on_call(self, node: ast.Call) -> object:
        """Declarations; and ``step.fn(…)(function)`` written as a call."""
        if isinstance(node.func, ast.Call):
            inner = self.evaluate(node.func.func)
            if isinstance(inner, Declared) and inner.name == "fn":
                return self.function("", node.func)
        return super().on_call(node)

    def function(self, name: str, call: ast.Call) -> object:
        """The signature that ``@step.fn(element, result, init=…)`` declares."""
        values = [self.evaluate(one) for one in call.args]
        keywords = {str(one.arg): self.evaluate(one.value) for one in call.keywords if one.arg}
        element = values[0] if values else keywords.get("element", UNKNOWN)
        result = values[1] if len(values) > 1 else keywords.get("result", UNKNOWN)
        if len(values) < 2 and not {"element", "result"} & keywords.keys():
            self.report(
                "STEP-DECLARATION",
                "step.fn needs two types: @step.fn(element, result)",
                span_of(call, self.lines),
            )
            return Function(name, UNKNOWN, UNKNOWN)
        try:
            takes, gives = as_element(element), as_element(result)
        except (TypeError, ValueError) as error:
            self.report("STEP-DECLARATION", f"step.fn: {error}", span_of(call, self.lines))
            return Function(name, UNKNOWN, UNKNOWN)
        init = keywords.get("init")
        if init is None:
            return Function(name, takes, gives)
        unknown = isinstance(init, Unknown) or (
            isinstance(init, tuple) and any(isinstance(one, Unknown) for one in init)
        )
        if unknown or any(isinstance(one, Unknown) for one in fields_of(gives)):
            return Function(name, takes, gives, (0.0,) * len(fields_of(gives)))
        try:
            return Function(name, takes, gives, check_init(init, gives))
        except (DeclarationError, TypeError, ValueError) as error:
            self.report("STEP-DECLARATION", str(error), span_of(call, self.lines))
            return Function(name, takes, gives, (0.0,) * len(fields_of(gives)))

    def specification(
        self, statement: ast.FunctionDef, call: ast.Call | None
    ) -> tuple[Specification | None, str | None, Span | None]:
        """What ``@step.operator(inputs=…, outputs=…, reference=…)`` declares, and where the reference is named."""
        lines = self.lines
        keywords = {one.arg: one.value for one in call.keywords if one.arg} if call else {}
        reference = keywords.get("reference")
        name = ast.unparse(reference) if reference is not None else None
        span = span_of(reference, lines) if reference is not None else None
        for missing in ("inputs", "outputs"):
            if missing not in keywords:
                place = span_of(call if call else statement.decorator_list[0], lines)
                first = Span(place.line, place.column, place.line, min(place.end_column, len(lines[place.line])))
                self.report(
                    "STEP-DECLARATION",
                    f"step.operator needs `{missing}`: @step.operator(inputs={{…}}, outputs=…, reference=…)",
                    first
                    if place.end_line == place.line
                    else Span(place.line, place.column, place.line, len(lines[place.line])),
                )
                return None, name, span
        written = keywords["inputs"]
        if not isinstance(written, ast.Dict):
            return None, name, span
        inputs: list[tuple[str, StreamSpec]] = []
        for key, expression in zip(written.keys, written.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                return None, name, span
            inputs.append((key.value, self.stream(expression)))
        written_outputs = keywords["outputs"]
        many = written_outputs.elts if isinstance(written_outputs, (ast.Tuple, ast.List)) else [written_outputs]
        outputs = tuple(self.stream(one) for one in many)
        return Specification(statement.name, tuple(inputs), outputs), name, span

    def stream(self, expression: ast.expr) -> StreamSpec:
        value = self.evaluate(expression)
        if isinstance(value, StreamSpec):
            return value
        if not isinstance(value, Unknown):
            self.report(
                "STEP-DECLARATION",
                "this must be a step.stream(type, dims)",
                span_of(expression, self.lines),
            )
        return StreamSpec(UNKNOWN_STREAM)


def check_parameters(
    statement: ast.FunctionDef,
    specification: Specification | None,
    parameters: tuple[tuple[str, Span], ...],
    name_span: Span,
    lines: tuple[str, ...],
    problems: list[Diagnostic],
) -> None:
    arguments = statement.args
    for extra in (arguments.vararg, arguments.kwarg, *arguments.kwonlyargs, *arguments.posonlyargs):
        if extra is not None:
            problems.append(
                Diagnostic("STEP-SIGNATURE", "an operator takes its input streams only", span_of(extra, lines))
            )
    if specification is None:
        return
    wanted = [name for name, _ in specification.inputs]
    if len(wanted) != len(parameters):
        problems.append(
            Diagnostic(
                "STEP-SIGNATURE",
                f"{statement.name} takes {len(parameters)} streams, but `inputs` declares {len(wanted)}: "
                f"def {statement.name}({', '.join(wanted)})",
                name_span,
            )
        )
        return
    for name, (written, span) in zip(wanted, parameters, strict=True):
        if name != written:
            problems.append(Diagnostic("STEP-SIGNATURE", f"this input is declared as `{name}`; got `{written}`", span))
