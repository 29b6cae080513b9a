from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from step.convert import ConvertError
from step.simulate.verify import verify
from step.source import read
from step_agents.benchmark import Task as SuiteTask
from step_agents.convert import convert, from_yaml, to_yaml
from step_agents.task import Task
from step_agents.task_module import module_text

from tests.benchmark.solutions import ALL, solved
from tests.simulate.written import OPERATOR
from tests.simulate.written import module_text as written

PCL = Path(__file__).parent / "pcl" / "angles.yaml"


@pytest.mark.parametrize("task", ALL, ids=lambda task: task.id)
def test_structural_ir_and_back_is_the_same_task(task: SuiteTask) -> None:
    text = solved(task)
    structural = to_yaml(text, "m.py", task.operator)
    module, _, _ = from_yaml(structural, "m.yaml")
    assert to_yaml(module, "m.py", task.operator) == structural
    report = verify(module, "m.py", task.operator, sizes=1, seeds=(0,), float32=False)
    assert report.ok, report.message


def test_a_hole_stays_a_hole(tmp_path: Path) -> None:
    path = tmp_path / "hole.py"
    path.write_text(written().partition("    squares = ")[0] + "    ...\n")
    convert(path, tmp_path / "hole.yaml")
    assert "impl" not in (tmp_path / "hole.yaml").read_text()
    convert(tmp_path / "hole.yaml", tmp_path / "again.py")
    (operator,) = read((tmp_path / "again.py").read_text()).operators
    assert operator.is_hole


def test_a_task_without_code_is_a_module_that_the_static_check_reads() -> None:
    task = Task.from_json(
        {
            "operator": "f",
            "dims": {"N": {"size": 4}, "E": {"size": 2, "fixed": True}, "D": {"size": 8, "multiple_of": 4}},
            "functions": {
                "add": {"takes": "f32", "gives": "(f32, i32)", "init": [0, float("-inf")]},
                "route": {"takes": "Tile(f32, [4, D])", "gives": "Multihot(f32, E)"},
            },
            "inputs": {"x": {"type": "Buffer(f32, [D])", "shape": ["N"], "scale": 2.5}},
            "outputs": [{"type": "f32", "shape": ["N", "D"]}],
        }
    )
    module = read(module_text(task))
    (operator,) = module.operators
    assert module.problems == ()
    assert operator.specification == task.specification
    assert {name: module.definitions[name].value for name in task.signatures} == dict(task.signatures)


def test_a_pcl_file(tmp_path: Path) -> None:
    done = convert(PCL, tmp_path / "out" / "angles.py")
    assert "PCL-lite" in done.what
    assert (tmp_path / "out" / "angles.py").read_text().startswith('"""angles, converted')


def test_a_pytest_module(tmp_path: Path) -> None:
    (tmp_path / "operators").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "operators" / "right.py").write_text(written())
    (tmp_path / "operators" / "wrong.py").write_text(written(body="squares = step.Map(fn=square).apply(squares)"))
    for name in ("right", "wrong"):
        convert(tmp_path / "operators" / f"{name}.py", tmp_path / "tests" / f"test_{name}.py")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "1 failed, 1 passed" in run.stdout, run.stdout
    assert "differs from the reference" in run.stdout
    assert f"test_wrong.py::test_operator_is_equal_to_its_reference[{OPERATOR}]" in run.stdout


@pytest.mark.parametrize(
    ("name", "text", "target", "words"),
    [
        ("a.txt", "", "b.py", "known are .yaml to .py"),
        ("a.py", "", "b.py", "known are .yaml to .py"),
        ("a.py", "x = 1", "b.yaml", "has no @step.operator"),
        ("a.py", "x = 1", "test_b.py", "has no @step.operator"),
        ("a.yaml", "a: 1", "b.py", "neither a task file"),
        ("a.yaml", "a: [", "b.py", "not YAML"),
        ("a.yaml", "operator: f", "b.py", "inputs"),
        ("a.yaml", "operator: f\nimpl: 3\ninputs: {}\noutputs: []", "b.py", "impl must be text"),
        ("a.yaml", "test_name: f\ninputs: []\noutputs: []", "b.py", "at least one input"),
    ],
)
def test_what_cannot_be_converted(tmp_path: Path, name: str, text: str, target: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / target).write_text("before")
    with pytest.raises(ConvertError, match=words):
        convert(tmp_path / name, tmp_path / target)
    assert (tmp_path / target).read_text() == "before"
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([name, target])


def test_what_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConvertError, match="not text"):
        convert(tmp_path / "a.yaml", tmp_path / "b.py")
    with pytest.raises(OSError, match="nowhere"):
        convert(tmp_path / "nowhere.yaml", tmp_path / "b.py")


def test_one_of_several_operators(tmp_path: Path) -> None:
    text = written() + written().partition("@step.operator")[2].join(["\n\n@step.operator", ""]).replace(
        f"def {OPERATOR}", "def other"
    )
    (tmp_path / "a.py").write_text(text)
    with pytest.raises(ConvertError, match="several operators"):
        convert(tmp_path / "a.py", tmp_path / "a.yaml")
    with pytest.raises(ConvertError, match="no operator third"):
        convert(tmp_path / "a.py", tmp_path / "a.yaml", "third")
    convert(tmp_path / "a.py", tmp_path / "a.yaml", "other")
    assert "operator: other" in (tmp_path / "a.yaml").read_text()
