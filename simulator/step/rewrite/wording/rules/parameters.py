"""A misspelt parameter, a misspelt ``.apply``, and streams that are not given as a tuple."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator

from step.diagnostic import Span
from step.primitives import Primitive
from step.rewrite.text import TextEdit
from step.rewrite.wording.base import Rewording, Text
from step.source.reader.words import close_names

RULE, ORDER = "parameter", 20


def propose(text: Text) -> Iterator[Rewording]:
    """Parameters by their names, ``apply`` by its, several streams as a tuple."""
    for call in text.calls():
        cls = text.primitive(call.func)
        if cls is not None:
            yield from _keywords(text, call, cls)
        match call.func:
            case ast.Attribute(value=ast.Call(func=called), attr=attribute) if text.primitive(called) is not None:
                yield from _apply(text, call, call.func, attribute)


def _keywords(text: Text, call: ast.Call, cls: type[Primitive]) -> Iterator[Rewording]:
    known = cls.parameters()
    names = [one.name for one in known]
    given = {one.arg for one in call.keywords} | set(names[: len(call.args)])
    missing = [one.name for one in known if one.name not in given]
    needed = [one.name for one in known if one.name in missing and one.default is dataclasses.MISSING]
    for keyword in call.keywords:
        if keyword.arg is None or keyword.arg in names:
            continue
        span = text.span(keyword)
        where = Span(span.line, span.column, span.line, span.column + len(keyword.arg))
        if text.at(where) != keyword.arg:
            continue
        close = close_names(keyword.arg, missing, 2)
        for name in dict.fromkeys((*close, *needed, *missing)):
            yield Rewording(
                f"Change the parameter `{keyword.arg}` to `{name}`",
                f"{cls.__name__} has no parameter `{keyword.arg}`; its parameters: {', '.join(names) or 'none'}.",
                (TextEdit(where, name),),
            )
        if not missing:
            yield from _dropped(text, call, keyword, cls)


def _dropped(text: Text, call: ast.Call, keyword: ast.keyword, cls: type[Primitive]) -> Iterator[Rewording]:
    """A parameter that the primitive does not have, and that stands for none that is missing, left out."""
    span = text.span(keyword)
    line = text.lines[span.line]
    if span.line != span.end_line:
        return
    before, after = line[: span.column], line[span.end_column :]
    start, end = span.column, span.end_column
    follows = re.match(r"\s*,\s*", after)
    precedes = re.search(r",\s*$", before)
    if precedes:
        start = precedes.start()
    elif follows:
        end += follows.end()
    yield Rewording(
        f"Leave out `{line[span.column : span.end_column]}`",
        f"{cls.__name__} has no parameter `{keyword.arg}`.",
        (TextEdit(Span(span.line, start, span.line, end), ""),),
    )


def _swapped(text: Text, call: ast.Call) -> Iterator[Rewording]:
    """``apply((index, parts))`` the other way round, where that is no list and its index."""
    match call.args:
        case [ast.Tuple(elts=[first, second])]:
            spans = text.span(first), text.span(second)
            written = text.at(spans[0]), text.at(spans[1])
            whole = text.span(call)
            wrong = any(whole.contains(one.span.line, one.span.column) for one in text.said("STEP-ARITY"))
            if wrong and all(written):
                yield Rewording(
                    f"Give ({written[1]}, {written[0]})",
                    "The operands were the other way round.",
                    (TextEdit(spans[0], written[1]), TextEdit(spans[1], written[0])),
                )


def _apply(text: Text, call: ast.Call, func: ast.Attribute, attribute: str) -> Iterator[Rewording]:
    span = text.span(func)
    if attribute != "apply":
        where = Span(span.end_line, span.end_column - len(attribute), span.end_line, span.end_column)
        yield Rewording(
            f"Change `.{attribute}` to `.apply`", "A primitive is applied by `.apply`.", (TextEdit(where, "apply"),)
        )
        return
    yield from _swapped(text, call)
    if len(call.args) > 1 and not call.keywords:
        first, last = text.span(call.args[0]), text.span(call.args[-1])
        yield Rewording(
            "Give the streams as a tuple",
            "`.apply` takes one argument: a stream, or a tuple of streams.",
            (
                TextEdit(Span(first.line, first.column, first.line, first.column), "("),
                TextEdit(Span(last.end_line, last.end_column, last.end_line, last.end_column), ")"),
            ),
        )
