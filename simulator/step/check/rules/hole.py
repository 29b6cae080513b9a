"""Holes: operators that wait to be synthesised."""

from __future__ import annotations

from collections.abc import Iterator

from step.check.subject import Subject
from step.diagnostic import Diagnostic

CODES = {
    "STEP-HOLE": "The operator has a specification and no body yet. Synthesize writes one, or write it yourself.",
}


def run(subject: Subject) -> Iterator[Diagnostic]:
    """An information at the hole, so that it can be found and filled."""
    operator = subject.operator
    if operator.is_hole:
        message = f"{operator.name} is a hole: it has a specification and waits for a body"
        yield Diagnostic("STEP-HOLE", message, operator.body_span, "information")
