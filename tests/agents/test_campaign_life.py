"""How campaigns end and go on: kills, stops, budgets, other settings."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from step_agents.benchmark import load_suite
from step_agents.campaign import BenchRequest, BenchResult, Budget, CampaignError, bench
from step_agents.campaign.budget import BudgetGate
from step_agents.campaign.journal_file import rows
from step_agents.errors import ProposerError
from step_agents.loop.domain import Draw
from step_agents.loop.proposing import ProposerAgents
from step_agents.loop.step_domain import load_operator
from step_agents.loop.surroundings import Stop
from step_agents.proposers.base import Progress, Proposal, Request, silent
from step_agents.usage import Usage

from tests.agents.campaigns import TASKS, by_hand, killed_after, only_run, request, start
from tests.agents.scripted_model import ScriptedModel, shown_operators
from tests.agents.standin import Reply, StandIn


def test_a_killed_campaign_goes_on_without_sampling_or_paying_twice(tmp_path: Path) -> None:
    with StandIn(ScriptedModel(by_hand)) as server:
        killed_after(start(server, tmp_path), 5)
        run = only_run(tmp_path)
        for more in (6, 7):
            killed_after(start(server, tmp_path, resume=run.name), more)
        kept_before = {
            (row["task"], row["round"], row["idx"]): row for row in rows(run / "journal.db", "SELECT * FROM sample")
        }
        asked_before = len(server.requests)
        finished = start(server, tmp_path, resume=run.name)
        assert finished.stdout is not None
        told = json.loads(finished.stdout.read().splitlines()[-1])
        assert finished.wait() == 0
    kept = {(row["task"], row["round"], row["idx"]): row for row in rows(run / "journal.db", "SELECT * FROM sample")}
    # No sample that was there is asked for again: what came since is what is new.
    assert len(server.requests) - asked_before == len(kept) - len(kept_before)
    answered = ("text", "seed", "tokens_input", "answered")
    for key, row in kept_before.items():
        assert {name: kept[key][name] for name in answered} == {name: row[name] for name in answered}
    assert told["solved"] == 4
    assert sum(one["samples"] for one in told["tasks"]) == len(kept)
    spent = rows(run / "journal.db", "SELECT sum(tokens_input + tokens_output + tokens_cache_read) AS n FROM sample")
    assert told["tokens"] == spent[0]["n"]


def test_an_answer_that_was_paid_but_not_verified_is_verified_on_resume(tmp_path: Path) -> None:
    with StandIn(ScriptedModel(by_hand)) as server:
        result = asyncio.run(bench(request(server, tmp_path)))
        with closing(sqlite3.connect(result.directory / "journal.db")) as db, db:
            db.execute("UPDATE sample SET passed = NULL, verdict = NULL, body = NULL WHERE round = 4")
            db.execute("DELETE FROM round WHERE number = 4")
        asked = len(server.requests)
        again = asyncio.run(bench(request(server, tmp_path, resume=result.run)))
        assert len(server.requests) == asked
    assert again.to_json()["tasks"] == result.to_json()["tasks"]
    assert again.outcome.rounds == result.outcome.rounds


def test_a_stop_is_graceful_and_can_be_resumed(tmp_path: Path) -> None:
    async def run(server: StandIn) -> BenchResult:
        stop = asyncio.Event()
        seen: list[str] = []

        def progress(line: str) -> None:
            seen.append(line)
            if len(seen) == 6:
                stop.set()

        return await bench(request(server, tmp_path), progress=progress, stop=stop)

    with StandIn(ScriptedModel(by_hand)) as server:
        stopped = asyncio.run(run(server))
        assert stopped.outcome.reason == "stopped"
        kept = rows(stopped.directory / "journal.db", "SELECT count(*) AS n, sum(passed IS NULL) AS open FROM sample")
        assert kept[0]["n"] == len(server.requests) < 36
        assert kept[0]["open"] == 0  # what was under way was finished and verified
        resumed = asyncio.run(bench(request(server, tmp_path, resume=stopped.run)))
    assert resumed.to_json()["solved"] == 4
    assert len(server.requests) == 36


@pytest.mark.parametrize(
    ("budget", "limit"),
    [
        (Budget(samples=10), "10 samples"),
        (Budget(tokens=6_000), "6,000 tokens"),
        (Budget(money=0.004), "0.004 dollars"),
    ],
)
def test_a_spent_budget_stops_and_says_what_is_left(tmp_path: Path, budget: Budget, limit: str) -> None:
    with StandIn(ScriptedModel(by_hand)) as server:
        result = asyncio.run(bench(request(server, tmp_path, budget=budget, parallel=2)))
    assert result.outcome.reason == "budget"
    assert limit in result.outcome.message
    assert "; left: " in result.outcome.message
    assert [value for value in result.left.values() if value is not None] == [0]
    usage = rows(result.directory / "journal.db", "SELECT count(*) AS n, sum(cost) AS cost FROM sample")[0]
    if budget.samples:
        assert len(server.requests) == usage["n"] == 10
    if budget.tokens:
        assert 6_000 <= result.to_json()["tokens"] <= 6_000 + 1_400
    if budget.money:
        assert budget.money <= usage["cost"] <= budget.money + 0.0009


def test_time_counts_over_all_parts_of_a_run() -> None:
    now = [100.0]
    gate = BudgetGate(Budget(seconds=60), seconds=45, clock=lambda: now[0])
    gate.enter()
    now[0] += 14
    assert gate.left()["seconds"] == pytest.approx(1)
    now[0] += 2
    with pytest.raises(Stop, match="60 s"):
        gate.enter()


class Slow:
    """A proposer that takes all the time it is given, and a tick more; it finds nothing, or asks nobody."""

    name, model = "search", None

    def __init__(self, now: list[float]) -> None:
        self.now, self.given = now, list[float]()

    async def propose(self, request: Request, progress: Progress = silent) -> Proposal:
        self.given.append(request.seconds)
        self.now[0] += request.seconds + 0.001
        return Proposal(None, "search", None, seconds=request.seconds, message="nothing was found")

    async def close(self) -> None:
        pass


def test_nobody_is_waited_for_after_the_time_of_the_run() -> None:
    now = [0.0]
    gate = BudgetGate(Budget(seconds=100), clock=lambda: now[0])
    proposer = Slow(now)
    agents = ProposerAgents(proposer, 60.0, left=lambda: gate.seconds_left)
    (task,) = [load_operator(one.id, one.group, one.path, one.operator) for one in load_suite("paper")
               if one.operator == "rms_norm"]  # fmt: skip
    first = asyncio.run(agents.sample(task, (), Draw(0, 0, 0)))
    assert first.text is None  # it had all of its time: a failed sample
    with pytest.raises(ProposerError, match="the run's time was over") as caught:
        asyncio.run(agents.sample(task, (), Draw(0, 1, 0)))
    assert not caught.value.fatal and proposer.given == [60.0, pytest.approx(39.999)]


def test_samples_under_way_are_reserved() -> None:
    gate = BudgetGate(Budget(tokens=1000), samples=2, usage=Usage(400, 100))
    gate.enter()  # 500 spent, 250 expected for the one under way
    gate.enter()
    with pytest.raises(Stop, match="1,000 tokens"):
        gate.enter()


def test_a_run_is_resumed_by_its_name_alone(tmp_path: Path) -> None:
    with StandIn(ScriptedModel(by_hand)) as server:
        first = asyncio.run(bench(request(server, tmp_path, budget=Budget(samples=5), granularity=2)))
        environment = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": server.url}
        alone = BenchRequest(resume=first.run, out=tmp_path, environment=environment, keep_experience=False, workers=1)
        kept = asyncio.run(bench(alone))  # its budget is what the run was begun with: nothing is sampled
        assert (kept.outcome.reason, len(server.requests)) == ("budget", 5)
        again = asyncio.run(bench(replace(alone, budget=Budget(samples=1000))))
    assert again.to_json()["total"] == 4
    assert again.outcome.reason in ("solved", "exhausted")
    assert max(len(one.strata) for one in again.outcome.rounds) == 2
    assert {one.body["model"] for one in server.requests} == {"claude-haiku-4-5"}


def test_a_run_is_resumed_with_the_same_settings_only(tmp_path: Path) -> None:
    with StandIn(ScriptedModel(by_hand)) as server:
        first = asyncio.run(bench(request(server, tmp_path, budget=Budget(samples=1))))
        with pytest.raises(CampaignError) as caught:
            asyncio.run(bench(request(server, tmp_path, resume=first.run, seed=7)))
        assert caught.value.code == "CAMPAIGN-SETTINGS"
        with pytest.raises(CampaignError) as caught:
            asyncio.run(bench(request(server, tmp_path, resume="none-such")))
        assert caught.value.code == "CAMPAIGN-RUN"


def test_a_run_is_not_run_twice_at_once(tmp_path: Path) -> None:
    with StandIn(lambda _: Reply("x", hang=True)) as server:
        running = start(server, tmp_path)
        assert server.asked.wait(60)
        with pytest.raises(CampaignError) as caught:
            asyncio.run(bench(request(server, tmp_path, resume=only_run(tmp_path).name)))
        assert caught.value.code == "CAMPAIGN-RUNNING"
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


@pytest.mark.parametrize("values", [{"suite": "/no/such/folder"}, {"tasks": ("nothing*",)}])
def test_a_suite_that_is_not_there_is_told(tmp_path: Path, values: dict[str, Any]) -> None:
    with StandIn([]) as server, pytest.raises(CampaignError) as caught:
        asyncio.run(bench(request(server, tmp_path, **values)))
    assert caught.value.code == "CAMPAIGN-SUITE"


def test_the_validation_split_is_never_shown(tmp_path: Path) -> None:
    with StandIn(ScriptedModel(dict.fromkeys(TASKS[:3], 4))) as server:
        result = asyncio.run(bench(request(server, tmp_path, validation=0.5)))
    split = rows(result.directory / "journal.db", "SELECT operator FROM task WHERE validation")
    kept_apart = {row["operator"] for row in split}
    assert len(kept_apart) == 2
    shown = {name for one in server.requests for name in shown_operators(one)}
    assert shown
    assert not shown & kept_apart


def test_a_refused_key_ends_a_campaign_at_once(tmp_path: Path) -> None:
    with StandIn(lambda _: Reply(status=401, error="authentication_error", message="no")) as server:
        result = asyncio.run(bench(request(server, tmp_path)))
    assert result.outcome.reason == "error"
    assert "key was refused" in result.outcome.message
    assert len(server.requests) <= 4
