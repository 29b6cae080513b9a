"""Quick fixes for how a body is put together: the return, the tuple of an ``apply``, the parameters, what is unused."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsprotocol import types as lsp
from step.check import OperatorCheck
from step.diagnostic import Diagnostic, Span
from step.types import same_stream

from step_server.actions import Wanted, matching
from step_server.actions.names import fix
from step_server.fitting import Candidate, streams_at

ORDER = 30
KINDS = (lsp.CodeActionKind.QuickFix,)


def offer(wanted: Wanted) -> Iterator[lsp.CodeAction]:
    """Fixes for the mistakes at the range."""
    if not wanted.wants(lsp.CodeActionKind.QuickFix.value):
        return
    for check in wanted.snapshot.checks_in(wanted.span):
        for found in check.diagnostics:
            if wanted.touches(found.span.shift(check.operator.line)):
                given = matching(wanted, [found], check.operator.line)
                for title, changes in fixes(check, found):
                    shifted = [(span.shift(check.operator.line), text) for span, text in changes]
                    yield fix(wanted, title, shifted, given)


def fixes(check: OperatorCheck, found: Diagnostic) -> Iterator[tuple[str, list[tuple[Span, str]]]]:
    """Titles with edits, whose lines count from the operator's first."""
    match found.code:
        case "STEP-RETURN":
            yield from returns(check)
        case "STEP-ARITY":
            yield from tuples(check, found)
        case "STEP-SIGNATURE":
            yield from signature(check)
        case "STEP-UNUSED":
            yield from unused(check, found)
        case _:
            return


def returns(check: OperatorCheck) -> Iterator[tuple[str, list[tuple[Span, str]]]]:
    """The return that is missing: free streams of the declared types, the newest of each."""
    source = check.operator
    if source.specification is None or source.body.returns is not None:
        return
    last = source.span.end_line
    free = [one for one in streams_at(check, last + 1) if one.free]
    chosen: list[Candidate] = []
    for wanted in source.specification.output_types:
        one = next((one for one in free if one not in chosen and same_stream(wanted, one.type)), None)
        if one is None:
            return
        chosen.append(one)
    names = ", ".join(one.name for one in chosen)
    place = Span(last, source.span.end_column, last, source.span.end_column)
    yield f"Return `{names}`", [(place, f"\n{source.indent}return {names}")]


def tuples(check: OperatorCheck, found: Diagnostic) -> Iterator[tuple[str, list[tuple[Span, str]]]]:
    """``.apply(a, b)`` as ``.apply((a, b))``."""
    if "takes one argument: a tuple" not in found.message:
        return
    lines = check.operator.text.split("\n")
    line = lines[found.span.line] if found.span.line < len(lines) else ""
    start = line.rfind(".apply(", 0, found.span.column)
    if start < 0:
        return
    start += len(".apply(")
    depth, end = 1, start
    while end < len(line) and depth:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(line[end], 0)
        end += 1
    if depth:
        return
    row = found.span.line
    yield "Make it a tuple", [(Span(row, start, row, start), "("), (Span(row, end - 1, row, end - 1), ")")]


def signature(check: OperatorCheck) -> Iterator[tuple[str, list[tuple[Span, str]]]]:
    """The parameters as ``inputs`` declares them."""
    source = check.operator
    if source.specification is None:
        return
    names = [name for name, _ in source.specification.inputs]
    lines = source.text.split("\n")
    row = source.name_span.line
    match = re.compile(r"\(([^()]*)\)").search(lines[row], source.name_span.end_column)
    if match:
        yield f"Take `({', '.join(names)})`", [(Span(row, match.start(1), row, match.end(1)), ", ".join(names))]


def unused(check: OperatorCheck, found: Diagnostic) -> Iterator[tuple[str, list[tuple[Span, str]]]]:
    """Removal of a statement of which nothing is used."""
    body = check.operator.body
    if found.node is None:
        return
    program = body.program
    statement = body.nodes[found.node].statement
    inside = [index for index, one in enumerate(body.nodes) if one.statement == statement]
    results = [value for index in inside for value in program.results_of(index)]
    used_outside = [use for value in results for use in program.uses[value] if use.node not in inside]
    if used_outside:
        return
    whole = Span(statement.line, 0, statement.end_line + 1, 0)
    lines = check.operator.text.split("\n")
    before = lines[statement.line][: statement.column]
    if not before.strip() and statement.end_line + 1 < len(lines):
        yield "Remove what makes it", [(whole, "")]
