"""The functional check: runs a program on seeded data and compares it with the reference (1-language, section 6)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from step.diagnostic import NOWHERE, Diagnostic, Related, Span
from step.dims import Shape, SizeError
from step.infer import Typing, infer
from step.program import Program
from step.simulate.compare import Comparison, Difference, compare
from step.simulate.engine import execute, execution_memory
from step.simulate.errors import SimulationError
from step.simulate.load import LoadedModule
from step.simulate.memory import show_bytes
from step.simulate.problem import Problem
from step.simulate.report import Mismatch, Report, Run, Status
from step.simulate.sizes import assignments, dims_that_divide
from step.simulate.workspace import Workspace, Written
from step.source import OperatorSource
from step.types import StreamType, same_stream

SEEDS = (0, 1)
ASSIGNMENTS = 2
MEMORY_MIB = 4096

Progress = Callable[[dict[str, Any]], None]

_workspace = Workspace()


def verify(
    text: str,
    path: str,
    operator: str,
    body: str | Program | None = None,
    *,
    seeds: Sequence[int] = SEEDS,
    sizes: int = ASSIGNMENTS,
    float32: bool = True,
    memory_mib: int = MEMORY_MIB,
    workspace: Workspace | None = None,
    progress: Progress | None = None,
) -> Report:
    """Checks one operator of a module against its reference, on every seed with every choice of sizes.

    Runs the user's module: only a child process may call this.

    Args:
        text: the module's text, as it stands in the editor.
        path: its file's path; relative imports and messages depend on it.
        operator: the operator's name.
        body: another body, as text or as a program; None checks the one in the text.
        seeds: seeds of all random data.
        sizes: how many choices of sizes; the first is the declared one.
        float32: also run in float32, for information.
        memory_mib: a check that would need more memory is refused, with ``STEP-MEMORY``.
        workspace: what to remember modules and references in.
        progress: told before every run.

    Returns:
        The verdict; whatever goes wrong in the user's code is in it. Never raises, except MemoryError.
    """
    started = time.perf_counter()
    check = _Check(workspace or _workspace, text, path, operator, body, memory_mib << 20, progress)
    report = check.run(seeds, sizes, float32)
    return replace(report, seconds=time.perf_counter() - started)


@dataclass(frozen=True)
class _Subject:
    """The program under check, with its types; ``written`` is where it comes from, if it was text."""

    program: Program
    typing: Typing
    written: Written | None


class _Check:
    def __init__(
        self,
        workspace: Workspace,
        text: str,
        path: str,
        operator: str,
        body: str | Program | None,
        memory: int,
        progress: Progress | None,
    ) -> None:
        self.workspace, self.path, self.operator, self.given = workspace, path, operator, body
        self.memory, self.progress = memory, progress
        self.module_source, self.text = workspace.source(text, path)
        self.source: OperatorSource | None = self.module_source.operator(operator)
        self.runs: list[Run] = []
        self.notes: list[Diagnostic] = []
        self.declared: Mapping[str, int] = {}

    @property
    def name_span(self) -> Span:
        return self.source.name_span.shift(self.source.line) if self.source else NOWHERE

    def run(self, seeds: Sequence[int], sizes: int, float32: bool) -> Report:
        subject: _Subject | None = None
        try:
            base = self.load({}, seeds[0])
            if self.operator not in base.operators or self.source is None:
                raise SimulationError("STEP-NAME", f"the module has no operator {self.operator}", span=NOWHERE)
            if self.given is None and self.source.is_hole:
                return self.report("hole")
            read = self.subject(base, self.source)
            if isinstance(read, tuple):
                return self.report("error", read)
            subject = read
            return self.run_all(base, subject, seeds, sizes, float32)
        except SimulationError as error:
            return self.report("error", (self.explain(error, subject),))

    def run_all(self, base: LoadedModule, subject: _Subject, seeds: Sequence[int], sizes: int, float32: bool) -> Report:
        specification = base.operators[self.operator].specification
        whole = dims_that_divide((*subject.typing.types, *specification.output_types))
        self.declared = {one.name: one.size for one in base.choice.declared.values() if not one.fixed}
        chosen = assignments(base.choice.declared, sizes, whole)
        for assignment in chosen:
            self.check_memory(base, subject, assignment)
        for number, assignment in enumerate(chosen):
            for seed in seeds:
                if self.progress is not None:
                    self.progress({"run": len(self.runs), "of": len(chosen) * len(seeds), "sizes": assignment})
                module = self.load(assignment, seed)
                problem = self.workspace.problem(module, self.operator, seed)
                comparison = self.compare(subject, problem)
                if comparison.difference is not None:
                    return self.differs(subject, problem, comparison.difference)
                if number == 0 and seed == seeds[0] and comparison.non_finite:
                    self.note_non_finite(comparison.non_finite)
        deviation = self.float32(subject, chosen[0], seeds[0]) if float32 else None
        return self.report("passed", float32_error=deviation)

    # steps

    def load(self, sizes: Mapping[str, int], seed: int, precision: str = "f64") -> LoadedModule:
        if sizes == self.declared:
            sizes = {}  # the module as it stands, which ran already
        return self.workspace.module(self.text, self.path, sizes, seed, precision)

    def subject(self, base: LoadedModule, source: OperatorSource) -> _Subject | tuple[Diagnostic, ...]:
        """The program with its types; diagnostics, if the body is no right program."""
        specification = base.operators[self.operator].specification
        written: Written | None = None
        if isinstance(self.given, Program):
            program = self.given
        else:
            written = self.workspace.body(base, source, self.given)
            program = written.body.program
            errors = tuple(one for one in written.problems if one.severity == "error")
            if errors:
                return tuple(self.in_file(one, written) for one in errors)
        if program.inputs != len(specification.inputs):
            raise SimulationError(
                "STEP-ARITY",
                f"{self.operator} declares {len(specification.inputs)} inputs; its body takes {program.inputs}",
            )
        typing = infer(program, specification.input_types)
        subject = _Subject(program, typing, written)
        problems = (*_type_problems(program, typing, specification.output_types), *_affine_problems(program))
        if problems:
            return tuple(self.explain(one, subject) for one in problems)
        return subject

    def check_memory(self, base: LoadedModule, subject: _Subject, assignment: Mapping[str, int]) -> None:
        sizes = {**base.sizes, **assignment}
        operator = base.operators[self.operator]
        try:
            need = execution_memory(subject.program, subject.typing.types, sizes, "f64", operator.specification)
        except SizeError as error:
            raise SimulationError("STEP-SIZE", f"{self.operator}: {error}") from error
        if need.peak > self.memory:
            stream = subject.typing.types[need.largest_value]
            name = _stream_name(subject.program, need.largest_value)
            raise SimulationError(
                "STEP-MEMORY",
                f"this check would need {show_bytes(need.peak)} of memory, and the limit is {show_bytes(self.memory)}: "
                f"the stream {name} ({stream}) alone takes {show_bytes(need.largest)} at "
                f"{_show_sizes(assignment)}; declare smaller sizes",
                node=subject.program.producers[need.largest_value],
            )

    def compare(self, subject: _Subject, problem: Problem) -> Comparison:
        started = time.perf_counter()
        execution = execute(subject.program, problem.inputs, problem.functions, typing=subject.typing)
        comparison = compare(problem.expected, execution.outputs)
        if comparison.difference is not None and problem.functions.suspect:
            # A batched result that a sample contradicted had been used before: only the loop is certain.
            execution = execute(
                subject.program, problem.inputs, problem.functions.without_batching(), typing=subject.typing
            )
            comparison = compare(problem.expected, execution.outputs)
        seconds = time.perf_counter() - started
        self.runs.append(
            Run(dict(problem.sizes), problem.seed, seconds, comparison.max_abs_error, comparison.max_rel_error)
        )
        return comparison

    def float32(self, subject: _Subject, assignment: Mapping[str, int], seed: int) -> float | None:
        """The largest deviation of the program in float32, relative to the largest expected value; None where it
        cannot run in float32."""
        try:
            module = self.load(assignment, seed)
            exact = self.workspace.problem(module, self.operator, seed)
            single = self.load(assignment, seed, "f32")
            problem = self.workspace.problem(single, self.operator, seed)
            outputs = execute(subject.program, problem.inputs, problem.functions, typing=subject.typing).outputs
        except SimulationError:
            return None
        comparison = compare(exact.expected, outputs)
        return comparison.max_abs_error / comparison.scale if comparison.scale else comparison.max_abs_error

    # results

    def report(
        self,
        status: Status,
        diagnostics: tuple[Diagnostic, ...] = (),
        mismatch: Mismatch | None = None,
        float32_error: float | None = None,
    ) -> Report:
        return Report(
            self.path,
            self.operator,
            status,
            (*diagnostics, *self.notes),
            tuple(self.runs),
            mismatch,
            float32_error,
            name_span=self.name_span,
        )

    def differs(self, subject: _Subject, problem: Problem, difference: Difference) -> Report:
        spec = problem.specification.outputs[difference.output]
        dims: Shape = spec.type.element.leaves[difference.field].dims + spec.shape
        stream: str | None = None
        node: int | None = None
        related: tuple[Related, ...] = ()
        found = self.first_non_finite(subject, problem)
        if found is not None:
            stream, node = _stream_name(subject.program, found), subject.program.producers[found]
            related = self.related(subject, node, f"{stream} is the first stream with a value that is not finite")
        mismatch = Mismatch(
            difference.output,
            difference.field,
            difference.index,
            difference.index[::-1],
            tuple(map(str, dims)),
            difference.expected,
            difference.actual,
            difference.wrong,
            difference.total,
            stream,
            node,
        )
        message = _describe(mismatch, len(problem.specification.outputs), self.runs[-1])
        diagnostic = Diagnostic("STEP-VALUE", message, self.name_span, "error", related)
        return self.report("failed", (diagnostic,), mismatch)

    def first_non_finite(self, subject: _Subject, problem: Problem) -> int | None:
        """The first stream that holds NaN or infinity, if there is one, and enough memory to look."""
        need = execution_memory(
            subject.program, subject.typing.types, problem.sizes, "f64", problem.specification, watch=True
        )
        if need.peak > self.memory:
            return None
        return execute(subject.program, problem.inputs, problem.functions, typing=subject.typing, watch=True).non_finite

    def note_non_finite(self, count: int) -> None:
        self.notes.append(
            Diagnostic(
                "STEP-FINITE",
                f"the reference itself gives {count} values that are not finite, which compare as equal: "
                "choose other data (step.stream(…, data=…, scale=…))",
                self.name_span,
                "warning",
            )
        )

    # places

    def explain(self, error: SimulationError, subject: _Subject | None) -> Diagnostic:
        """An error as a diagnostic at its place: its own, or where its node is written, or the operator's name."""
        node_span = self.node_span(subject, error.node)
        related: tuple[Related, ...] = ()
        if error.span is not None:
            if node_span is not None and error.function is not None:
                related = (Related(node_span, f"{error.function} is applied here"),)
            return Diagnostic(error.code, error.message, error.span, "error", related, node=error.node)
        return Diagnostic(error.code, error.message, node_span or self.name_span, "error", node=error.node)

    def node_span(self, subject: _Subject | None, node: int | None) -> Span | None:
        if subject is None or subject.written is None or subject.written.line is None or node is None:
            return None
        return subject.written.body.nodes[node].span.shift(subject.written.line)

    def related(self, subject: _Subject, node: int | None, message: str) -> tuple[Related, ...]:
        span = self.node_span(subject, node)
        return (Related(span, message),) if span is not None else ()

    def in_file(self, one: Diagnostic, written: Written) -> Diagnostic:
        """A diagnostic of a body in the file's lines; of a body that is not in the file, at the operator's name."""
        if written.line is not None:
            return one.shift(written.line)
        message = f"line {one.span.line + 1} of the body: {one.message}"
        return Diagnostic(one.code, message, self.name_span, one.severity, (), one.needs, one.got, one.node)


