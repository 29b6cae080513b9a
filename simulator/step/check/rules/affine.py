"""The affine rule: every stream is consumed at most once (1-language, section 3)."""

from __future__ import annotations

from collections.abc import Iterator

from step.check.subject import Subject
from step.diagnostic import Diagnostic, Related, Span
from step.program import Use, Value

CODES = {
    "STEP-AFFINE": "A stream is a FIFO: reading it empties it, so it can be consumed once only, as an operand or as an "
    "output. Copy gives two streams with the same data.",
}


MOST_PLACES = 8
"""Places that one diagnostic names."""


def run(subject: Subject) -> Iterator[Diagnostic]:
    """One diagnostic for each stream, at the second place that consumes it, wherever the name came from; the other
    places are related.

    A list consumes its streams in one place: they are told together.
    """
    if subject.operator.is_hole:
        return
    found: dict[tuple[tuple[int | None, Span], ...], list[tuple[Value, Use]]] = {}
    for value, uses in subject.program.uses.items():
        if len(uses) > 1:
            again = tuple((use.node, subject.use_span(use)) for use in uses[1:])
            found.setdefault(again, []).append((value, uses[0]))
    for again, streams in found.items():
        values = [value for value, _ in streams]
        names = ", ".join(subject.name_of(value) for value in values[:4]) + (", …" if len(values) > 4 else "")
        verb = "is" if len(values) == 1 else "are"
        times = "twice" if len(again) == 1 else f"{len(again) + 1} times"
        related = [
            Related(subject.use_span(use), f"{subject.name_of(value)} is consumed here first")
            for value, use in streams[:4]
        ]
        later = [Related(span, "and here again") for _, span in again[1:MOST_PLACES]]
        node, span = again[0]
        yield Diagnostic(
            "STEP-AFFINE",
            f"{names} {verb} consumed {times}: a stream is a FIFO and can be read once; use Copy to have it {times}",
            span,
            related=(*dict.fromkeys(related), *later, *(subject.origin(value) for value in values[:4])),
            node=node,
        )
