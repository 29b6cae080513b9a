"""What can go wrong in a functional check, each with its diagnostic code and its place in the user's file."""

from __future__ import annotations

import linecache
import traceback
from pathlib import Path
from types import TracebackType

from step.diagnostic import Span
from step.simulate.advice import advice, public


class SimulationError(Exception):
    """A functional check cannot give a verdict on values: the message says why and what to do.

    Attributes:
        code: the diagnostic code, such as ``STEP-FN-RUN``.
        span: where, in the checked file, if it is known.
        node: index of the program's node that was running, if one was.
        function: name of the function at fault, if it is one.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        span: Span | None = None,
        node: int | None = None,
        function: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.span, self.node, self.function = span, node, function


def line_span(file: str, line: int) -> Span:
    """The range of a line (counted from 1, as Python does) without its indentation."""
    text = linecache.getline(file, line).rstrip("\r\n")
    start = len(text) - len(text.lstrip())
    return Span(line - 1, start, line - 1, max(len(text.rstrip()), start))


def last_span(trace: TracebackType | None, file: str) -> Span | None:
    """Where an exception left the file: the line of the traceback's innermost frame that is in it."""
    found: int | None = None
    for frame, line in traceback.walk_tb(trace):
        if same_file(frame.f_code.co_filename, file):
            found = line
    return None if found is None else line_span(file, found)


def same_file(left: str, right: str) -> bool:
    """Whether two names are of one file."""
    return left == right or (left[:1] != "<" and right[:1] != "<" and Path(left) == Path(right))


def describe(error: BaseException) -> str:
    """An exception in one line: its type, the first line of its message, and what to do about it if that is known."""
    text = str(error).strip().splitlines()
    name = type(error).__name__
    return f"{name}: {public(text[0])}{advice(error)}" if text else name
