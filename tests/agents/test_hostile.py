"""No answer is ever executed: hostile ones give a diagnostic each, no side effect, in bounded time and memory."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest
from step.sandbox import Sandbox
from step_agents.answer import read_answer
from step_agents.guardian import alternatives
from step_agents.reading import read_candidate
from step_agents.trying import Trial, try_body

from tests.agents.hostile import CORPUS, filled
from tests.agents.samples import ROOT, SCALE, SCALE_BODY, operator_of

OPERATOR, _ = operator_of(SCALE)
SECONDS = 10.0
"""Far above what any answer needs (the longest takes well below a second), far below what running one could take."""


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 100
    assert len(set(CORPUS.values())) == len(CORPUS)


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_body_is_refused_and_nothing_happens(name: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    text = filled(CORPUS[name], str(canary))
    started = time.monotonic()
    reading = read_candidate(OPERATOR, text)
    assert time.monotonic() - started < SECONDS
    assert reading.errors, "it must be refused"
    assert not reading.is_right
    assert all(one.code.startswith("STEP-") and one.message for one in reading.errors)
    assert all(len(one.message) < 2000 for one in reading.errors)
    assert not canary.exists()


@pytest.mark.parametrize("name", [name for name in CORPUS if not name.startswith("long")])
def test_the_guardian_makes_nothing_of_it_that_runs(name: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    started = time.monotonic()
    found = list(alternatives(OPERATOR, filled(CORPUS[name], str(canary))))
    assert time.monotonic() - started < SECONDS
    assert all(one.reading.is_right for one in found)
    assert not canary.exists()


@pytest.mark.parametrize("name", CORPUS)
def test_an_answer_around_it_is_read_in_bounded_time(name: str, tmp_path: Path) -> None:
    text = filled(CORPUS[name], str(tmp_path / "canary"))
    started = time.monotonic()
    read_answer(f"Sure!\n```python\n{text}\n```\nDone.", OPERATOR.name)
    read_answer(text, OPERATOR.name)
    assert time.monotonic() - started < SECONDS
    assert not (tmp_path / "canary").exists()


def test_reading_opens_nothing_starts_nothing_and_stays_small(tmp_path: Path) -> None:
    """Python's own audit hooks see every import of a new module, file, process and socket."""
    code = """
import resource, sys
from tests.agents.hostile import CORPUS, filled
from tests.agents.test_hostile import OPERATOR
from step_agents.reading import read_candidate
from step_agents.trying import Trial, try_body
from step_agents.guardian import alternatives
read_candidate(OPERATOR, "return y_")
read_candidate(OPERATOR, "return step.Mapp(fn=half).apply(x)")
watched = ("open", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "socket.connect", "os.remove",
           "os.mkdir", "os.rename", "shutil.rmtree", "exec", "pty.spawn", "ctypes.dlopen")
seen = []
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
unnamed = "('<unknown>', 'rb', 0)"  # Python itself looks for the source line of a syntax error


def hook(event, arguments):
    if event in watched and str(arguments) != unnamed:
        seen.append((event, str(arguments)[:200]))


sys.addaudithook(hook)
for text in CORPUS.values():
    read_candidate(OPERATOR, filled(text, sys.argv[1]))
print(seen)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    command = [sys.executable, "-c", code, str(tmp_path / "canary")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    events, kilobytes = done.stdout.split("\n")[:2]
    assert events == "[]"
    assert int(kilobytes) < 600 * 1024


@pytest.mark.parametrize("rest", ["\nyield x", "\nimport os", "; nonlocal x", "\n\nif x:\n    nonlocal y\n", ""])
def test_what_follows_a_return_gets_into_no_file(rest: str) -> None:
    async def run() -> Trial:
        async with Sandbox() as sandbox:
            return await try_body(sandbox, SCALE, "module.py", OPERATOR, SCALE_BODY + rest)

    trial = asyncio.run(run())
    assert (trial.passed, trial.body, trial.fixes) == (True, SCALE_BODY, ())
