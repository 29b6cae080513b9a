"""A function of the user's module that failed while a search applied it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """A function that failed, and what it did first.

    ``line`` is that of the file, from 0; ``tried`` are the streams it failed on, as text; ``always`` says that there
    was no input on which it did not fail.
    """

    function: str
    code: str
    message: str
    line: int | None
    tried: tuple[str, ...]
    always: bool

    def __str__(self) -> str:
        """As the functional check and a repair tell it, and on what it was tried."""
        place = f"line {self.line + 1}: " if self.line is not None else ""
        which = "every input" if self.always else "some inputs"
        return f"{place}{self.code}: {self.message}, on {which} that the search tried ({'; '.join(self.tried)})"

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "function": self.function,
            "code": self.code,
            "message": self.message,
            "line": self.line,
            "tried": list(self.tried),
            "always": self.always,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Fault:
        """What :meth:`to_json` gave."""
        return cls(**{**value, "tried": tuple(value["tried"])})


def faults_in(details: Mapping[str, Any]) -> tuple[Fault, ...]:
    """The functions that a proposal's details say failed on every input: what a person should know."""
    found = (Fault.from_json(one) for one in details.get("faults", ()))
    return tuple(one for one in found if one.always)
