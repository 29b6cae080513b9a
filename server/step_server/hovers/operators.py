"""Hover on an operator's name or on a hole: what is asked, and what the last check said."""

from __future__ import annotations

from step.check import OperatorCheck

from step_server import describe
from step_server.hovers import Hovered
from step_server.locate import Place
from step_server.server import StepServer
from step_server.statuses import Status

ORDER = 10


def hover(place: Place, server: StepServer) -> Hovered | None:
    """The operator whose name, or whose hole, is at the place."""
    check = place.check
    if check is None:
        return None
    operator = check.operator
    on_hole = operator.is_hole and operator.body_span.contains(*place.local)
    if not on_hole and not place.is_on_name:
        return None
    span = operator.body_span if on_hole else operator.name_span
    text = specification(check)
    status = server.statuses.get(place.snapshot.uri, operator.name)
    return Hovered(f"{text}\n\n{verdict(check, status)}", place.in_file(span))


def specification(check: OperatorCheck) -> str:
    """What is asked of an operator: its streams, its reference, its docstring."""
    operator = check.operator
    kind = "hole" if operator.is_hole else "operator"
    lines = [f"**{kind}** `{operator.name}`", ""]
    if operator.specification is None:
        lines.append("Its declaration cannot be read.")
    else:
        for name, spec in operator.specification.inputs:
            lines.append(f"- takes `{name}`: `{spec.type}`")
        lines += [f"- gives `{spec.type}`" for spec in operator.specification.outputs]
    if operator.reference:
        lines += ["", f"equal to its reference `{operator.reference}`"]
    if operator.docstring:
        lines += ["", describe.markdown(operator.docstring)]
    return "\n".join(lines)


def verdict(check: OperatorCheck, status: Status) -> str:
    """What is known of an operator: of a hole how to fill it, otherwise its length and the last verdict."""
    if check.operator.is_hole:
        if status.state in ("error", "timeout", "skipped") and status.text == check.operator.text:
            return f"**{status.state}**: {status.message or ''}"
        return "It has no body yet. *Synthesize* writes one that is verified against the reference."
    length = check.operator.body.program.length
    text = f"{length} primitive{'' if length == 1 else 's'}, Copy apart"
    match status.state:
        case "passed":
            text += " · equal to its reference"
            text += f" (checked in {status.seconds:.2f} s)" if status.seconds is not None else ""
        case "failed" | "error" | "timeout":
            text += f" · **{status.state}**: {status.message or ''}"
        case "stale":
            text += " · changed since it was checked"
        case _:
            pass
    return text + "."
