"""Files that are saved, removed or locked while a command works on them: nothing of them is lost."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import psutil
import pytest
from step_server.cli.writing import NotWritten, write, write_body

from tests.cli.run import STEPLANG, surroundings
from tests.server.samples import BODY, HEAD, HOLE, SOLVED

SLOW = HOLE.replace("def reference(x):\n", "def reference(x):\n    import time\n    time.sleep(0.4)\n")


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "module.py"
    path.write_text(HOLE)
    return path


def test_what_was_saved_meanwhile_is_kept(module: Path) -> None:
    later = f'"""Mine."""\n\n{HOLE}\n\nMINE = 1\n'
    module.write_text(later)
    assert write_body(module, SOLVED, HOLE, "rms_norm", BODY) == later
    assert module.read_text() == f'"""Mine."""\n\n{SOLVED}\n\nMINE = 1\n'


@pytest.mark.parametrize(
    "later",
    [
        HOLE.replace("return x * x", "return x * x * x"),
        HOLE.replace("[D, N])},", "[N, D])},"),
        HOLE.replace("    ...\n", "    y = step.Map(fn=square).apply(x)\n    return y\n"),
        HEAD,
        HOLE.replace("@step.operator(", "@step.operator(("),
    ],
    ids=["a function", "the specification", "the body", "it is gone", "it does not parse"],
)
def test_what_the_body_depends_on_must_be_what_it_was(module: Path, later: str) -> None:
    module.write_text(later)
    with pytest.raises(NotWritten, match=r"rms_norm, or something that it uses, was changed meanwhile"):
        write_body(module, SOLVED, HOLE, "rms_norm", BODY)
    assert module.read_text() == later


def test_a_file_that_is_gone_does_not_come_back(module: Path) -> None:
    module.unlink()
    with pytest.raises(NotWritten, match="No such file"):
        write_body(module, SOLVED, HOLE, "rms_norm", BODY)
    assert not module.exists()


def test_a_fix_is_not_written_over_another_text(module: Path) -> None:
    with pytest.raises(NotWritten, match="it was changed meanwhile"):
        write(module, SOLVED, SOLVED)
    assert module.read_text() == HOLE


def test_a_line_that_is_added_during_a_synthesis_stays(module: Path) -> None:
    module.write_text(SLOW)
    command = [STEPLANG, "synth", str(module), "--write", "--no-experience"]
    work = subprocess.Popen(
        command, cwd=module.parent, env=surroundings(module.parent), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    child = _child_of(work.pid)
    assert child, work.communicate()
    module.write_text(SLOW + "\nMINE = 1\n")
    out, err = work.communicate(timeout=120)
    assert work.returncode == 0, (out, err)
    assert module.read_text().endswith("\nMINE = 1\n") and "step.Map" in module.read_text()


def _child_of(pid: int) -> bool:
    """Waits until a process has a child, which runs the module: the module was read by then."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if psutil.Process(pid).children():
            return True
        time.sleep(0.01)
    return False
