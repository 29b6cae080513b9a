"""A bracket too few or too many."""

from __future__ import annotations

from collections.abc import Iterator

from step.diagnostic import Span
from step.rewrite.text import TextEdit
from step.rewrite.wording.base import Rewording, Text, code_end, opened
from step.source.syntax import Broken

RULE, ORDER = "bracket", 15
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def propose(text: Text) -> Iterator[Rewording]:
    """In each statement that does not parse: the brackets closed that are open, and those left out that close none."""
    for statement in text.statements:
        broken = isinstance(statement, Broken) or any(
            one.code == "STEP-SYNTAX" and one.span.line == text.span(statement).line for one in text.errors
        )
        if not broken:
            continue
        number = statement.span.line if isinstance(statement, Broken) else text.span(statement).line
        line = text.lines[number]
        left, loose = opened(line)
        if loose:
            for place in {loose[0], loose[-1]}:
                yield Rewording(
                    f"Leave out a `{line[place]}`",
                    "This bracket closes none.",
                    (TextEdit(Span(number, place, number, place + 1), ""),),
                )
        if left:
            end = code_end(line)
            closing = "".join(_CLOSING[one] for one, _ in reversed(left))
            # `apply((x, y)` may want its bracket earlier: at the end is by far the likeliest place.
            yield Rewording(
                f"Close the bracket{'s' if len(left) > 1 else ''} with `{closing}`",
                "A bracket was never closed.",
                (TextEdit(Span(number, end, number, end), closing),),
            )