def _type_problems(program: Program, typing: Typing, outputs: Sequence[StreamType]) -> list[SimulationError]:
    found = [SimulationError(one.violation.code, one.violation.message, node=one.node) for one in typing.violations]
    if found:
        return found
    if len(program.outputs) != len(outputs):
        return [
            SimulationError(
                "STEP-OUTPUT", f"{len(outputs)} outputs are declared; the body returns {len(program.outputs)}"
            )
        ]
    for number, (value, declared) in enumerate(zip(program.outputs, outputs, strict=True)):
        got = typing.types[value]
        if not got.is_known:
            found.append(SimulationError("STEP-OUTPUT", f"the type of output {number} cannot be known: {got}"))
        elif not same_stream(got, declared):
            named = "the output" if len(outputs) == 1 else f"output {number}"
            found.append(
                SimulationError("STEP-OUTPUT", f"{named} needs {declared}; got {got}", node=program.producers[value])
            )
    return found


def _affine_problems(program: Program) -> list[SimulationError]:
    found = []
    for value, uses in program.uses.items():
        if len(uses) > 1:
            name = _stream_name(program, value)
            found.append(
                SimulationError(
                    "STEP-AFFINE",
                    f"the stream {name} is consumed {len(uses)} times; a stream is consumed once: use Copy",
                    node=uses[1].node,
                )
            )
    return found


def _stream_name(program: Program, value: int) -> str:
    name = program.name_of(value)
    if name is not None:
        return f"`{name}`"
    producer = program.producers[value]
    if producer is None:
        return f"input {value}"
    primitive = program.nodes[producer].primitive
    return f"of {primitive!r}"


def _show_sizes(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{name}={size}" for name, size in sizes.items()) or "these sizes"


def _describe(mismatch: Mismatch, outputs: int, run: Run) -> str:
    what = "the output" if outputs == 1 else f"output {mismatch.output}"
    if mismatch.field:
        what = f"field {mismatch.field} of {what}"
    largest = f", largest error {run.max_abs_error:.3g}" if run.max_abs_error else ""
    dims, index = ", ".join(mismatch.dims), ", ".join(map(str, mismatch.step_index))
    text = (
        f"{what} differs from the reference at [{index}] of [{dims}]: expected {mismatch.expected:.9g}, "
        f"got {mismatch.actual:.9g} ({mismatch.wrong} of {mismatch.total} values differ{largest}; "
        f"sizes {_show_sizes(run.sizes)}, seed {run.seed})"
    )
    if mismatch.stream is not None:
        text += f"; the first stream with a value that is not finite is {mismatch.stream}"
    return text
