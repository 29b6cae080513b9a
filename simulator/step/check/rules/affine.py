"""The affine rule: every stream is consumed at most once (1-language, section 3)."""

from __future__ import annotations

from collections.abc import Iterator

from step.check.subject import Subject
from step.diagnostic import Diagnostic, Related

CODES = {
    "STEP-AFFINE": "A stream is a FIFO: reading it empties it, so it can be consumed once only, as an operand or as an "
    "output. Copy gives two streams with the same data.",
}


def run(subject: Subject) -> Iterator[Diagnostic]:
    """One diagnostic for each use after the first, wherever the name came from."""
    if subject.operator.is_hole:
        return
    for value, uses in subject.program.uses.items():
        if len(uses) < 2:
            continue
        name = subject.name_of(value)
        first = subject.use_span(uses[0])
        for use in uses[1:]:
            yield Diagnostic(
                "STEP-AFFINE",
                f"{name} is consumed twice: a stream is a FIFO and can be read once; use Copy to have it twice",
                subject.use_span(use),
                related=(Related(first, f"{name} is consumed here first"), subject.origin(value)),
                node=use.node,
            )
