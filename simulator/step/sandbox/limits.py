"""What a child may use."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from typing import Any

_SHARED_MIB = 4096  # of address space for libraries, which take no memory of their own


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a child process.

    Attributes:
        memory_mib: memory in MiB; None leaves it to the machine.
        file_mib: the largest file it may write, in MiB.
        start_seconds: how long it may take to start.
    """

    memory_mib: int | None = 4096
    file_mib: int = 1024
    start_seconds: float = 60.0


def apply_limits(memory_mib: int | None, file_mib: int) -> None:
    """Sets this process's limits, as far as the platform knows them: all on Linux, not the memory on macOS, none on
    Windows."""
    try:
        import resource
    except ImportError:
        return
    _set(resource, "RLIMIT_CORE", 0)
    _set(resource, "RLIMIT_FSIZE", file_mib << 20)
    if memory_mib is not None and sys.platform == "linux":
        # The first counts what the process allocates; the second also what it only maps, such as libraries.
        _set(resource, "RLIMIT_DATA", memory_mib << 20)
        _set(resource, "RLIMIT_AS", (memory_mib + _SHARED_MIB) << 20)


def _set(resource: Any, name: str, value: int) -> None:
    kind = getattr(resource, name, None)
    if kind is None:
        return
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, hard))
