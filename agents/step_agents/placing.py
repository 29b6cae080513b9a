"""Putting a body into a module's text, and taking it out: only the operator's own lines change."""

from __future__ import annotations

import textwrap

from step.check import check_operator
from step.diagnostic import Span
from step.equality import same_graph
from step.program import Program
from step.source import Module, OperatorSource, read
from step.source.split import split_lines


def place_body(text: str, operator: OperatorSource, body: str) -> str:
    """The module's text with another body for an operator; its docstring and everything else stay as they are."""
    span, replacement = body_edit(text, operator, body)
    newline = newline_of(text)
    lines = split_lines(text)
    before = newline.join([*lines[: span.line], lines[span.line][: span.column]])
    after = newline.join([lines[span.end_line][span.end_column :], *lines[span.end_line + 1 :]])
    return before + replacement + after


def misplaced(text: str, path: str, operator: str, program: Program) -> str | None:
    """Why a module's text does not hold a program for an operator, in a sentence; None where it does.

    What is verified is a body; what people get is a file. This reads the file again, so that a mistake in cutting out
    or putting back can never pass for a verified result.
    """
    found = read(text, path).operator(operator)
    if found is None:
        return f"with the body in place, {operator} can no longer be found in the file"
    error = next((one for one in check_operator(found).diagnostics if one.severity == "error"), None)
    if error is not None:
        line = found.line + error.span.line + 1
        return f"with the body in place, the file fails its check: line {line}: {error.code}: {error.message}"
    if not found.body.is_complete or not same_graph(found.body.program, program):
        return "with the body in place, the file holds another program than the one that was verified"
    return None


def body_edit(text: str, operator: OperatorSource, body: str) -> tuple[Span, str]:
    """The range of the file to replace, and what to put there: whole lines, from the first to the last that change."""
    newline = newline_of(text)
    lines = split_lines(text)
    span = operator.body_span.shift(operator.line)
    first = lines[span.line][: span.column]
    written = lines[span.line][span.column :].lstrip("rRuUbBfF")
    if operator.docstring is not None and written.startswith(('"', "'")):  # the docstring is all there is
        return _at(span.end_line, span.end_column), newline + _indented(body, operator.indent, newline)
    if first.strip():  # `def f(x): ...` on one line
        start = len(first.rstrip())
        own = first[: len(first) - len(first.lstrip())]
        indent = own + "    "
        return Span(span.line, start, span.end_line, span.end_column), newline + _indented(body, indent, newline)
    whole = Span(span.line, 0, span.end_line, span.end_column)
    return _trimmed(whole, lines, _indented(body, operator.indent, newline), newline)


def written_body(operator: OperatorSource) -> str:
    """The statements of an operator's body as text, without indentation and docstring; empty for a hole."""
    if operator.is_hole:
        return ""
    lines = split_lines(operator.text)
    span = operator.body_span
    first = lines[span.line]
    inner = [first[span.column :], *lines[span.line + 1 : span.end_line + 1]]
    if not first[: span.column].strip():
        inner[0] = first[: span.column] + inner[0]
    return textwrap.dedent("\n".join(inner)).strip("\n")


def hole_module(module: Module, operator: OperatorSource) -> str:
    """A module's text with this operator alone, as a hole: what a solution can be verified in again."""
    others = [one for one in module.operators if one.line != operator.line]
    lines = split_lines(place_body(module.text, operator, "..."))
    grown = len(lines) - len(split_lines(module.text))
    for one in sorted(others, key=lambda one: one.line, reverse=True):
        start = one.line + (grown if one.line > operator.line else 0)
        del lines[start : start + len(split_lines(one.text))]
    return "\n".join(lines).rstrip() + "\n"


def newline_of(text: str) -> str:
    """How the lines of a text end."""
    return "\r\n" if "\r\n" in text else "\n"


def _trimmed(span: Span, lines: list[str], replacement: str, newline: str) -> tuple[Span, str]:
    """The edit without the lines that it leaves as they are; one stays on each side, so that no line ends are moved."""
    old = [*lines[span.line : span.end_line], lines[span.end_line][: span.end_column]]
    new = replacement.split(newline)
    most = min(len(old), len(new)) - 1
    start = next((number for number in range(most) if old[number] != new[number]), max(most, 0))
    end = next((number for number in range(most - start) if old[-1 - number] != new[-1 - number]), most - start)
    last = span.end_line - end
    column = span.end_column if end == 0 else len(lines[last])
    return Span(span.line + start, 0, last, column), newline.join(new[start : len(new) - end])


def _at(line: int, column: int) -> Span:
    return Span(line, column, line, column)


def _indented(body: str, indent: str, newline: str) -> str:
    lines = split_lines(textwrap.dedent(body.expandtabs(4)).strip("\n"))
    return newline.join(indent + line if line.strip() else "" for line in lines)
