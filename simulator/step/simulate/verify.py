"""The functional check: runs a program on seeded data and compares it with the reference (1-language, section 6)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from step.diagnostic import NOWHERE, Diagnostic, Related, Span
from step.dims import Shape, SizeError
from step.primitives.base import Data
from step.program import Program
from step.simulate.branches import not_declared
from step.simulate.compare import Comparison, Difference, compare
from step.simulate.engine import execute
from step.simulate.errors import SimulationError
from step.simulate.functions import FunctionTable
from step.simulate.load import LoadedModule
from step.simulate.memory import show_bytes
from step.simulate.posing import check_declaration, declared_at, not_finite_note
from step.simulate.problem import Problem, check_repeats
from step.simulate.report import Mismatch, Report, Run, Status
from step.simulate.sizes import assignments, dims_that_divide
from step.simulate.subject import Subject, body_diagnostic, diagnostic_of, problems_of, subject_of
from step.simulate.workspace import Workspace
from step.source import OperatorSource

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

    def declaring(self, line: int) -> OperatorSource | None:
        """The source of the operator that did run, where several branches declare one of the name."""
        ran = (one for one in self.module_source.operators if one.name == self.operator and one.line + 1 == line)
        return next(ran, None)

    def run(self, seeds: Sequence[int], sizes: int, float32: bool) -> Report:
        subject: Subject | None = None
        try:
            base = self.load({}, seeds[0])
            if self.source is None:
                raise SimulationError("STEP-NAME", f"the module has no operator {self.operator}", span=NOWHERE)
            if self.operator not in base.operators:
                found = not_declared(self.source, self.text)
                return self.report("error" if found.severity == "error" else "skipped", (found,))
            self.source = self.declaring(base.operators[self.operator].line) or self.source
            if self.given is None and self.source.is_hole:
                return self.report("hole", self.declaration(base, seeds[0], sizes))
            read = self.subject(base, self.source)
            if isinstance(read, tuple):
                return self.report("error", read)
            subject = read
            return self.run_all(base, subject, seeds, sizes, float32)
        except SimulationError as error:
            return self.report("error", (declared_at(diagnostic_of(error, subject, self.name_span), self.source),))

    def declaration(self, base: LoadedModule, seed: int, sizes: int) -> tuple[Diagnostic, ...]:
        """What there is to say of a hole whose declaration can be met."""
        self.declared = {one.name: one.size for one in base.choice.declared.values() if not one.fixed}
        return check_declaration(
            base,
            base.operators[self.operator],
            sizes,
            self.memory,
            lambda assignment: self.problem(self.load(assignment, seed), seed),
            self.name_span,
        )

    def run_all(self, base: LoadedModule, subject: Subject, seeds: Sequence[int], sizes: int, float32: bool) -> Report:
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
                problem = self.problem(module, seed)
                comparison = self.compare(subject, problem)
                if comparison.difference is not None:
                    return self.differs(subject, module, problem, comparison.difference)
                if number == 0 and seed == seeds[0] and comparison.non_finite:
                    self.note_non_finite(comparison.non_finite)
        deviation = self.float32(subject, chosen[0], seeds[0]) if float32 else None
        return self.report("passed", float32_error=deviation)

    # steps

    def load(self, sizes: Mapping[str, int], seed: int, precision: str = "f64") -> LoadedModule:
        if sizes == self.declared:
            sizes = {}  # the module as it stands, which ran already
        return self.workspace.module(self.text, self.path, sizes, seed, precision)

    def problem(self, module: LoadedModule, seed: int) -> Problem:
        """The operator's inputs and expected outputs under a choice of sizes.

        Raises:
            SimulationError: ``STEP-BRANCH`` if the module declares it at other sizes only; as
                :func:`step.simulate.problem.pose`.
        """
        if self.operator not in module.operators:
            sizes = _show_sizes({name: size for name, size in module.sizes.items() if name in self.declared})
            raise SimulationError(
                "STEP-BRANCH",
                f"`{self.operator}` does not exist at {sizes}: a module declares the same operators at all sizes, so "
                "the branch that it stands in may not ask for a dimension's size",
                span=self.name_span,
            )
        return self.workspace.problem(module, self.operator, seed)

    def subject(self, base: LoadedModule, source: OperatorSource) -> Subject | tuple[Diagnostic, ...]:
        """The program with its types; diagnostics, if the body is no right program."""
        specification = base.operators[self.operator].specification
        if isinstance(self.given, Program):
            subject = subject_of(self.given, specification, None)
        else:
            written = self.workspace.body(base, source, self.given)
            errors = [one for one in written.problems if one.severity == "error"]
            if errors:
                return tuple(body_diagnostic(one, written, self.name_span) for one in errors)
            known = self.workspace.subjects.get(id(written))
            if known is not None and known.written is written:
                return known
            subject = subject_of(written.body.program, specification, written)
        if subject.program.inputs != len(specification.inputs):
            raise SimulationError(
                "STEP-ARITY",
                f"{self.operator} declares {len(specification.inputs)} inputs; its body takes {subject.program.inputs}",
            )
        problems = problems_of(subject, specification)
        if problems:
            return tuple(diagnostic_of(one, subject, self.name_span) for one in problems)
        if subject.written is not None:
            self.workspace.subjects.put(id(subject.written), subject)
        return subject

    def check_memory(self, base: LoadedModule, subject: Subject, assignment: Mapping[str, int]) -> None:
        sizes = {**base.sizes, **assignment}
        operator = base.operators[self.operator]
        try:
            need = subject.need(sizes, operator.specification)
        except SizeError as error:
            raise SimulationError("STEP-SIZE", f"{self.operator}: {error}") from error
        if need.peak > self.memory:
            stream = subject.typing.types[need.largest_value]
            name = subject.stream_name(need.largest_value)
            raise SimulationError(
                "STEP-MEMORY",
                f"this check would need {show_bytes(need.peak)} of memory, and the limit is {show_bytes(self.memory)}: "
                f"the stream {name} ({stream}) alone takes {show_bytes(need.largest)} at "
                f"{_show_sizes(assignment)}; declare smaller sizes",
                node=subject.program.producers[need.largest_value],
            )

    def compare(self, subject: Subject, problem: Problem) -> Comparison:
        started = time.perf_counter()
        comparison = compare(problem.expected, self.outputs(subject, problem, problem.functions))
        if comparison.difference is not None and problem.functions.suspect:
            # A batched result that a sample contradicted had been used before: only the loop is certain.
            comparison = compare(problem.expected, self.outputs(subject, problem, problem.functions.without_batching()))
        seconds = time.perf_counter() - started
        self.runs.append(
            Run(dict(problem.sizes), problem.seed, seconds, comparison.max_abs_error, comparison.max_rel_error)
        )
        return comparison

    def outputs(self, subject: Subject, problem: Problem, functions: FunctionTable) -> tuple[Data, ...]:
        return execute(subject.program, problem.inputs, functions, typing=subject.typing, plan=subject.plan).outputs

    def float32(self, subject: Subject, assignment: Mapping[str, int], seed: int) -> float | None:
        """The largest deviation of the program in float32, relative to the largest expected value; None where it
        cannot run in float32."""
        try:
            module = self.load(assignment, seed)
            exact = self.problem(module, seed)
            single = self.load(assignment, seed, "f32")
            problem = self.problem(single, seed)
            outputs = self.outputs(subject, problem, problem.functions)
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

    def differs(self, subject: Subject, module: LoadedModule, problem: Problem, difference: Difference) -> Report:
        check_repeats(module, module.operators[self.operator], problem)
        spec = problem.specification.outputs[difference.output]
        dims: Shape = spec.type.element.leaves[difference.field].dims + spec.shape
        stream: str | None = None
        node: int | None = None
        related: tuple[Related, ...] = ()
        found = self.first_non_finite(subject, problem)
        if found is not None:
            stream, node = subject.stream_name(found), subject.program.producers[found]
            related = subject.related(node, f"{stream} is the first stream with a value that is not finite")
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
        if self.runs[0].sizes != self.runs[-1].sizes:
            message += (
                f"; with {_show_sizes(self.runs[0].sizes)} it is right: "
                "a number in a function may stand for a dimension (write D.size)"
            )
        diagnostic = Diagnostic("STEP-VALUE", message, self.name_span, "error", related)
        return self.report("failed", (diagnostic,), mismatch)

    def first_non_finite(self, subject: Subject, problem: Problem) -> int | None:
        """The first stream that holds NaN or infinity, if there is one, and enough memory to look."""
        need = subject.need(problem.sizes, problem.specification, watch=True)
        if need.peak > self.memory:
            return None
        found = execute(
            subject.program,
            problem.inputs,
            problem.functions,
            typing=subject.typing,
            plan=subject.plan,
            watch=True,
        )
        return found.non_finite

    def note_non_finite(self, count: int) -> None:
        self.notes.append(not_finite_note(count, self.name_span))


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
