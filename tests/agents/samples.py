"""Tasks, modules and experiences that several tests use."""

from __future__ import annotations

import sqlite3
import textwrap
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from step.source import OperatorSource, read
from step_agents.canonical import canonical
from step_agents.experience import Experience
from step_agents.normal import graph_hash
from step_agents.placing import hole_module
from step_agents.reading import read_candidate
from step_agents.task import Task
from step_agents.task_source import task_of
from step_agents.usage import Usage

ROOT = Path(__file__).parent.parent.parent
PAPER = ROOT / "agents" / "step_agents" / "benchmark" / "paper"
SOLUTIONS = ROOT / "tests" / "solutions" / "paper"

SCALE = '''"""Scales a stream and adds it to itself."""
import step
from step import f32

D, N = step.dims(D=6, N=4)


@step.fn(f32, f32)
def half(x):
    return x / 2


@step.fn((f32, f32), f32)
def plus(x, y):
    return x + y


def reference(x):
    return x + x / 2


@step.operator(inputs={"x": step.stream(f32, [D, N])}, outputs=step.stream(f32, [D, N]), reference=reference)
def one_and_a_half(x): ...
'''
SCALE_BODY = """x0, x1 = step.Copy().apply(x)
halves = step.Map(fn=half).apply(x1)
return step.Map(fn=plus).apply((x0, halves))"""


def task_files() -> list[Path]:
    """The files of the paper's suite."""
    return sorted(PAPER.rglob("*.py"))


def solution(file: Path) -> str:
    """The body that solves a file of the paper's suite, without indentation."""
    text = (SOLUTIONS / file.relative_to(PAPER)).read_text(encoding="utf-8")
    return textwrap.dedent(text[text.index("):\n") + 3 :]).strip("\n")


def operator_of(text: str, name: str | None = None) -> tuple[OperatorSource, Task]:
    """The operator of a module (the first, or the one of a name) and its task."""
    module = read(text)
    found = module.operator(name) if name else module.operators[0]
    assert found is not None
    return found, task_of(module, found)


def experience(text: str = SCALE, body: str = SCALE_BODY, **changes: object) -> Experience:
    """A verified experience."""
    module = read(text)
    operator, task = operator_of(text)
    form = canonical(task)
    program = read_candidate(operator, body).program
    made = Experience(
        task,
        form.hash,
        body,
        graph_hash(program, form),
        hole_module(module, operator),
        program.length,
        1,
        2,
        "anthropic",
        "groups/one",
        "claude-opus-5-5",
        "v1",
        Usage(100, 20, 300, 4, 0.25),
        1.5,
        3,
        ({"rule": "insert-copy", "before": [0, 0, 0, 1], "after": [0, 0, 1, 1], "reason": "why", "streams": ["x"],
          "title": "t"},),
        "editor",
        "2026-11-22T09:00:00+00:00",
        "0.1.0",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def numbered(number: int) -> Experience:
    """An experience unlike those of other numbers."""
    return experience(task_hash=f"task{number:04d}")


def execute(path: Path, statement: str) -> object:
    with closing(sqlite3.connect(path)) as db, db:
        row = db.execute(statement).fetchone()
    return row[0] if row else None
