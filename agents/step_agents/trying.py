"""Trying a body: the guardian's alternatives through both verifiers, the nearest first."""

from __future__ import annotations

import asyncio
import itertools
import math
import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from step.diagnostic import Diagnostic
from step.program import Program
from step.sandbox import Sandbox
from step.simulate.checking import check_operator
from step.simulate.report import Report
from step.source import OperatorSource

from step_agents.guardian import MAX_ALTERNATIVES, Fix, Guarded, alternatives, nearby
from step_agents.proposers.base import Feedback
from step_agents.reading import read_candidate, until_return
from step_agents.unmendable import at_line, function_fault, outside_fault

MAX_NEARBY = 200
"""Single changes of a body that are tried."""
LEAST = 2.0
"""Seconds that a check gets where less is left: what a proposer found in the last moment is verified all the same."""


@dataclass(frozen=True)
class Trial:
    """What became of a proposed body.

    ``body`` is the guardian's version if that is better, else the proposer's own. ``report`` is the functional
    check's verdict on it (None: it did not check statically), ``diagnostics`` what is wrong, as text.
    ``proposed_right`` says that the proposer's own version checks statically. ``fault`` is a function of the module
    that failed on data when the body was run, in a line: no other body mends that. ``outside`` is what is wrong with
    the module or the reference, which kept the body from being run at all.
    """

    body: str
    fixes: tuple[Fix, ...]
    report: Report | None
    diagnostics: tuple[str, ...]
    program: Program | None = None
    proposed_right: bool = False
    fault: str | None = None
    outside: Diagnostic | None = None

    @property
    def passed(self) -> bool:
        """Whether both verifiers passed."""
        return self.report is not None and self.report.ok

    @property
    def corrupted(self) -> bool:
        """Whether the guardian changed a body that checked, and the change failed: this must never be."""
        return self.proposed_right and bool(self.fixes) and not self.passed

    @property
    def message(self) -> str:
        """What is wrong, in a line."""
        return self.diagnostics[0] if self.diagnostics else ""

    @property
    def feedback(self) -> Feedback:
        """The failed body with its diagnostics, for a model's next try."""
        return Feedback(self.body, "\n".join(self.diagnostics))


def cleaned(body: str) -> str:
    """A body as it is tried: without tabs, common indentation and blank lines around. Fixes count its lines."""
    return textwrap.dedent(body.expandtabs(4)).strip("\n")


async def try_body(
    sandbox: Sandbox,
    text: str,
    path: str,
    operator: OperatorSource,
    body: str,
    *,
    timeout: float = 30.0,
    seconds: float | None = None,
    seeds: Sequence[int] | None = None,
    guard: bool = True,
    limit: int = MAX_ALTERNATIVES,
    words: bool = False,
) -> Trial:
    """The first of the guardian's alternatives that passes; else the proposer's version with what is wrong with it.

    ``timeout`` is for one check, ``seconds`` for all of them (the first is begun in any case; None for no limit).
    ``guard`` False leaves the guardian out (to measure what it brings); ``words`` lets it mend what cannot be read.
    """
    ends = time.monotonic() + seconds if seconds is not None else math.inf
    body = cleaned(body)
    proposed = await asyncio.to_thread(read_candidate, operator, body)
    if until_return(proposed) != body:
        body = until_return(proposed)
        proposed = await asyncio.to_thread(read_candidate, operator, body)
    if guard:
        tried = await asyncio.to_thread(lambda: list(alternatives(operator, body, limit, words=words)))
    else:
        tried = [Guarded(body, proposed, ())] if proposed.is_right else []
    failed: Trial | None = None
    for one in tried:
        left = ends - time.monotonic()
        if left <= 0 and failed is not None:
            break
        within = min(timeout, max(left, LEAST))
        report = await check_operator(sandbox, text, path, operator.name, one.text, timeout=within, seeds=seeds)
        told = tuple(f"{found.code}: {found.message}" for found in report.diagnostics if found.severity == "error")
        fault = function_fault(report.diagnostics)
        trial = Trial(
            one.text,
            one.fixes,
            report,
            told or (report.message,),
            one.reading.program,
            proposed.is_right,
            at_line(fault.span.line, fault) if fault is not None else None,
            outside_fault(report.diagnostics),
        )
        if trial.passed:
            return trial
        failed = failed or trial
        if trial.outside is not None:
            return trial
    if failed is not None and not failed.fixes:
        return failed
    errors = tuple(f"line {one.span.line + 1}: {one.code}: {one.message}" for one in proposed.errors)
    told = errors or (failed.diagnostics if failed else ("the body is not complete",))
    if errors and failed is not None and failed.report is not None and failed.report.status == "timeout":
        told = (*failed.diagnostics, *errors)  # the guardian mended them: what is left is why that did not pass
    program = proposed.program if proposed.body.program.is_complete else None
    return Trial(body, (), None, told, program, fault=failed.fault if failed is not None else None)


async def try_nearby(
    sandbox: Sandbox,
    text: str,
    path: str,
    operator: OperatorSource,
    body: str,
    *,
    seconds: float,
    timeout: float = 30.0,
    progress: Callable[[str], None] = lambda _: None,
) -> Trial | None:
    """The first body that differs in one thing from one that fails, and passes; None if there is none in the time.

    Args:
        body: the body that fails, a person's.
        seconds: for all of it; ``timeout`` for one check.
        progress: told how many were tried.
    """
    ends = time.monotonic() + seconds
    made = nearby(operator, cleaned(body), seconds / 2)
    found = await asyncio.to_thread(lambda: list(itertools.islice(made, MAX_NEARBY)))
    for number, one in enumerate(found, 1):
        left = ends - time.monotonic()
        if left <= 0:
            return None
        progress(f"trying single changes of what is there: {number} of {len(found)}")
        report = await check_operator(
            sandbox, text, path, operator.name, one.text, timeout=min(timeout, left), float32=False
        )
        if report.ok:
            return Trial(one.text, one.fixes, report, (report.message,), one.reading.program)
    return None
