"""Checks of whole files for the command line: static first, then functional in children, several at a time."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from step.check import OperatorCheck, check
from step.check.echoes import without_echoes
from step.diagnostic import NOWHERE, Diagnostic
from step.source import Module, read
from step.source.split import split_lines

from step_server.cli.files import Source
from step_server.cli.show import shown
from step_server.cli.words import one_of

MOST_CHILDREN = 4


@dataclass(frozen=True)
class Verdict:
    """What is known of one operator; ``operator`` is None for what belongs to no operator of the file. ``status`` is
    passed, failed, error, timeout, hole or skipped (the branch that it stands in did not run)."""

    file: Path
    operator: str | None
    status: str
    seconds: float = 0.0
    max_abs_error: float | None = None
    float32_error: float | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def is_problem(self) -> bool:
        """Whether it makes the command fail. A hole does not: it is a task, not a mistake; nor what was skipped, with
        a warning."""
        return self.status not in ("passed", "hole", "skipped")

    def to_json(self) -> dict[str, Any]:
        """The verdict as ``check --json`` prints it. Lines and characters count from 0."""
        error = self.max_abs_error
        return {
            "file": str(self.file),
            "operator": self.operator,
            "status": self.status,
            "seconds": round(self.seconds, 6),
            "max_abs_error": error if error is not None and math.isfinite(error) else None,
            "diagnostics": [diagnostic_json(one) for one in self.diagnostics],
        }


@dataclass(frozen=True)
class Checked:
    """A file with what its operators came to."""

    source: Source
    lines: tuple[str, ...]
    module: Module | None
    verdicts: tuple[Verdict, ...]


Done = Callable[[Checked], None]


def diagnostic_json(one: Diagnostic) -> dict[str, Any]:
    """A diagnostic as JSON values."""
    return {
        "code": one.code,
        "message": one.message,
        "severity": one.severity,
        "range": {
            "start": {"line": one.span.line, "character": one.span.column},
            "end": {"line": one.span.end_line, "character": one.span.end_column},
        },
    }


def static(source: Source) -> tuple[Checked, tuple[OperatorCheck, ...]]:
    """The static check of a file, and the operators that a functional check could say more about.

    Raises:
        UsageProblem: the file has no operator of a name that is meant.
    """
    if source.problem is not None:
        found = Diagnostic("STEP-FILE", source.problem, NOWHERE)
        return Checked(source, (), None, (Verdict(source.path, None, "error", diagnostics=(found,)),)), ()
    module = read(source.text, str(source.path))
    lines = tuple(split_lines(source.text))
    if not module.imports_step and not (source.named and module.problems):
        return Checked(source, lines, module, ()), ()
    verdicts: list[Verdict] = []
    if module.problems:
        bad = any(one.severity == "error" for one in module.problems)
        status = "error" if bad else "passed"
        verdicts.append(Verdict(source.path, None, status, diagnostics=module.problems))
    runnable: list[OperatorCheck] = []
    names = [one.name for one in module.operators]
    for name in source.only:
        one_of("operator", name, names, f" in {shown(source.path)}")
    for one in check(module):
        if source.only and one.operator.name not in source.only:
            continue
        wrong = any(found.severity == "error" for found in one.diagnostics)
        status = "error" if wrong else "hole" if one.operator.is_hole else "passed"
        verdicts.append(Verdict(source.path, one.operator.name, status, diagnostics=one.in_file))
        if status != "error":
            runnable.append(one)
    return Checked(source, lines, module, tuple(verdicts)), tuple(runnable)


async def functional(
    sources: Sequence[Source], *, python: str | None, timeout: float, memory_mib: int, done: Done
) -> list[Checked]:
    """Both checks of every file; ``done`` is told as soon as a file is finished."""
    from step.sandbox import Limits, Sandbox

    queue: asyncio.Queue[int] = asyncio.Queue()
    results: list[Checked | None] = [None] * len(sources)
    for index in range(len(sources)):
        queue.put_nowait(index)

    async def worker() -> None:
        async with Sandbox(python, limits=Limits(memory_mib=memory_mib)) as sandbox:
            while not queue.empty():
                index = queue.get_nowait()
                results[index] = await one_file(sources[index], sandbox, timeout)
                done(results[index])  # type: ignore[arg-type]

    count = max(1, min(MOST_CHILDREN, os.cpu_count() or 1, len(sources)))
    await asyncio.gather(*(worker() for _ in range(count)))
    return [one for one in results if one is not None]


async def one_file(source: Source, sandbox: Any, timeout: float) -> Checked:
    """Both checks of one file."""
    from step.simulate.checking import check_operator

    checked, runnable = static(source)
    verdicts = {one.operator: one for one in checked.verdicts}
    told = [found for one in checked.verdicts for found in one.diagnostics]
    for one in runnable:
        name = one.operator.name
        path = str(source.path.resolve())
        report = await check_operator(sandbox, source.text, path, name, timeout=timeout, module=checked.module)
        kept = tuple(found for found in verdicts[name].diagnostics if found.severity != "error")
        verdicts[name] = Verdict(
            source.path,
            name,
            report.status,
            report.seconds,
            report.max_abs_error,
            report.float32_error,
            (*kept, *without_echoes(told, report.diagnostics)),
        )
    return Checked(source, checked.lines, checked.module, tuple(verdicts.values()))
