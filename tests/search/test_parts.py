"""A search in parts: shares of the stages on several workers, the first program ends them all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from step.sandbox import ChildCrashed, ChildTimeout
from step.sandbox.errors import Frame
from step.simulate.verify import verify
from step_agents.benchmark.suite import load_suite
from step_agents.campaign.executor import Workers
from step_agents.proposers.search import SERVICE
from step_agents.proposers.search.parts import in_parts
from step_agents.proposers.search.schedule import PLAIN

Answer = dict[str, Any]


class Scripted:
    """A runner whose parts answer as they are told: an answer, an exception, or never."""

    def __init__(self, *answers: Answer | Exception | None) -> None:
        self.answers, self.given, self.cancelled = answers, [], 0  # type: ignore[var-annotated]

    async def call(
        self, service: str, params: Answer, *, timeout: float, progress: Callable[[Answer], None] | None = None
    ) -> Answer:
        self.given.append(params["options"]["part"])
        answer = self.answers[params["options"]["part"][0]]
        try:
            if answer is None:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if isinstance(answer, Exception):
            raise answer
        return dict(answer or {})


def run(runner: Scripted, parts: int) -> Answer:
    return asyncio.run(in_parts(runner, SERVICE, {"options": {}}, parts, timeout=5, progress=lambda _: None))


def unsolved(distance: float | None, candidates: int = 1) -> Answer:
    return {"status": "unsolved", "distance": distance, "candidates": candidates, "stages": [distance]}


def test_the_first_program_ends_the_others() -> None:
    runner = Scripted(None, {"status": "solved", "candidates": 7, "stages": []}, None)
    assert run(runner, 3)["status"] == "solved"
    assert sorted(runner.given) == [[0, 3], [1, 3], [2, 3]]
    assert runner.cancelled == 2


def test_where_none_finds_one_the_nearest_is_told_and_the_work_added_up() -> None:
    answer = run(Scripted(unsolved(None, 5), unsolved(0.5, 6), unsolved(0.1, 7)), 3)
    assert (answer["distance"], answer["candidates"]) == (0.1, 18)
    assert len(answer["stages"]) == 3


def test_a_fault_of_the_module_is_told_at_once() -> None:
    assert run(Scripted({"status": "error", "code": "STEP-REFERENCE", "message": "…"}, None), 2)["status"] == "error"


def test_a_part_that_dies_is_an_error() -> None:
    with pytest.raises(ChildCrashed):
        run(Scripted(ChildCrashed("gone"), None), 2)


def test_the_parts_share_all_stages() -> None:
    shares = [PLAIN[index::3] for index in range(3)]
    assert sorted(map(repr, sum(shares, ()))) == sorted(map(repr, PLAIN))


def test_worker_processes_find_a_program_that_passes() -> None:
    task = load_suite("paper").task("norm/G_0_8_01")
    text = task.path.read_text()
    params = {"path": str(task.path), "text": text, "operator": task.operator, "budget_seconds": 60.0, "options": {}}
    workers = Workers(2)
    workers.start()
    try:
        answer = asyncio.run(in_parts(workers, SERVICE, params, 2, timeout=90, progress=lambda _: None))
    finally:
        workers.close()
    assert answer["status"] == "solved"
    assert verify(text, str(task.path), task.operator, answer["body"]).status == "passed"


def test_a_worker_that_hangs_says_where_it_was() -> None:
    task = load_suite("paper").task("norm/G_0_8_01")
    text = task.path.read_text() + "\n\ndef endless():\n    while True:\n        pass\n\n\nendless()\n"
    params = {"path": str(task.path), "text": text, "operator": task.operator, "budget_seconds": 1.0, "options": {}}
    frames: tuple[Frame, ...] = ()
    for timeout in (4.0, 16.0, 64.0):  # a busy machine may take longer to come as far as that
        workers = Workers(1)
        workers.start()
        try:
            with pytest.raises(ChildTimeout) as hung:
                asyncio.run(workers.call(SERVICE, params, timeout=timeout))
        finally:
            workers.close()
        frames = tuple(one for one in hung.value.frames if one.file == str(task.path))
        if frames:
            break
    assert any(one.function == "endless" for one in frames)
