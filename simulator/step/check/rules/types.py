"""The primitives' type rules: element types, shapes, ranks, functions."""

from __future__ import annotations

from collections.abc import Iterator

from step.check.buffers import element_advice
from step.check.shapes import shape_advice
from step.check.subject import Subject
from step.diagnostic import Diagnostic, Span
from step.infer import Violation

CODES = {
    "STEP-TYPE": "The elements of a stream are not what the function or the primitive takes. There is no conversion: "
    "Bufferize and Streamify change between elements and buffers, Zip makes tuples.",
    "STEP-SHAPE": "Shapes that must be equal are not. There is no broadcasting between streams: Repeat, Promote and "
    "Flatten bring a stream to the shape that is needed.",
    "STEP-RANK": "A parameter counts dimensions that the stream does not have. A rank-0 stream is folded or bufferized "
    "whole after Promote(b=1).",
    "STEP-FN": "A map stands where a fold is needed, or a fold where a map is. A fold is declared with init=….",
}


def run(subject: Subject) -> Iterator[Diagnostic]:
    """One diagnostic a violated rule, at the argument that is at fault."""
    if subject.operator.is_hole:
        return
    for one in subject.typing.violations:
        node = subject.program.nodes[one.node]
        slot = one.violation.operand
        related = tuple(
            dict.fromkeys(
                subject.origin(operand)
                for index, operand in enumerate(node.operands)
                if slot is None or index == slot or len(node.operands) <= 2
            )
        )[:4]
        yield Diagnostic(
            one.violation.code,
            one.violation.message + _advice(subject, one),
            place(subject, one),
            related=related,
            needs=one.violation.needs,
            got=one.violation.got,
            node=one.node,
        )


def _advice(subject: Subject, found: Violation) -> str:
    operands = subject.program.nodes[found.node].operands
    slot = found.violation.operand
    function = subject.program.nodes[found.node].primitive.function
    if found.violation.code == "STEP-TYPE" and function is not None and len(operands) == 1:
        return element_advice(function.element, subject.typing.types[operands[0]])
    needs_same = subject.program.nodes[found.node].primitive.name in ("Map", "Zip")  # others relate shapes otherwise
    if found.violation.code != "STEP-SHAPE" or not needs_same or slot is None or not 0 < slot < len(operands):
        return ""
    first, other = (subject.typing.types[one] for one in (operands[0], operands[slot]))
    return shape_advice(first.shape, other.shape)


def place(subject: Subject, found: Violation) -> Span:
    """The range of the argument that is at fault."""
    source = subject.operator.body.nodes[found.node]
    violation = found.violation
    if violation.parameter is not None:
        return source.parameters.get(violation.parameter, source.primitive)
    if violation.operand is not None and violation.operand < len(source.operands):
        return source.operands[violation.operand]
    return source.primitive
