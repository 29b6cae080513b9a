"""What a person can do wrong on the command line, and how it is told to programs."""

from __future__ import annotations

from typing import Any

_FIRST: dict[str, dict[str, Any]] = {
    "check": {"operators": []},
    "synth": {"status": "error", "body": None},
    "bench": {"tasks": []},
}
"""What programs look at first in a command's JSON document."""


class UsageProblem(Exception):
    """The command cannot do what was asked: the message says what to do instead. Exit code 2."""


def failure(message: str, command: str | None, code: str = "USAGE") -> dict[str, Any]:
    """The one JSON document of a command that could not do what was asked: the fields that programs look at first, and
    ``error``."""
    about = _FIRST.get(command or "", {})
    return {**about, "ok": False, "error": {"code": code, "message": message}}
