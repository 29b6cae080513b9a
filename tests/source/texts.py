"""Texts for the tests of reading: modules with several operators, and what makes them half-typed."""

from __future__ import annotations

from step.check import Checker
from step.diagnostic import Diagnostic
from step.source import Module, ModuleReader

from tests.benchmark.solutions import ALL, solved

SOLVED: tuple[str, ...] = tuple(solved(task) for task in ALL)
"""The module of each packed task with its solution."""

TWO = '''"""Two operators in a file."""
import numpy as np
import step
from step import Buffer, f32

D, N = step.dims(D=16, N=7)
Row = Buffer(f32, [D])


@step.fn(f32, f32)
def square(x):
    return x * x


@step.fn(f32, f32, init=0)
def add(total, x):
    """Adds (a "running" total)."""
    return total + x


def reference(x):
    return (x * x).sum(axis=-1)


@step.operator(
    inputs={"x": step.stream(f32, [D, N])},
    outputs=step.stream(f32, [N]),
    reference=reference,
)
def first(x):
    """Sums squares.

    It's in two steps.
    """
    squares = step.Map(fn=square).apply(x)  # (each element
    return step.Accum(fn=add, b=1).apply(squares)


experts = [square, square]


@step.operator(
    inputs={"x": step.stream(f32, [D, N])}, outputs=(step.stream(f32, [N]), step.stream(Row, [N])), reference=None
)
def second(x):
    a, b = step.Copy().apply(
        x
    )
    parts = [step.Map(fn=f).apply(s) for f, s in zip(experts, (a, b))]
    return (
        step.Accum(fn=add, b=1).apply(parts[0]),
        step.Bufferize(a=1).apply(parts[1]),
    )


@step.operator(inputs={"x": step.stream(f32, [N])}, outputs=step.stream(f32, [N]))
def third(x): ...
'''


class Document:
    """A document as an editor holds it: read and checked again after each change."""

    def __init__(self) -> None:
        self.reader, self.checker = ModuleReader(), Checker()

    def update(self, text: str) -> tuple[Module, dict[str, tuple[Diagnostic, ...]]]:
        """The module, and the diagnostics of each operator in the file's lines."""
        module = self.reader.read(text)
        return module, {f"{one.operator.name}:{one.operator.line}": one.in_file for one in self.checker.check(module)}


def picture(text: str, document: Document | None = None) -> object:
    """All that a reading says of a text."""
    module, found = (document or Document()).update(text)
    return (
        found,
        module.problems,
        [
            (
                one.name,
                one.line,
                one.span,
                one.body_span,
                one.is_hole,
                one.docstring,
                one.parameters,
                one.text,
                one.indent,
            )
            for one in module.operators
        ],
        [(one.body.program, one.body.program.names, one.body.nodes, one.body.occurrences) for one in module.operators],
        [str(one.specification) for one in module.operators],
        {name: (one.span, str(one.value), one.docstring, one.block) for name, one in module.definitions.items()},
        module.dims,
        module.imports_step,
    )
