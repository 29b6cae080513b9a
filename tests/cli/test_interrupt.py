"""Ctrl+C at any moment: exit code 130, and no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agents.standin import Reply, StandIn
from tests.cli.run import STEPLANG, surroundings
from tests.server.samples import ENDLESS, SOLVED

_AT = """
import builtins, os, signal, sys
from step_server.cli import main
wanted, plain = sys.argv[1], builtins.__import__
def watching(name, *rest, **more):
    global wanted
    if name == wanted:
        wanted = None
        os.kill(os.getpid(), signal.SIGINT)  # as Ctrl+C in the middle of loading
    return plain(name, *rest, **more)
builtins.__import__ = watching
sys.argv = ["steplang", *sys.argv[2:]]
sys.exit(main())
"""


@pytest.mark.parametrize("module", ["step_server.cli.main", "argparse", "numpy", "step.check"])
def test_while_it_loads(tmp_path: Path, module: str) -> None:
    path = tmp_path / "a.py"
    path.write_text(SOLVED)
    done = subprocess.run(
        [sys.executable, "-c", _AT, module, "check", "--static", path],
        cwd=tmp_path,
        env=surroundings(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_nothing_is_loaded_before_ctrl_c_is_looked_after(tmp_path: Path) -> None:
    ask = "import sys; known = {*sys.modules}; from step_server.cli import main; print(*{*sys.modules} - known)"
    done = subprocess.run([sys.executable, "-c", ask], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert {*done.stdout.split()} - {"_signal"} == {"step_server", "step_server.cli"}, done.stderr


def test_while_a_check_runs(tmp_path: Path) -> None:
    path, mark = tmp_path / "a.py", tmp_path / "begun"
    os.mkfifo(mark)
    path.write_text(ENDLESS.replace("    while True:\n", f"    open({str(mark)!r}, 'w').close()\n    while True:\n"))
    with subprocess.Popen(
        [STEPLANG, "check", "--timeout", "100", path],
        cwd=tmp_path,
        env=surroundings(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        with mark.open() as begun:  # blocks until the function runs
            begun.read()
        os.killpg(running.pid, signal.SIGINT)
        out, told = running.communicate(timeout=60)
    assert running.returncode == 130 and told == "interrupted\n" and "Traceback" not in out


def test_a_bench_that_waits_for_a_sample_is_given_up_by_the_second_ctrl_c(tmp_path: Path) -> None:
    with StandIn(lambda _: Reply(hang=True)) as server:
        more = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": server.url}
        bench = [STEPLANG, "bench", "--proposer", "anthropic", "--tasks", "norm/G_0_8_01", "--out", "runs"]
        with subprocess.Popen(
            bench, cwd=tmp_path, env={**surroundings(tmp_path), **more}, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            first = process.stderr.readline()
            assert first.startswith("run ") and "runs" in first  # what to resume is known from the beginning
            server.asked.wait(120)
            process.send_signal(signal.SIGINT)
            assert "stopping: what is under way is finished" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            assert process.stderr.read() == "interrupted\n"
            assert process.wait(120) == 130
