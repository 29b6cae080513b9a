"""A line that is indented by too much or too little: no statement of a body stands inside of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from step.diagnostic import Span
from step.rewrite.text import TextEdit
from step.rewrite.wording.base import Rewording, Text
from step.source.split import strict_starts

RULE, ORDER = "indentation", 5


def propose(text: Text) -> Iterator[Rewording]:
    """Every statement at the indentation that most of them have."""
    if "STEP-SYNTAX" not in text.codes:
        return
    # Where statements begin does not depend on their indentation: brackets, quotes and comments say it.
    bare = [line.lstrip() for line in text.lines]
    starts = [number for number in strict_starts(bare) if not bare[number].startswith("#")]
    indents = {number: text.lines[number][: len(text.lines[number]) - len(bare[number])] for number in starts}
    counts = Counter(indents.values())
    if len(counts) < 2 or any(bare[number].split("#")[0].rstrip().endswith(":") for number in starts):
        return
    usual, _ = counts.most_common(1)[0]
    edits = [TextEdit(Span(at, 0, at, len(own)), usual) for at, own in indents.items() if own != usual]
    lines = ", ".join(str(edit.span.line + 1) for edit in edits[:4])
    yield Rewording(
        "Indent every statement of the body alike",
        f"A body is one statement after the other, none inside of another: line {lines} of it stood apart.",
        tuple(edits),
    )
