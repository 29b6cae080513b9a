"""What is wrong with an operator outside of its body: no other body mends it, so it is told and not worked around."""

from __future__ import annotations

from step.diagnostic import Diagnostic
from step.sandbox import Sandbox
from step.simulate.branches import branch_head
from step.simulate.checking import check_operator
from step.source import OperatorSource
from step.source.namespaces import Foreign
from step.source.split import split_lines

from step_agents.synthesis import SynthesisRequest

FUNCTION_FAILS = "STEP-FN-RUN"
"""The code of a function that fails on data, whatever body applies it."""

OUTSIDE = frozenset({"STEP-MODULE", "STEP-REFERENCE", "STEP-INTERPRETER"})
"""Codes of a functional check that blame what is around the body: the check never came to the body itself."""


def declared_wrongly(operator: OperatorSource) -> Diagnostic | None:
    """The first error of the declaration (its decorator, its parameters); its range counts the operator's lines.

    A text that does not parse is the body's matter: an operator whose header does not parse is none.
    """
    return next((one for one in operator.problems if one.severity == "error" and one.code != "STEP-SYNTAX"), None)


def undecorated(operator: OperatorSource) -> Diagnostic | None:
    """The first place where a body applies a function that is written in the module without ``@step.fn``.

    That is a line which was forgotten over the function: a body that does without the function is not what was meant.
    The reference is no such function.
    """
    lines = split_lines(operator.text)
    for one in operator.body.problems:
        span = one.span
        if one.code != "STEP-SUBSET" or span.line != span.end_line or span.line >= len(lines):
            continue
        name = _first_name(lines[span.line][span.column : span.end_column])
        value = operator.scope.get(name)
        if name != operator.reference and isinstance(value, Foreign) and "without @step.fn" in str(value.reason):
            return one
    return None


async def absent_at_run_time(
    sandbox: Sandbox, request: SynthesisRequest, operator: OperatorSource, seconds: float
) -> Diagnostic | None:
    """That the operator's branch does not run, which no body changes: known before anybody is asked for one. Its range
    counts the file's lines. An operator that stands in no branch costs nothing here."""
    if branch_head(request.text, operator.line + operator.name_span.line) is None:
        return None
    body = None if operator.is_hole else "..."
    timeout = min(request.check_timeout, seconds)
    report = await check_operator(sandbox, request.text, request.path, operator.name, body, timeout=timeout)
    return next((one for one in report.diagnostics if one.code == "STEP-BRANCH"), None)


def told(operator: OperatorSource, found: Diagnostic) -> str:
    """A diagnostic of an operator in a line, with its place in the file."""
    return at_line(operator.line + found.span.line, found)


def at_line(line: int, found: Diagnostic) -> str:
    """A diagnostic in a line, with the line of the file (from 0) where it is."""
    return f"line {line + 1}: {found.code}: {found.message}"


def function_fault(diagnostics: tuple[Diagnostic, ...]) -> Diagnostic | None:
    """That a function fails on data, if the functional check says so; its range counts the file's lines."""
    return next((one for one in diagnostics if one.code == FUNCTION_FAILS and one.severity == "error"), None)


def outside_fault(diagnostics: tuple[Diagnostic, ...]) -> Diagnostic | None:
    """That the module does not run, or that its reference fails, if the functional check says so; its range counts the
    file's lines."""
    return next((one for one in diagnostics if one.code in OUTSIDE and one.severity == "error"), None)


def outside_told(found: Diagnostic) -> str:
    """What is wrong outside of the body in a line; an interpreter has no place in the file."""
    return f"{found.code}: {found.message}" if found.code == "STEP-INTERPRETER" else at_line(found.span.line, found)


def _first_name(written: str) -> str:
    """The name that a text is or calls: ``square`` and ``square(x)``."""
    return written.split("(", 1)[0].strip()
