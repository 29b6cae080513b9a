"""What the child process of a sandbox runs for a functional check."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from step.diagnostic import Diagnostic
from step.sandbox import output
from step.simulate.verify import ASSIGNMENTS, MEMORY_MIB, SEEDS, verify


def check(params: dict[str, Any], report: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Checks one operator; the report as JSON.

    ``params``: ``text``, ``path``, ``operator``, and optionally ``body``, ``seeds``, ``sizes``, ``float32`` and
    ``memory_mib``, as :func:`step.simulate.verify.verify` takes them.
    """
    before = threading.active_count()
    verdict = verify(
        params["text"],
        params["path"],
        params["operator"],
        params.get("body"),
        seeds=tuple(params.get("seeds") or SEEDS),
        sizes=int(params.get("sizes") or ASSIGNMENTS),
        float32=bool(params.get("float32", True)),
        memory_mib=int(params.get("memory_mib") or MEMORY_MIB),
        progress=report,
    )
    left = threading.active_count() - before
    if left > 0:
        span = next((one.span for one in verdict.diagnostics), None)
        note = Diagnostic(
            "STEP-THREADS",
            f"the module left {left} thread{'s' if left > 1 else ''} running: start none, or join them",
            span or verdict.name_span,
            "warning",
        )
        verdict = replace(verdict, diagnostics=(*verdict.diagnostics, note))
    return replace(verdict, output=output.printed()).to_json()
