"""What can happen to a child process, each with a message that says what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """A line of a traceback: where the child was. Lines count from 1."""

    file: str
    line: int
    function: str


class SandboxError(Exception):
    """A call into the child did not give a result.

    Attributes:
        frames: where the child was, innermost first, as far as it is known.
        output: the end of what the child printed.
    """

    def __init__(self, message: str, *, frames: tuple[Frame, ...] = (), output: str = "") -> None:
        super().__init__(message)
        self.message, self.frames, self.output = message, frames, output


class ChildTimeout(SandboxError):
    """The call took longer than its limit; the child was killed."""


class ChildCrashed(SandboxError):
    """The child ended during the call. ``exit_code`` is negative for a signal, as in :mod:`subprocess`."""

    def __init__(
        self, message: str, *, exit_code: int | None = None, frames: tuple[Frame, ...] = (), output: str = ""
    ) -> None:
        super().__init__(message, frames=frames, output=output)
        self.exit_code = exit_code


class ChildOutOfMemory(SandboxError):
    """The call needed more memory than the limit."""


class InterpreterMissing(SandboxError):
    """There is no such Python, it is too old, or it has no NumPy."""


class ServiceError(SandboxError):
    """The service itself raised: a fault of this program, not of the user's. ``trace`` is its traceback as text."""

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.trace = trace
