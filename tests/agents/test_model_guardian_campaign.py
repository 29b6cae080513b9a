"""The model as second guardian in a campaign: counted, paid, and never asked twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from step_agents.campaign import BenchRequest, BenchResult, CampaignError, bench
from step_agents.campaign.journal_file import rows
from step_agents.report import collect, render_html

from tests.agents.scripted_model import BODIES, asked_operator
from tests.agents.standin import Reply, Request, StandIn
from tests.agents.test_model_guardian import asked, code, is_guardian

TASKS = ("rms_norm", "layer_norm_of_rows")


class Half:
    """Proposes nothing but broken bodies; mends ``rms_norm`` in the first two of four, the other never."""

    def __init__(self) -> None:
        self.mended: Counter[str] = Counter()

    def __call__(self, request: Request) -> Reply:
        operator = asked_operator(request)
        right = BODIES[operator]
        if not is_guardian(request):
            return Reply(code(f"x = x + x\n{right}"), input_tokens=300, output_tokens=100)
        self.mended[operator] += 1
        good = operator == "rms_norm" and self.mended[operator] <= 2
        return Reply(code(right if good else "return nothing_of_that_name"), input_tokens=200, output_tokens=50)


def campaign(server: StandIn, out: Path, **values: Any) -> BenchRequest:
    environment = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": server.url}
    given = {"proposer": "anthropic", "model": "claude-haiku-4-5", "samples": 4, "temperatures": (None,),
             "tasks": TASKS, "workers": 1, "parallel": 2, "keep_experience": False, "improve": False,
             "guardian": "model", **values}  # fmt: skip
    return BenchRequest(out=out, environment=environment, **given)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[BenchResult, StandIn, Path]:
    out = tmp_path_factory.mktemp("runs")
    with StandIn(Half()) as server:
        return asyncio.run(bench(campaign(server, out))), server, out


def test_a_campaign_counts_and_pays_the_guardian(done: tuple[BenchResult, StandIn, Path]) -> None:
    result, server, out = done
    told = result.to_json()
    assert {one["id"]: (one["samples"], one["passes"]) for one in told["tasks"]} == {
        "norm/G_0_8_01": (4, 2), "norm/G_0_9_02": (4, 0)}  # fmt: skip
    assert (asked(server), len(server.requests)) == (8, 16)
    assert (told["tokens"], told["corrupted"]) == (8 * 400 + 8 * 250, 0)
    assert told["cost"] == pytest.approx((8 * (300 + 500) + 8 * (200 + 250)) / 1e6)
    report = collect(result.run, out)
    assert report.guardian == {"judged": 8, "mended": 2, "corrupted": 0, "asked": 8, "asked_tokens": 8 * 250}
    assert sum(report.usage.values()) == told["tokens"]
    assert report.cost == pytest.approx(told["cost"])
    assert "shown to a model 8 times" in render_html(report)
    kinds = rows(result.directory / "journal.db", "SELECT DISTINCT prompt_version, model FROM request")
    assert kinds == [{"prompt_version": "v1", "model": "claude-haiku-4-5"}]
    roles = {one.role: (one.requests, one.input, one.output, one.cost) for one in report.roles}
    assert roles == {
        "proposer": (8, 8 * 300, 8 * 100, pytest.approx(8 * 800 / 1e6)),
        "guardian": (8, 8 * 200, 8 * 50, pytest.approx(8 * 450 / 1e6))}  # fmt: skip


def test_a_resumed_campaign_asks_no_guardian_twice(done: tuple[BenchResult, StandIn, Path]) -> None:
    import sqlite3

    result, _, out = done
    before = result.to_json()
    with sqlite3.connect(result.directory / "journal.db") as db:
        # As if it was killed after the guardian's answers, before their verdicts.
        db.execute("UPDATE sample SET passed = NULL, mended = NULL, corrupted = NULL, verdict = NULL, body = NULL")
        db.execute("DELETE FROM round")
    with StandIn([]) as nobody:
        again = asyncio.run(bench(campaign(nobody, out, resume=result.run))).to_json()
        assert nobody.requests == []
    for key in ("tokens", "cost", "solved", "pass_at_1"):
        assert again[key] == pytest.approx(before[key])


def test_a_proposer_without_a_model_has_no_model_guardian(tmp_path: Path) -> None:
    with StandIn([]) as server, pytest.raises(CampaignError, match="has none"):
        asyncio.run(bench(campaign(server, tmp_path, proposer="search", model=None)))
