"""The pytest plugin, run as a user's pytest would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulate.written import OPERATOR, module_text

WRONG = "squares = step.Map(fn=square).apply(squares)"
HOLE = """

@step.operator(inputs={"x": step.stream(f32, [D, N])}, outputs=step.stream(f32, [N]), reference=reference)
def still_open(x): ...
"""


def run(folder: Path, *arguments: str) -> str:
    """What pytest prints in a folder, as on a person's machine: in CI it repeats each failure in its summary."""
    own = {name: value for name, value in os.environ.items() if name not in ("CI", "BUILD_NUMBER")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "step.pytest_plugin", "-p", "no:cacheprovider", "-rA", *arguments],
        env={**own, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_operators_of_collected_files_are_items(tmp_path: Path) -> None:
    (tmp_path / "test_norms.py").write_text(module_text() + HOLE + "\n\ndef test_other():\n    pass\n")
    (tmp_path / "operators.py").write_text(module_text(body=WRONG))
    out = run(tmp_path)
    assert f"PASSED test_norms.py::step::{OPERATOR}" in out
    assert "PASSED test_norms.py::test_other" in out
    assert "a hole: not synthesised yet" in out
    assert "2 passed, 1 skipped" in out
    assert "operators.py" not in out


def test_a_hole_whose_declaration_cannot_be_met_fails(tmp_path: Path) -> None:
    (tmp_path / "test_hole.py").write_text(module_text(reference="x = x[:, :1, None]") + HOLE)
    out = run(tmp_path)
    assert "2 failed" in out and out.count("error STEP-REFERENCE") == 2 and "wrong shape" in out


def test_a_file_named_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "operators.py").write_text(module_text())
    assert f"PASSED operators.py::step::{OPERATOR}" in run(tmp_path, "operators.py")
    out = run(tmp_path, f"operators.py::step::{OPERATOR}")
    assert "1 passed" in out


@pytest.mark.parametrize("how", ["ini", "option"])
def test_patterns_of_other_files(tmp_path: Path, how: str) -> None:
    (tmp_path / "operators").mkdir()
    (tmp_path / "operators" / "norm.py").write_text(module_text())
    (tmp_path / "operators" / "plain.py").write_text("x = 1\n")
    arguments = ["--step-files", "operators/*.py"]
    if how == "ini":
        (tmp_path / "pytest.ini").write_text("[pytest]\nstep_files = operators/*.py\n")
        arguments = []
    out = run(tmp_path, *arguments)
    assert f"PASSED operators/norm.py::step::{OPERATOR}" in out and "1 passed" in out


def test_a_failure_shows_the_line_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(module_text(body=WRONG, top="print('loading')"))
    out = run(tmp_path)
    assert "error STEP-VALUE" in out
    assert "differs from the reference at [0] of [N]" in out
    assert f"def {OPERATOR}(x):" in out and "^" * len(OPERATOR) in out
    assert "loading" in out
    assert "Traceback" not in out and "_pytest" not in out
    assert "1 failed" in out


def test_static_errors_fail_without_running_the_file(tmp_path: Path) -> None:
    text = module_text(
        body="squares = step.Accum(fn=add, b=2).apply(squares)", top=f"open({str(tmp_path / 'ran')!r}, 'w')"
    )
    (tmp_path / "operators.py").write_text(text)
    out = run(tmp_path, "--step-files", "operators.py")
    assert "error STEP-RANK" in out and "1 failed" in out
    assert not (tmp_path / "ran").exists()


def test_a_check_that_takes_too_long(tmp_path: Path) -> None:
    (tmp_path / "operators.py").write_text(module_text(function="while True: pass"))
    (tmp_path / "after.py").write_text(module_text())
    out = run(tmp_path, "--step-files", "operators.py", "--step-files", "after.py", "--step-timeout", "1")
    assert "STEP-TIMEOUT" in out
    assert "1 failed, 1 passed" in out


def test_files_that_do_not_parse_or_are_not_text_disturb_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import step\n@step.operator(\n")
    (tmp_path / "b.py").write_bytes(b"import step \xff operator")
    (tmp_path / "c.py").write_text(module_text())
    out = run(tmp_path, "--step-files", "*.py")
    assert "1 passed" in out and "error" not in out.lower().replace("errors", "")


def test_an_operator_whose_branch_does_not_run_is_skipped_and_it_is_said_why(tmp_path: Path) -> None:
    head, declared = module_text().split("@step.operator", 1)
    inside = "".join(f"    {line}\n" if line else "\n" for line in f"@step.operator{declared}".splitlines())
    (tmp_path / "operators.py").write_text(f"{head}if False:\n{inside}")
    out = run(tmp_path, "--step-files", "operators.py")
    assert "1 skipped" in out and "`if False:`" in out and "failed" not in out


def test_files_that_do_not_import_step_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("step = 'operator'\ndef test_a(): pass\n")
    out = run(tmp_path)
    assert "1 passed" in out and "::step::" not in out


def test_idle_it_loads_nothing_of_the_simulator(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        "import sys\ndef test_a():\n"
        "    assert not [m for m in sys.modules if m.startswith(('step.sim', 'step.sandbox', 'step.check'))]\n"
    )
    assert "1 passed" in run(tmp_path)


def test_the_plugin_is_found_by_itself() -> None:
    from importlib.metadata import entry_points

    assert [one.value for one in entry_points(group="pytest11") if one.name == "steplang"] == ["step.pytest_plugin"]
