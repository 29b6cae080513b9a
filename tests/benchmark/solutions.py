"""The solutions of the packed suites: one function text a task, spliced into the task's hole.

Each is affine and the shortest known, counting primitives without Copy and with every Zip written out (a Map of a
tuple zips by itself and would be one shorter), with as few Copy as it needs; rope/G_0_4_01 keeps
the page's RepeatRef, where Repeat(n=N) would do without a Copy.
"""

from __future__ import annotations

import ast
from pathlib import Path

from step_agents.benchmark import Task, load_suite

ROOT = Path(__file__).resolve().parents[1] / "solutions"

PAPER = load_suite("paper")
EXTENDED = load_suite("extended")
ALL: tuple[Task, ...] = (*PAPER, *EXTENDED)


def suite_of(task: Task) -> str:
    """The packed suite that a task is of."""
    return task.path.parents[1].name


def solution_path(task: Task) -> Path:
    """The file with a task's solution."""
    return ROOT / suite_of(task) / task.group / task.path.name


def solution(task: Task) -> str:
    """The solution's function text: `def operator(inputs): body`."""
    return solution_path(task).read_text(encoding="utf-8")


def solved(task: Task, function_text: str | None = None) -> str:
    """The task's module with its hole replaced by a function text (the task's solution by default).

    Raises:
        ValueError: the text is not that one function with the hole's parameters.
    """
    text = function_text if function_text is not None else solution(task)
    module = task.path.read_text(encoding="utf-8")
    hole = _function(module, task.operator)
    given = ast.parse(text).body
    if len(given) != 1 or not isinstance(given[0], ast.FunctionDef) or given[0].name != task.operator:
        raise ValueError(f"{task.id}: not one function called {task.operator}")
    if ast.dump(given[0].args) != ast.dump(hole.args):
        raise ValueError(f"{task.id}: the parameters are not the hole's")
    lines = module.splitlines(keepends=True)
    return "".join([*lines[: hole.lineno - 1], text.rstrip("\n") + "\n", *lines[hole.end_lineno :]])


def is_hole(task: Task) -> bool:
    """Whether the operator's body is `...`."""
    body = _function(task.path.read_text(encoding="utf-8"), task.operator).body
    last = body[-1]
    return (
        len(body) <= 2
        and isinstance(last, ast.Expr)
        and isinstance(last.value, ast.Constant)
        and (last.value.value is Ellipsis)
    )


def _function(text: str, name: str) -> ast.FunctionDef:
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    raise ValueError(f"no function {name}")
