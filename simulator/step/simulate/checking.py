"""The functional check as the editor, the loop and the command line ask for it: in a sandbox, never raising for what
a user's code does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step.diagnostic import NOWHERE, Diagnostic, Related, Span
from step.sandbox.errors import (
    ChildCrashed,
    ChildOutOfMemory,
    ChildTimeout,
    Frame,
    InterpreterMissing,
    SandboxError,
    ServiceError,
)
from step.simulate.report import Report, Status
from step.source import Module, read

if TYPE_CHECKING:
    from step.sandbox import Sandbox

TIMEOUT = 30.0
"""Seconds that a check may take."""
_SERVICE = "step.simulate.service:check"


async def check_operator(
    sandbox: Sandbox,
    text: str,
    path: str,
    operator: str,
    body: str | None = None,
    *,
    timeout: float = TIMEOUT,
    seeds: Sequence[int] | None = None,
    sizes: int | None = None,
    float32: bool = True,
    progress: Callable[[dict[str, Any]], None] | None = None,
    module: Module | None = None,
    cwd: str | Path | None = None,
) -> Report:
    """The verdict on one operator, computed in the sandbox.

    Args:
        sandbox: where users' code runs. Cancelling the waiting task kills what runs there.
        text: the module's text as it stands in the editor; ``path`` its file.
        operator: the operator's name; ``body`` another body to check in place of the one in the text.
        timeout: seconds it may take.
        seeds, sizes, float32: as :func:`step.simulate.verify.verify` takes them; None for its defaults.
        progress: told before every run.
        module: the text as it was read already, to find places in.
        cwd: the working directory of this check; None for the sandbox's.

    Returns:
        The report: a loop without an end, an exit, a crash, a missing interpreter and too little memory are in it.
    """
    params = {
        "text": text,
        "path": path,
        "operator": operator,
        "body": body,
        "seeds": list(seeds) if seeds is not None else None,
        "sizes": sizes,
        "float32": float32,
        "memory_mib": sandbox.limits.memory_mib,
    }
    started = time.monotonic()
    try:
        value = await sandbox.call(_SERVICE, params, timeout=timeout, progress=progress, cwd=cwd)
    except SandboxError as error:
        report = _report(error, text, path, operator, timeout, module)
        # Of a check that took too long, what it was given: starting the child was not its own.
        return replace(report, seconds=timeout if report.status == "timeout" else time.monotonic() - started)
    return Report.from_json(value)


def check_now(path: str | Path, operator: str, *, timeout: float = TIMEOUT, interpreter: str | None = None) -> Report:
    """The verdict on an operator of a file, for code that is not asynchronous: a child is started for this check.

    Raises:
        OSError: the file cannot be read.
    """
    from step.sandbox import Sandbox

    text = Path(path).read_text(encoding="utf-8")

    async def run() -> Report:
        async with Sandbox(interpreter) as sandbox:
            return await check_operator(sandbox, text, str(path), operator, timeout=timeout)

    return asyncio.run(run())


def _report(error: SandboxError, text: str, path: str, operator: str, timeout: float, module: Module | None) -> Report:
    found = (module or read(text, path)).operator(operator)
    name = found.name_span.shift(found.line) if found is not None else NOWHERE
    span, where = place_of(error.frames, path, text)
    details: Mapping[str, Any] = {}
    status: Status = "error"
    match error:
        case ChildTimeout():
            status = "timeout"
            code = "STEP-TIMEOUT"
            message = f"the check of {operator} took longer than {timeout:.3g} s" + (
                f": it was {where}" if where else ""
            )
            reference = running_reference(error.frames, path, text, operator, module)
            message += f", and the reference `{reference}` was running" if reference else ""
        case ChildOutOfMemory():
            code, message = "STEP-MEMORY", f"the check of {operator} ran out of memory: {error.message}"
        case ChildCrashed():
            code = "STEP-PROCESS"
            what = "the module ended the process" if (error.exit_code or 0) >= 0 else "the check crashed"
            message = f"{what}: {error.message}" + (f", {where}" if where else "")
        case InterpreterMissing():
            code, message = "STEP-INTERPRETER", error.message
        case ServiceError():
            code, message = "STEP-INTERNAL", f"the check of {operator} failed by itself: {error.message}"
            details = {"trace": error.trace}
        case _:
            code, message = "STEP-INTERNAL", error.message
    related = (Related(name, f"while {operator} was checked"),) if span is not None else ()
    diagnostic = Diagnostic(code, message, span or name, "error", related)
    return Report(path, operator, status, (diagnostic,), output=error.output, details=details)


def place_of(frames: Sequence[Frame], path: str, text: str) -> tuple[Span | None, str]:
    """The innermost place in the user's file among frames, and in words; None and "" where none of them is in it."""
    file = str(Path(path).resolve())
    for frame in frames:
        if frame.file == file or frame.file == path:
            lines = text.splitlines()
            line = lines[frame.line - 1] if 0 < frame.line <= len(lines) else ""
            start = len(line) - len(line.lstrip())
            span = Span(frame.line - 1, start, frame.line - 1, max(len(line.rstrip()), start))
            inside = f" of `{frame.function}`" if frame.function.isidentifier() else ""
            return span, f"in line {frame.line}{inside}"
    return None, ""


def running_reference(
    frames: Sequence[Frame], path: str, text: str, operator: str, module: Module | None = None
) -> str | None:
    """The name of an operator's reference if it is among frames of the user's file; None if it was not running."""
    found = (module or read(text, path)).operator(operator)
    name = (found.reference or "").rpartition(".")[2] if found is not None else ""
    files = {path, str(Path(path).resolve())}
    return name if name and any(one.function == name and one.file in files for one in frames) else None
