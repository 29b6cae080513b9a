"""The whole path, with nothing scripted: VS Code, the packed extension, `steplang lsp`, the offline proposer."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from vscode_workbench.page import Workbench
from vscode_workbench.paths import ROOT
from vscode_workbench.scripted import OpenWorkbench, write_executable

SYNTHESIS_SECONDS = 60
"""Far more than it takes: the specification says 10 for this operator."""

HOLE = r"^    \.\.\.$"
SOLVED = r"return step\.Map\(fn=div\)"

Invoke = Callable[[Workbench], None]


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A copy of the examples, for the test to change."""
    folder = tmp_path / "examples"
    shutil.copytree(ROOT / "examples", folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def real(open_workbench: OpenWorkbench, examples: Path, tmp_path: Path) -> Workbench:
    """A workbench on the examples, with this checkout's server and an experience of its own."""
    steplang = Path(sys.executable).parent / "steplang"
    settings = {
        "step.path": str(steplang),
        "step.interpreter": sys.executable,
        "step.experience.url": f"sqlite:///{tmp_path / 'experience.db'}",
    }
    return open_workbench(settings, folder=examples)


def by_lens(bench: Workbench) -> None:
    bench.click_lens("Synthesize")


def by_command(bench: Workbench) -> None:
    bench.goto(bench.line_number(HOLE), 5)
    bench.command("STeP: Synthesize Operator")


def by_code_action(bench: Workbench) -> None:
    bench.goto(bench.line_number(HOLE), 5)
    bench.code_action("Synthesize.*rms_norm")


@pytest.mark.parametrize("invoke", [by_lens, by_command, by_code_action])
def test_a_hole_becomes_a_verified_body(real: Workbench, examples: Path, invoke: Invoke) -> None:
    real.open_file("rms_norm.py")
    real.press("Control+End")
    real.expect_lens("Synthesize")
    invoke(real)
    real.expect_line(SOLVED, SYNTHESIS_SECONDS)
    real.expect_notification(r"rms_norm verified by search: .* s", SYNTHESIS_SECONDS)
    real.save()
    real.expect_lens(r"✓ (checked|verified)", 30)
    real.expect_gutter("passed")
    real.expect_no_squiggle()
    real.screenshot("passed")
    assert not re.search(HOLE, (examples / "rms_norm.py").read_text(), re.M)
    if invoke is by_code_action:
        real.command("STeP: Show Experience")
        real.expect_text("the new experience", ".pane-body .monaco-list-row", r"rms_norm\s*100 % · 1 sample$", 30)
        real.screenshot("experience")
    if invoke is not by_lens:
        return

    # A broken body: first what the static check sees, while typing …
    accum = real.line_number(r"step\.Accum\(")
    good = real.expect_line(r"step\.Accum\(")
    name = re.match(r"\s*(\w+)", good)
    assert name is not None
    source = next(line for line in (examples / "rms_norm.py").read_text().splitlines() if "step.Accum(" in line)
    real.replace_line(accum, source.replace("b=1", "b=2"))
    real.expect_squiggle()
    real.expect_lens("changed since it was checked|Repair")
    real.screenshot("squiggle")
    # … then what only the functional check sees, on save.
    real.replace_line(accum, source)
    real.expect_no_squiggle()
    square = next(line for line in (examples / "rms_norm.py").read_text().splitlines() if "fn=square" in line)
    real.replace_line(real.line_number(r"fn=square"), square.replace("fn=square", "fn=mean_eps_sqrt"))
    real.save()
    real.expect_lens("✗ differs from its reference", 30)
    real.expect_gutter("failed")
    real.expect_squiggle()
    assert any("expected" in row for row in real.problems()), real.problems()
    real.screenshot("failed")
    # The graph shows where the values stop being finite, and Repair mends it.
    real.focus_editor()
    real.goto(real.line_number("fn=mean_eps_sqrt"), 8)
    real.command("STeP: Show Dataflow Graph")
    graph = real.webview("Dataflow graph")
    marked = graph.locator(".edge.nonfinite, .edge.failing")
    real.until("a marked stream", lambda: marked.count() > 0, lambda: f"{graph.locator('.edge').count()} streams")
    real.screenshot("nonfinite")
    real.click_lens("Repair")
    real.expect_notification("rms_norm verified", SYNTHESIS_SECONDS)
    real.expect_lens(r"✓ verified", SYNTHESIS_SECONDS)
    real.until("no marked stream", lambda: marked.count() == 0, lambda: f"{marked.count()} marked")


def test_types_hover_and_graph(real: Workbench) -> None:
    real.open_file("softmax.py")
    real.press("Control+End")  # so that no lens that comes later pushes the lines out of view
    real.expect_line(r": f32 \[\w+")
    real.goto(real.line_number(r"step\.Accum\("), 12)
    real.press("Control+k", "Control+i")
    real.expect_text("a hover", ".monaco-hover:not(.hidden) .hover-contents", r"\[")
    real.screenshot("hover")
    real.press("Escape")
    real.command("STeP: Show Dataflow Graph")
    graph = real.webview("Dataflow graph")
    nodes = graph.locator(".node")
    real.until("the nodes", lambda: nodes.count() >= 6, lambda: f"{nodes.count()} nodes")
    types = graph.locator(".type").all_text_contents()
    assert types, "no types on the streams"
    assert all("[" in text for text in types), types
    real.screenshot("graph")


def test_an_interpreter_that_is_deleted_is_told_at_the_operator(
    open_workbench: OpenWorkbench, examples: Path, tmp_path: Path
) -> None:
    mine = write_executable(tmp_path / "python-of-mine", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    settings = {
        "step.path": str(Path(sys.executable).parent / "steplang"),
        "step.interpreter": str(mine),
        "step.experience.url": f"sqlite:///{tmp_path / 'experience.db'}",
    }
    bench = open_workbench(settings, folder=examples)
    bench.open_file("softmax.py")
    bench.press("Control+End")
    bench.click_lens("Run check")
    bench.expect_lens("✓ checked")
    # The checks' process ends, and its interpreter is gone: as after an upgrade, or a `rm -r .venv`.
    gone = mine.rename(tmp_path / "gone")
    checkers = _checkers(tmp_path)
    assert checkers, "no process that runs checks"
    for process in checkers:
        process.kill()
    number = bench.line_number(r"step\.Repeat\(n=C\)\.apply\(peak\)")
    bench.replace_line(number, "    peaks = step.Repeat(n=C).apply(peak) ")
    bench.replace_line(number - 1, "    peak = step.Accum(fn=add, b=1).apply(x0)")
    bench.save()
    bench.expect_lens("python-of-mine|✗|could not", 30)
    bench.screenshot("no-interpreter")
    assert any("there is no Python at" in row and "python-of-mine" in row for row in bench.problems()), bench.problems()
    bench.expect_language_status("STeP \\d")
    gone.rename(mine)
    bench.focus_editor()
    bench.replace_line(number - 1, "    peak = step.Accum(fn=largest, b=1).apply(x0)")
    bench.save()
    bench.expect_lens("✓ checked", 30)
    bench.expect_no_squiggle()


def _checkers(home: Path) -> list[psutil.Process]:
    """The processes that run checks for the server of one test."""
    marks = ("step.sandbox", str(home))
    return [one for one in psutil.process_iter() if all(mark in _command_and_variables(one) for mark in marks)]


def _command_and_variables(process: psutil.Process) -> str:
    try:
        return " ".join([*process.cmdline(), *process.environ().values()])
    except psutil.Error:
        return ""
