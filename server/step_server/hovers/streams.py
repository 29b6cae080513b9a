"""Hover on a stream: its type in both orders, who makes it and who consumes it."""

from __future__ import annotations

from step.check import OperatorCheck
from step.diagnostic import Span
from step.program import Value

from step_server import describe
from step_server.hovers import Hovered
from step_server.locate import Place, used_at
from step_server.server import StepServer

ORDER = 30
MANY = 8


def hover(place: Place, server: StepServer) -> Hovered | None:
    """The stream, or the list of streams, whose name is at the place."""
    check, found = place.check, place.occurrence
    if check is None or found is None or found.kind not in ("stream", "list") or not found.values:
        return None
    if len(found.values) == 1 and found.kind == "stream":
        text = one_stream(place, check, found.name, found.values[0])
    else:
        text = many_streams(check, found.name, found.values)
    return Hovered(text, place.in_file(found.span))


def one_stream(place: Place, check: OperatorCheck, name: str, value: Value) -> str:
    """A stream's type, producer and consumers."""
    kind = check.typing.types[value]
    lines = [f"**stream** `{name}`: `{describe.stream_type(kind)}`", ""]
    if kind.shape is not None:
        lines += [f"- rank {kind.rank}, array `{describe.array_shape(kind)}` outermost first"]
    lines += [f"- {producer(place, check, value)}", f"- {consumers(place, check, value)}"]
    return "\n".join(lines)


def producer(place: Place, check: OperatorCheck, value: Value) -> str:
    """Who makes a stream."""
    program = check.operator.body.program
    maker = program.producers[value]
    if maker is None:
        return (
            f"input {value} of `{check.operator.name}`"
            if program.inputs > 1
            else f"the input of `{check.operator.name}`"
        )
    source = check.operator.body.nodes[maker]
    return f"made by `{program.nodes[maker].primitive!r}`, {link(place, place.in_file(source.primitive))}"


def consumers(place: Place, check: OperatorCheck, value: Value) -> str:
    """Who consumes a stream; more than one is a mistake."""
    program = check.operator.body.program
    uses = program.uses[value]
    if not uses:
        return "consumed by nothing yet"
    names = []
    for use in uses[:MANY]:
        what = "an output" if use.node is None else f"`{program.nodes[use.node].primitive!r}`"
        names.append(f"{what}, {link(place, place.in_file(used_at(check, use)))}")
    text = "consumed by " + "; and by ".join(names)
    return text + (" — a stream can be consumed once only" if len(uses) > 1 else "")


def many_streams(check: OperatorCheck, name: str, values: tuple[Value, ...]) -> str:
    """A list of streams."""
    lines = [f"**{len(values)} streams** `{name}`", ""]
    lines += [
        f"{index}. `{describe.stream_type(check.typing.types[value])}`" for index, value in enumerate(values[:MANY])
    ]
    return "\n".join(lines + (["…"] if len(values) > MANY else []))


def link(place: Place, span: Span) -> str:
    """A line of the document that a click goes to."""
    return f"[line {span.line + 1}]({place.snapshot.uri}#L{span.line + 1})"
