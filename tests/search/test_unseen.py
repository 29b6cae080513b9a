"""The unseen suite: every hole has a solution, and the search finds one of the quick ones within seconds."""

from __future__ import annotations

import pytest
from step.check import check
from step.simulate.verify import verify
from step.source import read
from step_agents.benchmark import Task

from tests.benchmark.solutions import is_hole
from tests.search.modules import search
from tests.search.unseen import ROOT, UNSEEN, solution_path, solved_module

BUDGET = 60.0
"""Nominal seconds a task, as the specification has it; each of these takes far less than one."""

QUICK = (
    "batch_norm_inference",
    "causal_linear_attention",
    "column_sums",
    "gated_linear_attention",
    "instance_norm_loop",
    "kl_divergence",
    "lars_update",
    "mean_of_experts",
    "moving_average",
    "only_layout",
    "pearson_correlation",
    "preference_loss",
    "softmax_pooling_vectorized",
    "tied_autoencoder",
)
"""One of each kind: repeats along outer dimensions, scans, functions used twice, experts, two outputs, no function; and
references of loops, of NumPy's functions that leave traced arrays, and vectorised ones."""


def _needs(task: Task) -> None:
    if "import torch" in task.path.read_text(encoding="utf-8"):
        pytest.importorskip("torch")


def test_no_solution_is_left_without_a_task() -> None:
    assert set((ROOT / "solutions").rglob("*.py")) == {solution_path(task) for task in UNSEEN}


@pytest.mark.parametrize("task", UNSEEN.tasks, ids=lambda task: task.operator)
def test_a_hole_has_a_solution_that_both_verifiers_accept(task: Task) -> None:
    _needs(task)
    assert is_hole(task)
    text = solved_module(task)
    (found,) = check(read(text, str(task.path)))
    assert found.holds
    assert {one.code for one in found.diagnostics} <= {"STEP-UNUSED"}  # an input may be one that nobody needs
    report = verify(text, str(task.path), task.operator)
    assert report.ok, report.message


@pytest.mark.parametrize("name", QUICK)
def test_the_search_solves_what_it_has_not_seen(name: str) -> None:
    (task,) = UNSEEN.select(name)
    text = task.path.read_text(encoding="utf-8")
    found = search(text, name, BUDGET, path=str(task.path))
    assert found["status"] == "solved", found.get("explanation")
    (known,) = check(read(solved_module(task), str(task.path)))
    assert known.operator.body is not None and known.operator.body.program is not None
    assert found["length"] <= known.operator.body.program.length
