"""What the reading of the body found: text that is no program."""

from __future__ import annotations

from collections.abc import Iterator

from step.check.subject import Subject
from step.diagnostic import Diagnostic

CODES: dict[str, str] = {}


def run(subject: Subject) -> Iterator[Diagnostic]:
    """The body's problems; a hole has none."""
    if not subject.operator.is_hole:
        yield from subject.operator.body.problems
