"""The declared outputs: how many, and of which types."""

from __future__ import annotations

from collections.abc import Iterator

from step.check.buffers import stream_advice
from step.check.shapes import shape_advice
from step.check.subject import Subject
from step.diagnostic import Diagnostic
from step.types import same_stream

CODES = {
    "STEP-OUTPUT": "What the body returns is not what `outputs` declares: another number of streams, or another type.",
}


def run(subject: Subject) -> Iterator[Diagnostic]:
    """One diagnostic for the count, or one for each output of another type."""
    operator = subject.operator
    body = operator.body
    if operator.is_hole or operator.specification is None or body.returns is None:
        return
    wanted = operator.specification.output_types
    found = subject.program.outputs
    if len(wanted) != len(found):
        if body.open_outputs:
            return
        noun = "output" if len(wanted) == 1 else "outputs"
        yield Diagnostic(
            "STEP-OUTPUT",
            f"{operator.name} declares {len(wanted)} {noun}; {len(found) or 'none'} returned",
            body.returns,
            needs=", ".join(str(one) for one in wanted),
            got=", ".join(str(subject.typing.types[one]) for one in found) or "nothing",
        )
        return
    for slot, (needs, value) in enumerate(zip(wanted, found, strict=True)):
        got = subject.typing.types[value]
        if not same_stream(needs, got):
            which = f"output {slot}" if len(wanted) > 1 else "the output"
            same = needs.element == got.element
            advice = shape_advice(needs.shape, got.shape) if same else stream_advice(needs, got)
            yield Diagnostic(
                "STEP-OUTPUT",
                f"{which} needs {needs}; got {got}{advice}",
                body.outputs[slot],
                related=(subject.origin(value),),
                needs=str(needs),
                got=str(got),
            )
