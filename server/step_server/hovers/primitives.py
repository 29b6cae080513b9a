"""Hover on a primitive: its rule, with this call's types filled in."""

from __future__ import annotations

from step.check import OperatorCheck
from step.primitives import Primitive

from step_server import describe
from step_server.hovers import Hovered
from step_server.locate import Place, is_primitive, stream_name
from step_server.server import StepServer

ORDER = 20
MANY = 6


def hover(place: Place, server: StepServer) -> Hovered | None:
    """The primitive at the place: in a call with its types, otherwise its rule alone."""
    check, nodes = place.check, place.nodes
    if check is not None and nodes:
        primitive = check.operator.body.program.nodes[nodes[0]].primitive
        span = check.operator.body.nodes[nodes[0]].primitive
        return Hovered(call(check, nodes) + "\n\n---\n\n" + reference(type(primitive)), place.in_file(span))
    found = place.occurrence
    if found is not None and is_primitive(found.meaning):
        assert isinstance(found.meaning, type)
        return Hovered(reference(found.meaning), place.in_file(found.span))
    return None


def call(check: OperatorCheck, nodes: tuple[int, ...]) -> str:
    """This call: parameters, and the type of each operand and result."""
    program = check.operator.body.program
    index = nodes[0]
    node = program.nodes[index]
    lines = [describe.code(f"step.{node.primitive!r}"), ""]
    for slot, operand in enumerate(node.operands[:MANY]):
        lines.append(f"- takes `{_label(check, operand, slot)}`: `{check.typing.types[operand]}`")
    results = program.results_of(index)
    for number, value in enumerate(results[:MANY]):
        lines.append(f"- gives `{_label(check, value, number)}`: `{check.typing.types[value]}`")
    if len(results) > MANY or len(node.operands) > MANY:
        lines.append("- …")
    if len(nodes) > 1:
        lines.append(f"\nThe first of {len(nodes)}: one for each item of the comprehension.")
    for one in check.typing.violations:
        if one.node == index:
            lines.append(f"\n**{one.violation.code}** {one.violation.message}")
    return "\n".join(lines)


def _label(check: OperatorCheck, value: int, number: int) -> str:
    return check.operator.body.program.name_of(value) or stream_name(check, value)


def reference(primitive: type[Primitive]) -> str:
    """The primitive's rule, meaning, parameters and example: from its docstring, the one source."""
    lines = [f"**{primitive.__name__}** — `{primitive.rule}`", "", describe.docstring(primitive)]
    parameters = primitive.parameters()
    if parameters:
        lines += ["", *(f"- `{one.name}`: {one.metadata['text']}" for one in parameters)]
    if primitive.aliases:
        lines += ["", "Also spelled " + ", ".join(f"`{one}`" for one in primitive.aliases) + "."]
    if primitive.example:
        lines += ["", describe.code(primitive.example)]
    return "\n".join(lines)
