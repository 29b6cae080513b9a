"""A proposed body, read as data against an operator: its program and everything the static check says of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from step.check import check_operator
from step.diagnostic import Diagnostic, Span
from step.infer import Typing
from step.program import Program
from step.source import Body, OperatorSource
from step.source.parsing import parse_statements
from step.source.reader import read_body
from step.source.split import split_lines
from step.types import Unknown

MAX_BODY = 200_000
"""Characters of a body that are read; what is longer is refused at once."""

AFTER_RETURN = "nothing after `return` is read"


@dataclass(frozen=True)
class Reading:
    """A body's program with its types. ``diagnostics`` count lines from 0, the body's first."""

    text: str
    body: Body
    typing: Typing
    diagnostics: tuple[Diagnostic, ...]

    @property
    def program(self) -> Program:
        """What the body says."""
        return self.body.program

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What keeps it from being right."""
        return tuple(one for one in self.diagnostics if one.severity == "error")

    @property
    def is_right(self) -> bool:
        """Whether the static check finds nothing wrong: a complete program of the declared type, used affinely."""
        return self.body.is_complete and not self.errors


def read_candidate(operator: OperatorSource, text: str) -> Reading:
    """Reads a body. Never raises and never runs anything, whatever the text holds."""
    if len(text) > MAX_BODY:
        text = f"# a body of {len(text):,} characters was refused"
        return replace(_read(operator, text), diagnostics=(_too_long(),))
    return _read(operator, text)


def until_return(reading: Reading) -> str:
    """The text up to the end of its `return`: what follows is no part of the program, so it gets into nobody's file.

    (It would not run, but a `yield` or `nonlocal` in it changes what the function is, or whether the module loads.)
    """
    for one in reading.diagnostics:
        if (one.code, one.severity, one.message) == ("STEP-SUBSET", "warning", AFTER_RETURN):
            lines = split_lines(reading.text)
            kept = [*lines[: one.span.line], lines[one.span.line][: one.span.column].rstrip(" ;")]
            return "\n".join(kept).rstrip()
    return reading.text


def _read(operator: OperatorSource, text: str) -> Reading:
    parsed = parse_statements(text)
    end = Span(max(len(parsed.lines) - 1, 0), 0, max(len(parsed.lines) - 1, 0), len(parsed.lines[-1]))
    body = read_body(parsed.statements, parsed.lines, operator.scope, operator.parameters, end)
    broken: tuple[Diagnostic, ...] = ()
    if parsed.problem is not None:
        broken = (Diagnostic("STEP-SYNTAX", f"this does not parse: {parsed.problem.message}", parsed.problem.span),)
    subject = replace(
        operator,
        line=0,
        body=body,
        body_span=end,
        name_span=end,
        is_hole=False,
        problems=broken,
        text=text,
        docstring=None,
    )
    checked = check_operator(subject)
    reading = Reading(text, body, checked.typing, checked.diagnostics)
    if reading.errors:
        return reading
    if not body.is_complete:
        return _refused(reading, "the body is not complete: something in it is not a program", end)
    for node, source in zip(body.program.nodes, body.nodes, strict=True):
        for one in node.primitive.parameters():
            # The static check is silent about what it cannot know; a proposal has to say what it means.
            if one.metadata["kind"] != "function" and isinstance(getattr(node.primitive, one.name), Unknown):
                told = f"{node.primitive.name}: {one.name} is not a number, a dimension or a list of numbers"
                return _refused(reading, told, source.parameters.get(one.name, source.span))
    return reading


def _refused(reading: Reading, message: str, span: Span) -> Reading:
    return replace(reading, diagnostics=(*reading.diagnostics, Diagnostic("STEP-SUBSET", message, span)))


def _too_long() -> Diagnostic:
    return Diagnostic("STEP-SUBSET", f"a body is at most {MAX_BODY:,} characters long", Span(0, 0, 0, 0))
