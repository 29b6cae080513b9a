"""Statements that no body has: taken out where they are stray; a misspelt or missing ``return``; the wrong order."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from step.diagnostic import Span
from step.rewrite.text import TextEdit
from step.rewrite.wording.base import Rewording, Text, names_in, targets_of
from step.source.syntax import Broken

RULE, ORDER = "statement", 30
_FIRST_WORD = re.compile(r"\s*([^\W\d]\w*)\b(?!\s*[=(.,\[])")
_STRAY = (
    ast.Import,
    ast.ImportFrom,
    ast.Global,
    ast.Nonlocal,
    ast.Delete,
    ast.Assert,
    ast.AugAssign,
    ast.Expr,
    ast.FunctionDef,
    ast.ClassDef,
)


def propose(text: Text) -> Iterator[Rewording]:
    """Statements taken out, put right, or put into order."""
    yield from _order(text)
    for number, statement in enumerate(text.statements):
        if isinstance(statement, Broken):
            yield from _keyword(text, statement)
        elif isinstance(statement, _STRAY) and _is_wrong(text, number):
            yield _removal(text, number)
    if "STEP-RETURN" in text.codes:
        yield from _return(text)


def _is_wrong(text: Text, number: int) -> bool:
    span = text.span_of(number)
    made = set(targets_of(text.statements[number]))
    if any(made & names_in(other) for other in text.statements[number + 1 :]):
        return False
    return any(span.line <= one.span.line <= span.end_line for one in text.errors)


def _removal(text: Text, number: int) -> Rewording:
    span = text.span_of(number)
    first = text.at(span) or text.lines[span.line][span.column :].strip()
    return Rewording(
        f"Remove `{first[:60]}`",
        "A body has assignments, primitives and one return: this statement is nothing that hardware could do.",
        (text.without(number),),
    )


def _keyword(text: Text, statement: Broken) -> Iterator[Rewording]:
    """``retrun x``: a first word that is written like ``return``."""
    line = text.lines[statement.span.line]
    found = _FIRST_WORD.match(line)
    if found is None or found[1] == "return":
        return
    if SequenceMatcher(None, found[1].lower(), "return").ratio() >= 0.6:
        where = Span(statement.span.line, found.start(1), statement.span.line, found.end(1))
        yield Rewording(f"Change `{found[1]}` to `return`", "This does not parse.", (TextEdit(where, "return"),))


def _return(text: Text) -> Iterator[Rewording]:
    """A body without ``return``: the last expression is what it gives, or the streams that nothing consumes."""
    if not text.statements:
        return
    last = text.statements[-1]
    span = text.span_of(len(text.statements) - 1)
    why = "An operator returns its output streams."
    if isinstance(last, ast.Expr):
        at = Span(span.line, span.column, span.line, span.column)
        yield Rewording("Return the last expression", why, (TextEdit(at, "return "),))
        return
    wanted = text.outputs or 1
    free = [one for one in text.unused if one not in text.inputs]
    for names in dict.fromkeys((tuple(reversed(free[:wanted])), targets_of(last)[:wanted])):
        if len(names) == wanted:
            indent = text.lines[span.line][: len(text.lines[span.line]) - len(text.lines[span.line].lstrip())]
            end = len(text.lines[span.end_line])
            at = Span(span.end_line, end, span.end_line, end)
            told = ", ".join(names)
            yield Rewording(f"Return `{told}`", why, (TextEdit(at, f"\n{indent}return {told}"),), names)


def _order(text: Text) -> Iterator[Rewording]:
    """Statements in the order in which streams flow, where one uses what only a later one makes."""
    if "STEP-NAME" not in text.codes or len(text.statements) > 200:
        return
    count = len(text.statements)
    once = {name: numbers[0] for name, numbers in text.bound.items() if len(numbers) == 1}
    needs = [
        {once[name] for name in names_in(one) if name in once and name not in text.inputs and once[name] != number}
        for number, one in enumerate(text.statements)
    ]
    order: list[int] = []
    left = list(range(count))
    while left:
        ready = next((one for one in left if needs[one] <= set(order)), None)
        if ready is None:
            return
        order.append(ready)
        left.remove(ready)
    if order == list(range(count)):
        return
    chunks = _chunks(text)
    if chunks is None:
        return
    first = next(place for place, one in enumerate(order) if place != one)
    last = max(place for place, one in enumerate(order) if place != one)
    start, end = chunks[first][0], chunks[last][1]
    new = "\n".join("\n".join(text.lines[chunks[one][0] : chunks[one][1]]) for one in order[first : last + 1])
    moved = tuple(name for one in order[first : last + 1] for name in targets_of(text.statements[one]))
    yield Rewording(
        "Put the statements into the order in which the streams flow",
        "A stream is made before it is used.",
        (TextEdit(Span(start, 0, end - 1, len(text.lines[end - 1])), new),),
        moved[:4],
    )


def _chunks(text: Text) -> list[tuple[int, int]] | None:
    """The lines of each statement, with the comments over it; None where two share a line."""
    chunks: list[tuple[int, int]] = []
    after = 0
    for number in range(len(text.statements)):
        span = text.span_of(number)
        if span.line < after:
            return None
        chunks.append((after, span.end_line + 1))
        after = span.end_line + 1
    return chunks
