"""What runs in the workers of a campaign: services in a sandbox of the worker's own, and trials of bodies.

A worker outlives many calls; its sandbox's child is killed and replaced when a module hangs or crashes, and ends
with the worker.
"""

from __future__ import annotations

import asyncio
import threading
from functools import lru_cache
from typing import Any

from step.sandbox import Sandbox, SandboxError
from step.source import Module, read

from step_agents.trying import try_body

_local = threading.local()


def call_service(service: str, params: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Runs a service in this worker's sandbox. What goes wrong comes back as ``{"sandbox_error": …}``."""
    loop, sandbox = _own()
    try:
        return loop.run_until_complete(sandbox.call(service, params, timeout=timeout))
    except SandboxError as error:
        frames = [(one.file, one.line, one.function) for one in error.frames]
        return {"sandbox_error": type(error).__name__, "message": error.message, "frames": frames}


def try_in_worker(params: dict[str, Any]) -> dict[str, Any]:
    """Guardian and verifiers on one body, as JSON values (see :class:`step_agents.trying.Trial`)."""
    loop, sandbox = _own()
    operator = _read(params["text"], params["path"]).operator(params["operator"])
    assert operator is not None, "the campaign checked it"
    trial = loop.run_until_complete(
        try_body(
            sandbox,
            params["text"],
            params["path"],
            operator,
            params["body"],
            timeout=params["timeout"],
            seeds=params["seeds"],
            guard=params["guard"],
        )
    )
    return {
        "passed": trial.passed,
        "body": trial.body,
        "fixes": [fix.to_json() for fix in trial.fixes],
        "message": "" if trial.passed else trial.message,
        "diagnostics": [] if trial.passed else list(trial.diagnostics),
        "proposed_right": trial.proposed_right,
        "corrupted": trial.corrupted,
    }


@lru_cache(maxsize=64)
def _read(text: str, path: str) -> Module:
    return read(text, path)


def _own() -> tuple[asyncio.AbstractEventLoop, Sandbox]:
    """This thread's event loop and sandbox."""
    if not hasattr(_local, "loop"):
        _local.loop = asyncio.new_event_loop()
        _local.sandbox = Sandbox()
    return _local.loop, _local.sandbox
