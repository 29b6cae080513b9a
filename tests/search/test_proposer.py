"""The proposer in the child process: proposals, progress, cancelling, errors."""

from __future__ import annotations

import asyncio
import time

import pytest
from step.sandbox import Sandbox
from step.source import read
from step_agents.errors import ProposerError
from step_agents.proposers import create
from step_agents.proposers.base import Request, Settings
from step_agents.proposers.search import progress_line
from step_agents.task_source import task_of

from tests.search.modules import RMS
from tests.search.test_service import HARD


def request(text: str, seconds: float = 30.0) -> Request:
    module = read(RMS, "module.py")
    operator = module.operator("norm")
    assert operator is not None
    return Request(text, "module.py", "norm", task_of(module, operator), seconds=seconds)


async def propose_and_close(text: str, seconds: float = 30.0) -> tuple[object, list[str]]:
    sandbox, lines = Sandbox(), []
    try:
        return await create("search", Settings(runner=sandbox)).propose(request(text, seconds), lines.append), lines
    finally:
        await sandbox.close()


def test_it_proposes_a_body() -> None:
    proposal, _ = asyncio.run(propose_and_close(RMS))
    assert "step.Map(fn=div)" in proposal.body  # type: ignore[attr-defined]
    assert proposal.candidates > 0  # type: ignore[attr-defined]


def test_where_there_is_none_it_says_why_and_what_came_nearest() -> None:
    proposal, lines = asyncio.run(propose_and_close(HARD, 8.0))
    assert proposal.body is None  # type: ignore[attr-defined]
    assert "`np.sin(x)`" in proposal.message  # type: ignore[attr-defined]
    assert "return" in proposal.nearest  # type: ignore[attr-defined]
    assert any("candidates" in line for line in lines)


def test_a_bad_module_is_an_error_with_a_code() -> None:
    with pytest.raises(ProposerError) as caught:
        asyncio.run(propose_and_close("import step\nraise ValueError('broken')\n"))
    assert caught.value.code == "STEP-MODULE"


def test_cancelling_ends_the_search_at_once() -> None:
    async def cancelled() -> float:
        sandbox = Sandbox()
        begun = asyncio.Event()
        proposer = create("search", Settings(runner=sandbox))
        task = asyncio.ensure_future(proposer.propose(request(HARD, 60.0), lambda _: begun.set()))
        await begun.wait()
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        seconds = time.monotonic() - started
        await sandbox.close()
        return seconds

    assert asyncio.run(cancelled()) < 50  # of the 60 that it has


def test_without_a_child_there_is_no_search() -> None:
    with pytest.raises(ProposerError):
        create("search", Settings())


def test_progress_is_a_line_for_people() -> None:
    value = {"stage": "guided 1", "candidates": 1204, "met": 2, "outputs": 3, "best": None, "level": 5, "seconds": 3.21}
    told = "composing what the reference computes of up to 5 primitives … 1,204 candidates, 2 of 3 outputs, 3.2 s"
    assert progress_line(value) == told
    told = progress_line({**value, "stage": "slack 0, uses 1", "outputs": 1})
    assert told == "composing every program of up to 5 primitives … 1,204 candidates, 3.2 s"
    found = progress_line({**value, "best": 7})
    assert found == "found a body of 7 primitives, looking for a shorter one … 1,204 candidates, 3.2 s"
    failing = progress_line({**value, "best": 7, "failing": ["root: raised KeyError on every input (line 9)"]})
    assert failing == f"root: raised KeyError on every input (line 9); {found}"
