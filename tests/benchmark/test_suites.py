"""The suites are found without importing anything, and hold what 2-benchmark says."""

from __future__ import annotations

from pathlib import Path

import pytest
from step.choice import Choice
from step.simulate.load import load
from step_agents.benchmark import SuiteError, Task, load_suite

from tests.benchmark.facts import DEFAULT_SIZES, EXPERTS, PAPER_FACTS
from tests.benchmark.solutions import ALL, EXTENDED, PAPER, is_hole, solution_path, solved


def test_the_paper_suite_has_the_26_ids_of_the_specification() -> None:
    assert {task.id for task in PAPER} == set(PAPER_FACTS)
    assert len(PAPER) == 26


def test_the_extended_suite_has_20_tasks_named_after_their_files() -> None:
    assert {task.id for task in EXTENDED} == {f"extended/{task.path.stem}" for task in EXTENDED}
    assert len(EXTENDED) == 20


def test_loading_a_suite_runs_no_module(tmp_path: Path) -> None:
    (tmp_path / "adds.py").write_text(OPERATOR + "\nraise RuntimeError('this module ran')\n")
    assert len(load_suite(tmp_path)) == 2


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.id)
def test_every_task_is_a_documented_hole_with_a_solution(task: Task) -> None:
    assert is_hole(task)
    assert task.title.endswith(".")
    assert solution_path(task).is_file()


def test_no_solution_is_left_without_a_task() -> None:
    root = solution_path(ALL[0]).parents[2]
    assert set(root.rglob("*.py")) == {solution_path(task) for task in ALL}


@pytest.mark.parametrize("task", PAPER.tasks, ids=lambda task: task.id)
def test_a_task_of_the_paper_is_what_the_page_says(task: Task) -> None:
    fact = PAPER_FACTS[task.id]
    module = load(task.path.read_text(), str(task.path), Choice())
    specification = module.operators[task.operator].specification
    assert task.group == fact.group
    inputs = tuple(
        (name, str(spec.type), f"{spec.ones[0]} to {spec.ones[1]}" if spec.ones else spec.data)
        for name, spec in specification.inputs
    )
    assert inputs == fact.inputs
    assert tuple(str(spec.type) for spec in specification.outputs) == fact.outputs
    assert set(module.functions) == fact.functions
    sizes = DEFAULT_SIZES | ({"E": EXPERTS[task.id]} if task.id in EXPERTS else {})
    assert {name: sizes[name] for name in module.choice.declared} == {
        name: dim.size for name, dim in module.choice.declared.items()
    }
    assert [dim.name for dim in module.choice.declared.values() if dim.fixed] == (["E"] if task.id in EXPERTS else [])


def test_select_takes_ids_groups_and_operators() -> None:
    assert [task.id for task in PAPER.select("bmm/*")] == [task.id for task in PAPER if task.group == "bmm"]
    assert {task.group for task in PAPER.select(["norm", "rope"])} == {"norm", "rope"}
    assert [task.id for task in PAPER.select("rms_norm")] == ["norm/G_0_8_01"]
    with pytest.raises(SuiteError, match="no task of the suite paper fits 'nothing'"):
        PAPER.select("nothing")
    assert PAPER.task("bmm/bmm_0").operator == "bmm_by_outer_products"
    with pytest.raises(SuiteError):
        PAPER.task("bmm/bmm_9")


OPERATOR = '''"""Adds."""
import step

@step.operator(inputs={}, outputs=())
def first(x): ...

@step.operator(inputs={}, outputs=())
def second(x): ...
'''


def test_any_folder_is_a_suite(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "adds.py").write_text(OPERATOR)
    (tmp_path / "mine" / "helper.py").write_text("x = 1\n")
    suite = load_suite(tmp_path)
    assert [(task.id, task.group, task.operator) for task in suite] == [
        ("mine/adds:first", "mine", "first"),
        ("mine/adds:second", "mine", "second"),
    ]
    assert [task.id for task in load_suite(tmp_path / "mine" / "adds.py")] == ["adds:first", "adds:second"]
    (tmp_path / "one.py").write_text(OPERATOR.partition("@step.operator(inputs={}, outputs=())\ndef second")[0])
    assert [(task.id, task.operator) for task in load_suite(tmp_path / "one.py")] == [("one", "first")]


def test_a_suite_that_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="no suite 'peper'"):
        load_suite("peper")
    with pytest.raises(SuiteError, match="has no operator"):
        load_suite(tmp_path)
    (tmp_path / "a.py").write_text('"""X.\n\nTask: same.\n"""\n' + OPERATOR[11:])
    (tmp_path / "b.py").write_text('"""X.\n\nTask: same.\n"""\n' + OPERATOR[11:])
    with pytest.raises(SuiteError, match="two tasks have the id same"):
        load_suite(tmp_path)
    (tmp_path / "a.py").write_text("def broken(:\n")
    with pytest.raises(SuiteError, match="not a readable Python file"):
        load_suite(tmp_path)


def test_a_solution_must_be_the_holes_function() -> None:
    task = PAPER.task("norm/G_0_8_01")
    with pytest.raises(ValueError, match="parameters"):
        solved(task, "def rms_norm(y):\n    return y\n")
    with pytest.raises(ValueError, match="not one function"):
        solved(task, "def other(x):\n    return x\n")
