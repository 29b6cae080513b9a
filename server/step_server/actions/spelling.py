"""Quick fixes for how a primitive is written: the name of a parameter, and an ``apply`` that is missing or misspelt."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from lsprotocol import types as lsp
from step.check import OperatorCheck
from step.diagnostic import Diagnostic, Span
from step.source.split import split_lines

from step_server.actions import Wanted, matching
from step_server.actions.names import fix
from step_server.cursor import cursor
from step_server.fitting import streams_at

ORDER = 25
KINDS = (lsp.CodeActionKind.QuickFix,)
_NO_PARAMETER = re.compile(r"has no parameter `(\w+)`; its parameters: ([\w, ]+)")
_TOO_MANY = re.compile(r"takes (?:no parameters|\d+ parameters?)$")
_MEMBER = re.compile(r"^`\.(\w+)` cannot be in a body")

Change = tuple[str, list[tuple[Span, str]]]


def offer(wanted: Wanted) -> Iterator[lsp.CodeAction]:
    """Fixes for the mistakes at the range."""
    if not wanted.wants(lsp.CodeActionKind.QuickFix.value):
        return
    for check in wanted.snapshot.checks_in(wanted.span):
        for found in check.diagnostics:
            if found.span.line != found.span.end_line or not wanted.touches(found.span.shift(check.operator.line)):
                continue
            change = respelt(check, found)
            if change is not None:
                given = matching(wanted, [found], check.operator.line)
                edits = [(span.shift(check.operator.line), text) for span, text in change[1]]
                yield fix(wanted, change[0], edits, given, preferred=True)


def respelt(check: OperatorCheck, found: Diagnostic) -> Change | None:
    """A title with edits, whose lines count from the operator's first; None where there is nothing to respell."""
    lines = split_lines(check.operator.text)
    span = found.span
    line = lines[span.line] if span.line < len(lines) else ""
    if (match := _NO_PARAMETER.search(found.message)) is not None:
        return parameter(check, span, line, match[1], match[2].split(", "))
    if "is applied by `.apply`" in found.message and (column := last_group(line, span)) is not None:
        return "Insert `.apply`", [(Span(span.line, column, span.line, column), ".apply")]
    if _TOO_MANY.search(found.message):
        return applied(check, span, line)
    member = _MEMBER.search(found.message)
    if member is not None and difflib.get_close_matches(member[1], ["apply"]):
        column = line.find(f".{member[1]}", span.column) + 1
        return ("Change to `apply`", [(Span(span.line, column, span.line, column + len(member[1])), "apply")])
    return None


def parameter(check: OperatorCheck, span: Span, line: str, wrong: str, names: list[str]) -> Change | None:
    """The parameter that was meant: of those without a value the only one, or the one that is spelt most alike."""
    match = re.search(rf"\b{re.escape(wrong)}(?=\s*=\s*$)", line[: span.column])
    if match is None:
        return None
    given = cursor(check, span.line, span.column).given | set(re.findall(r"(\w+)\s*=(?!=)", line[span.end_column :]))
    left = [one for one in names if one not in given]
    meant = left if len(left) == 1 else difflib.get_close_matches(wrong, left, 1, 0.5)
    if not meant:
        return None
    return f"Change to `{meant[0]}`", [(Span(span.line, match.start(), span.line, match.end()), meant[0])]


def applied(check: OperatorCheck, span: Span, line: str) -> Change | None:
    """Streams that stand among the parameters, given to ``apply``; None where it has some already."""
    names = re.findall(r"[^\W\d]\w*", line[span.column : span.end_column])
    streams = {one.name for one in streams_at(check, span.line)}
    before, rest = line[: span.column].rstrip(), line[span.end_column :]
    if not names or not set(names) <= streams or re.match(r"\s*(,[^)]*)?\)\s*\.\s*apply\b", rest):
        return None
    start = len(before) - 1 if before.endswith(",") else span.column
    return "Give it to `apply`", [(Span(span.line, start, span.line, span.column), ").apply(")]


def last_group(line: str, span: Span) -> int | None:
    """Where the last parentheses of a text open; None where it does not end with such."""
    depth = 0
    for column in range(span.end_column - 1, span.column - 1, -1):
        depth += {")": 1, "(": -1}.get(line[column], 0)
        if depth == 0:
            return column if line[column] == "(" else None
    return None
