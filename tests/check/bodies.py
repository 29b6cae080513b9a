"""Bodies under the static check: what is said, about which part of the text."""

from __future__ import annotations

from dataclasses import dataclass

from step.check import OperatorCheck, check
from step.diagnostic import Diagnostic, Span
from step.source import read

MODULE = """import numpy as np
import step
from step import Buffer, Multihot, Tile, f32
from outside import make, other

D, N, M = step.dims(D=16, N=7, M=5)
E = step.dim("E", 3, fixed=True)
Row = Buffer(f32, [D])
Wg = step.parameter([D])
EPS = 1e-5
COUNT = 2
YES = True
made = [make(index) for index in range(3)]

@step.fn(f32, f32)
def square(x): return x * x
@step.fn(f32, f32)
def negate(x): return -x
@step.fn(Row, f32)
def total(row): return row.sum()
@step.fn((f32, f32), f32)
def div(x, y): return x / y
@step.fn((f32, Row), Row)
def scale(x, row): return x * row
@step.fn(f32, f32, init=0)
def add(state, x): return state + x
@step.fn(Row, Row, init=0)
def add_rows(state, x): return state + x
@step.fn((f32, f32), (f32, f32), init=(0, 1))
def pair(state, x, y): return state
@step.fn(Row, Multihot(f32, E))
def route(row): return row[:3] > 0
@step.fn(Row, Multihot(f32, 2))
def route_two(row): return row[:2] > 0
experts = [square, negate, step.fn(f32, f32)(lambda x: x)]
rows = [step.fn(Row, Row)(lambda x: x) for _ in range(3)]
def reference(*inputs): return inputs

@step.operator(inputs={INPUTS}, outputs=OUTPUTS, reference=reference)
def op(PARAMETERS):
"""


@dataclass(frozen=True)
class Said:
    """A diagnostic with the text under its range, and that under each related range."""

    code: str
    text: str
    message: str
    severity: str
    related: tuple[tuple[str, str], ...]
    diagnostic: Diagnostic


def module_of(body: str, inputs: str = "x: f32, [D, N]", outputs: str = "f32, [D, N]") -> str:
    """A module with one operator. ``inputs`` are written ``name: type, dims; …``, ``outputs`` ``type, dims; …``."""
    named = [one.split(": ", 1) for one in inputs.split("; ")]
    written = "{" + ", ".join(f'"{name}": step.stream({type_})' for name, type_ in named) + "}"
    made = ", ".join(f"step.stream({one})" for one in outputs.split("; "))
    text = MODULE.replace("{INPUTS}", written).replace("OUTPUTS", f"({made})" if ";" in outputs else made)
    text = text.replace("PARAMETERS", ", ".join(name for name, _ in named))
    lines = body.strip("\n").split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    return text + "\n".join("    " + line[indent:] for line in lines) + "\n"


def checked(body: str, inputs: str = "x: f32, [D, N]", outputs: str = "f32, [D, N]") -> OperatorCheck:
    """The check of a body."""
    module = read(module_of(body, inputs, outputs))
    assert not module.problems, module.problems
    (found,) = check(module)
    assert not found.operator.problems or any(one.code == "STEP-SYNTAX" for one in found.operator.problems)
    return found


def say(body: str, inputs: str = "x: f32, [D, N]", outputs: str = "f32, [D, N]") -> list[Said]:
    """All that is said of a body."""
    found = checked(body, inputs, outputs)
    lines = found.operator.text.split("\n")
    return [
        Said(
            one.code,
            under(lines, one.span),
            one.message,
            one.severity,
            tuple((under(lines, other.span), other.message) for other in one.related),
            one,
        )
        for one in found.diagnostics
    ]


def codes(body: str, inputs: str = "x: f32, [D, N]", outputs: str = "f32, [D, N]") -> list[tuple[str, str]]:
    """Each diagnostic's code, with the text under its range."""
    return [(one.code, one.text) for one in say(body, inputs, outputs)]


def under(lines: list[str], span: Span) -> str:
    """The text of a range."""
    if span.line == span.end_line:
        return lines[span.line][span.column : span.end_column]
    inner = lines[span.line + 1 : span.end_line]
    return "\n".join([lines[span.line][span.column :], *inner, lines[span.end_line][: span.end_column]])
