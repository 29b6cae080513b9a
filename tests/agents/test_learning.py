"""The search's prior is learned from experience."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from step.sandbox import Sandbox
from step_agents.experience import ExperienceBuffer
from step_agents.learning import learned_prior
from step_agents.proposers.search import SearchProposer
from step_agents.proposers.search.prior import Prior
from step_agents.synthesis import SynthesisRequest
from step_agents.synthesize import synthesize

from tests.benchmark.solutions import PAPER


def test_nothing_is_learned_from_nothing() -> None:
    assert learned_prior([]) is None


def test_what_was_solved_orders_the_next_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    plain = SearchProposer.__init__

    def spy(self: SearchProposer, runner: Any, options: Any = None, *rest: Any, **named: Any) -> None:
        given.append(dict(options or {}))
        plain(self, runner, options, *rest, **named)

    monkeypatch.setattr(SearchProposer, "__init__", spy)
    buffer = ExperienceBuffer(f"sqlite:///{tmp_path / 'experience.db'}")
    first, second = (next(task for task in PAPER if task.id == name) for name in ("bmm/bmm_1", "bmm/bmm_2"))

    async def solve() -> None:
        async with Sandbox() as sandbox:
            for task, prior in ((first, True), (second, True), (second, False)):
                text, path = task.path.read_text(), str(task.path)
                request = SynthesisRequest(text, path, task.operator, proposer="search", prior=prior)
                found = await synthesize(request, sandbox=sandbox, experience=buffer if prior else None)
                assert found.status == "solved"

    asyncio.run(solve())
    assert given[0] == {}
    assert given[2] == {}
    learned = Prior.from_json(given[1]["prior"])
    assert learned.totals
    assert learned.counts
    buffer.close()
