"""The program under check: its types, where it was written, and what can be said of it before it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from step.diagnostic import Diagnostic, Related, Span
from step.function import Function
from step.infer import Typing, infer
from step.program import Program, Specification
from step.simulate.engine import Plan, execution_memory, plan_of
from step.simulate.errors import SimulationError
from step.simulate.memory import Need
from step.simulate.written import Written
from step.types import StreamType, same_stream


@dataclass(frozen=True)
class Subject:
    """A program with its types. ``written`` is where it comes from, if it was text; ``name_span`` is the operator's
    name in the file."""

    program: Program
    typing: Typing
    plan: Plan
    written: Written | None
    needs: dict[object, Need] = field(default_factory=dict, compare=False)

    def need(self, sizes: Mapping[str, int], specification: Specification, *, watch: bool = False) -> Need:
        """The memory of a run, remembered.

        Raises:
            SizeError: a dimension has no whole size here.
        """
        key = (tuple(sizes.items()), watch)
        known = self.needs.get(key)
        if known is None:
            types = self.typing.types
            known = execution_memory(self.program, types, sizes, "f64", specification, watch=watch)
            self.needs[key] = known
        return known

    def applying(self, node: int | None, function: str | None) -> int | None:
        """The node that applies a function, where another one was running: a map is computed in the fold it feeds."""
        waiting = [node] if node is not None and function is not None else []
        for index in waiting:
            primitive = self.program.nodes[index].primitive
            values = (getattr(primitive, one.name) for one in primitive.parameters())
            if any(isinstance(one, Function) and one.name == function for one in values):
                return index
            made_by = (self.program.producers[one] for one in self.program.nodes[index].operands)
            waiting += [one for one in made_by if one is not None and one not in waiting]
        return node

    def node_span(self, node: int | None) -> Span | None:
        """Where a node is written in the file; None for a program that is not in it."""
        if self.written is None or self.written.line is None or node is None:
            return None
        return self.written.body.nodes[node].span.shift(self.written.line)

    def related(self, node: int | None, message: str) -> tuple[Related, ...]:
        """A place that explains a diagnostic: where a node is written, if that is known."""
        span = self.node_span(node)
        return (Related(span, message),) if span is not None else ()

    def stream_name(self, value: int) -> str:
        """A stream as people call it: its name, or what makes it."""
        return stream_name(self.program, value)


def subject_of(program: Program, specification: Specification, written: Written | None) -> Subject:
    """A program with its types and its plan."""
    return Subject(program, infer(program, specification.input_types), plan_of(program), written)


def problems_of(subject: Subject, specification: Specification) -> tuple[SimulationError, ...]:
    """Why a program is not one that can be checked: its types, its outputs, streams that are consumed twice."""
    return (*_type_problems(subject, specification.output_types), *_affine_problems(subject.program))


def diagnostic_of(error: SimulationError, subject: Subject | None, name_span: Span) -> Diagnostic:
    """An error at its place: its own, or where its node is written, or the operator's name."""
    node_span = subject.node_span(subject.applying(error.node, error.function)) if subject is not None else None
    if error.span is None:
        return Diagnostic(error.code, error.message, node_span or name_span, "error", node=error.node)
    related: tuple[Related, ...] = ()
    if node_span is not None and error.function is not None:
        related = (Related(node_span, f"{error.function} is applied here"),)
    return Diagnostic(error.code, error.message, error.span, "error", related, node=error.node)


def body_diagnostic(one: Diagnostic, written: Written, name_span: Span) -> Diagnostic:
    """A diagnostic of a body in the file's lines; of a body that is not in the file, at the operator's name."""
    if written.line is not None:
        return one.shift(written.line)
    message = f"line {one.span.line + 1} of the body: {one.message}"
    return Diagnostic(one.code, message, name_span, one.severity, (), one.needs, one.got, one.node)


def stream_name(program: Program, value: int) -> str:
    """A stream as people call it: its name, or what makes it."""
    name = program.name_of(value)
    if name is not None:
        return f"`{name}`"
    producer = program.producers[value]
    if producer is None:
        return f"input {value}"
    return f"of {program.nodes[producer].primitive!r}"


def _type_problems(subject: Subject, outputs: Sequence[StreamType]) -> list[SimulationError]:
    program, typing = subject.program, subject.typing
    found = [SimulationError(one.violation.code, one.violation.message, node=one.node) for one in typing.violations]
    if found:
        return found
    if len(program.outputs) != len(outputs):
        message = f"{len(outputs)} outputs are declared; the body returns {len(program.outputs)}"
        return [SimulationError("STEP-OUTPUT", message)]
    for number, (value, declared) in enumerate(zip(program.outputs, outputs, strict=True)):
        got = typing.types[value]
        if not got.is_known:
            found.append(SimulationError("STEP-OUTPUT", f"the type of output {number} cannot be known: {got}"))
        elif not same_stream(got, declared):
            named = "the output" if len(outputs) == 1 else f"output {number}"
            message = f"{named} needs {declared}; got {got}"
            found.append(SimulationError("STEP-OUTPUT", message, node=program.producers[value]))
    return found


def _affine_problems(program: Program) -> list[SimulationError]:
    found = []
    for value, uses in program.uses.items():
        if len(uses) > 1:
            message = (
                f"the stream {stream_name(program, value)} is consumed {len(uses)} times; "
                "a stream is consumed once: use Copy"
            )
            found.append(SimulationError("STEP-AFFINE", message, node=uses[1].node))
    return found
