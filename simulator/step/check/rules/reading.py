"""What the reading of the body found: text that is no program."""

from __future__ import annotations

from collections.abc import Iterator

from step.check.subject import Subject
from step.diagnostic import Diagnostic

CODES: dict[str, str] = {}


def run(subject: Subject) -> Iterator[Diagnostic]:
    """The body's problems; a hole has none, and one that is half typed may still get its return."""
    if subject.operator.is_hole:
        return
    half_typed = any(one.code == "STEP-SYNTAX" for one in subject.operator.problems)
    yield from (one for one in subject.operator.body.problems if not (half_typed and one.code == "STEP-RETURN"))
