"""The packed suites: every operator is found, verified, and no longer than the known solution; with distractors too."""

from __future__ import annotations

from typing import Any

import pytest
from step.check import check
from step.simulate.verify import verify
from step.source import read
from step_agents.benchmark import Task

from tests.benchmark.solutions import ALL, PAPER, solved
from tests.search.distractors import with_distractors
from tests.search.modules import search

BUDGET = 60.0
"""Nominal seconds."""


def program_of(task: Task, text: str) -> Any:
    (found,) = [one for one in check(read(text, str(task.path))) if one.operator.name == task.operator]
    assert found.operator.body is not None
    return found.operator.body.program


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.id)
def test_every_operator_is_found(task: Task) -> None:
    text = task.path.read_text(encoding="utf-8")
    answer = search(text, task.operator, BUDGET, path=str(task.path))
    assert answer["status"] == "solved", answer.get("explanation")
    assert verify(text, str(task.path), task.operator, answer["body"]).ok
    assert answer["length"] <= program_of(task, solved(task)).length + (task not in PAPER.tasks)


DISTRACTED = ("bmm/bmm_1", "norm/G_0_8_01", "moe/G_0_7_01", "moe/G_0_13_02")


@pytest.mark.parametrize("name", DISTRACTED)
def test_functions_that_are_not_needed_do_not_hinder(name: str) -> None:
    task = PAPER.task(name)
    text = with_distractors(task.path.read_text(encoding="utf-8"), str(task.path))
    answer = search(text, task.operator, BUDGET, path=str(task.path))
    assert answer["status"] == "solved", answer.get("explanation")
    assert verify(text, str(task.path), task.operator, answer["body"]).ok
