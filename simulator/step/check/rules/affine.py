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


def run(subject: Subject) -> Iterator[Diagnostic]:
    """One diagnostic for each place after the first that consumes a stream, wherever the name came from.

    A list consumes its streams in one place: they are told together.
    """
    if subject.operator.is_hole:
        return
    again: dict[tuple[int | None, Span], list[tuple[Value, Use]]] = {}
    for value, uses in subject.program.uses.items():
        for use in uses[1:]:
            again.setdefault((use.node, subject.use_span(use)), []).append((value, uses[0]))
    for (node, span), found in again.items():
        values = tuple(dict.fromkeys(value for value, _ in found))
        names = ", ".join(subject.name_of(value) for value in values[:4]) + (", …" if len(values) > 4 else "")
        verb = "is" if len(values) == 1 else "are"
        related = [
            Related(subject.use_span(use), f"{subject.name_of(value)} is consumed here first") for value, use in found
        ]
        yield Diagnostic(
            "STEP-AFFINE",
            f"{names} {verb} consumed twice: a stream is a FIFO and can be read once; use Copy to have it twice",
            span,
            related=(*dict.fromkeys(related[:4]), *(subject.origin(value) for value in values[:4])),
            node=node,
        )
