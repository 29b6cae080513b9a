"""What can go wrong in a functional check, each with its diagnostic code and its place in the user's file."""

from __future__ import annotations

import linecache
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType


@dataclass(frozen=True, slots=True)
class Place:
    """A range of a file's text: lines from 1, columns from 0 in characters; no end column means the line's end."""

    file: str
    line: int
    column: int = 0
    end_line: int | None = None
    end_column: int | None = None


class SimulationError(Exception):
    """A functional check cannot give a verdict on values: the message says why and what to do.

    Attributes:
        code: the diagnostic code, such as ``STEP-FN-RUN``.
        place: where, in the user's file, if it is known.
        node: index of the program's node that was running, if one was.
        function: name of the function at fault, if it is one.
        detail: the end of the traceback, as far as it lies in the user's files; may be empty.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        place: Place | None = None,
        node: int | None = None,
        function: str | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.place, self.node, self.function, self.detail = place, node, function, detail


def line_place(file: str, line: int) -> Place:
    """The place of a whole line, without its indentation."""
    text = linecache.getline(file, line).rstrip("\n")
    stripped = text.strip()
    if not stripped:
        return Place(file, line)
    start = len(text) - len(text.lstrip())
    return Place(file, line, start, line, start + len(stripped))


def last_place(trace: TracebackType | None, file: str) -> Place | None:
    """Where an exception left the file: the innermost frame of the traceback that is in it."""
    found: Place | None = None
    for frame, line in traceback.walk_tb(trace):
        if same_file(frame.f_code.co_filename, file):
            found = line_place(file, line)
    return found


def same_file(left: str, right: str) -> bool:
    """Whether two names are of one file."""
    return left == right or (left[:1] != "<" and right[:1] != "<" and Path(left) == Path(right))


def describe(error: BaseException) -> str:
    """An exception in one line: its type and the first line of its message."""
    text = str(error).strip().splitlines()
    name = type(error).__name__
    return f"{name}: {text[0]}" if text else name
