"""Runs what users write in a child process that can be killed at any time and loses nothing (4-design).

One protocol for the editor, the loop and the command line: :class:`Sandbox` calls a service, a function named
``"package.module:function"``, in the child.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from step.sandbox.errors import (
    ChildCrashed,
    ChildOutOfMemory,
    ChildTimeout,
    Frame,
    InterpreterMissing,
    SandboxError,
    ServiceError,
)
from step.sandbox.limits import Limits

if TYPE_CHECKING:
    from step.sandbox.sandbox import Sandbox

__all__ = [
    "ChildCrashed",
    "ChildOutOfMemory",
    "ChildTimeout",
    "Frame",
    "InterpreterMissing",
    "Limits",
    "Sandbox",
    "SandboxError",
    "ServiceError",
]


def __getattr__(name: str) -> Any:
    """The parent's side needs asyncio, which a child shall not load."""
    if name == "Sandbox":
        from step.sandbox.sandbox import Sandbox

        return Sandbox
    raise AttributeError(f"module 'step.sandbox' has no attribute {name!r}")
