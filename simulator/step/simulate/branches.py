"""Operators that the running module does not have, because their branch did not run: what that is called, and where."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from step.diagnostic import Diagnostic, Related, Span
from step.source import OperatorSource
from step.source.split import split_lines

_HEADS = ("if", "elif", "else", "case", "try", "except", "finally", "with", "async")


def not_declared(operator: OperatorSource, text: str) -> Diagnostic:
    """That an operator of a module's text does not exist once the module ran.

    In a branch that is a warning: a module may well choose what it declares (a package that is missing, another
    platform), and there is nothing to check. At the top level it is an error: the name was deleted, or given away.
    """
    place = operator.name_span.shift(operator.line)
    head = branch_head(text, place.line)
    if head is None:
        message = (
            f"`{operator.name}` does not exist once the module has run: a later statement deletes it, or gives its "
            "name to something else"
        )
        return Diagnostic("STEP-NAME", message, place, "error")
    written = split_lines(text)[head.line][head.column : head.end_column]
    keyword = written.replace(":", " ").split(" ")[0]
    if keyword in ("try", "with"):
        reason = f"something before it in the `{keyword}` of line {head.line + 1} failed, such as an import"
    else:
        reason = f"`{written}` (line {head.line + 1}) was not taken"
    message = f"`{operator.name}` does not exist at run time and was not checked: {reason}"
    return Diagnostic("STEP-BRANCH", message, place, "warning", (Related(head, "the branch that it stands in"),))


def branch_head(text: str, line: int) -> Span | None:
    """The line that opens the innermost branch around a line (``if …:``, ``else:``, ``try:``), without what surrounds
    it; None where the line is in none, or the text does not parse. Lines count from 0."""
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError):
        return None
    found = max(_opened_above(tree.body, line + 1), default=None)
    if found is None:
        return None
    parent, first = found
    lines = split_lines(text)
    for number in range(first - 1, parent - 1, -1):
        written = lines[number - 1].strip()
        if written.replace(":", " ").split(" ")[0] in _HEADS:
            break
    else:
        number = parent
    written = lines[number - 1].split("#")[0].rstrip()
    return Span(number - 1, len(written) - len(written.lstrip()), number - 1, len(written))


def _opened_above(body: list[ast.stmt], line: int) -> Iterator[tuple[int, int]]:
    """For each block around a line, from 1: the line of its statement, and the line of its first statement."""
    for one in body:
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if not one.lineno <= line <= (one.end_lineno or one.lineno):
            continue
        for block in _blocks(one):
            start = min(getattr(block[0], "decorator_list", ()) or block, key=lambda node: node.lineno).lineno
            if start <= line <= (block[-1].end_lineno or start):
                yield one.lineno, start
                yield from _opened_above(block, line)


def _blocks(one: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        if block := getattr(one, name, None):
            yield block
    for handler in getattr(one, "handlers", ()):
        yield handler.body
    for case in getattr(one, "cases", ()):
        yield case.body
