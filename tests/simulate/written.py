"""Module texts for the tests of the functional check."""

from __future__ import annotations

_TEXT = """import os
import sys
import threading
import time

import numpy as np

import step
from step import f32

N, D = step.dims(N=7, D=16)
{top}

@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


@step.fn(f32, f32)
def square(x):
    {function}
    return x * x


def reference(x):
    {reference}
    return (x * x).sum(-1)


@step.operator(
    inputs={{"x": step.stream(f32, [D, N])}},
    outputs=step.stream(f32, [N]),
    reference=reference,
)
def sum_of_squares(x):
    squares = step.Map(fn=square).apply(x)
    {body}
    return step.Accum(fn=add, b=1).apply(squares)
"""

OPERATOR = "sum_of_squares"


def module_text(top: str = "", function: str = "pass", reference: str = "pass", body: str = "pass") -> str:
    """A module with one right operator, with a line of the caller's in one of four places."""
    return _TEXT.format(top=top, function=function, reference=reference, body=body)


def line_of(text: str, part: str) -> int:
    """The number (from 0) of the first line that contains a part."""
    return next(number for number, line in enumerate(text.splitlines()) if part in line)
