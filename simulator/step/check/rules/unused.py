"""Streams that nothing consumes."""

from __future__ import annotations

from collections.abc import Iterator

from step.check.subject import Subject
from step.diagnostic import Diagnostic
from step.program import Opaque

CODES = {
    "STEP-UNUSED": "Nothing consumes this stream, so hardware would have to drain it. Remove what makes it, or use it.",
}

_HALF_TYPED = frozenset({"STEP-SYNTAX", "STEP-ARITY", "STEP-NAME", "STEP-PARAM", "STEP-SUBSET"})


def run(subject: Subject) -> Iterator[Diagnostic]:
    """A warning for each, once the body returns: while it is typed every stream is unused for a moment."""
    operator = subject.operator
    if operator.is_hole or operator.body.returns is None or _is_half_typed(subject):
        return
    for value, uses in subject.program.uses.items():
        producer = subject.program.producers[value]
        opaque = producer is not None and isinstance(subject.program.nodes[producer].primitive, Opaque)
        if uses or opaque or value in operator.body.tolerant:
            continue
        what = "the input " if producer is None else ""
        yield Diagnostic(
            "STEP-UNUSED",
            f"nothing consumes {what}{subject.name_of(value)}: hardware would have to drain it",
            subject.made_at(value),
            "warning",
            node=producer,
        )


def _is_half_typed(subject: Subject) -> bool:
    """Whether a part could not be read, or an output is missing: it may be what consumes a stream."""
    found = (*subject.operator.problems, *subject.operator.body.problems)
    specification = subject.operator.specification
    missing = specification is not None and len(specification.outputs) > len(subject.program.outputs)
    return missing or any(one.code in _HALF_TYPED and one.severity == "error" for one in found)
