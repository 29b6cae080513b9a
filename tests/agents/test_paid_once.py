"""Nothing is sampled or paid twice, and nothing that was paid is lost: turns of repair, tries without an answer."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from step_agents.campaign import BenchRequest, BenchResult, Budget, CampaignError, bench
from step_agents.campaign.journal_file import connect, rows
from step_agents.campaign.verdicts import Verdicts
from step_agents.prompts import Prompter
from step_agents.report import collect

from tests.agents.samples import PAPER
from tests.agents.scripted_model import BODIES
from tests.agents.standin import Reply, Request, StandIn

QUICK = {"retry-after-ms": "1"}
WRONG = "return nothing_of_that_name"


def campaign(server: StandIn, out: Path, **values: Any) -> BenchResult:
    environment = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": server.url}
    given = {"proposer": "anthropic", "model": "claude-haiku-4-5", "samples": 2, "temperatures": (None,),
             "tasks": ("rms_norm",), "workers": 1, "parallel": 2, "keep_experience": False, "improve": False,
             **values}  # fmt: skip
    return asyncio.run(bench(BenchRequest(out=out, environment=environment, **given)))


def body(text: str, **values: Any) -> Reply:
    return Reply(f"```python\n{text}\n```", **{"input_tokens": 300, "output_tokens": 100, **values})


def is_repair(request: Request) -> bool:
    return len(request.body["messages"]) > 1


def wrong_then_right(request: Request) -> Reply:
    return body(BODIES["rms_norm"]) if is_repair(request) else body(WRONG)


def forget(result: BenchResult, *changes: str) -> None:
    """Makes the journal what it would be after a kill at an earlier moment."""
    with closing(sqlite3.connect(result.directory / "journal.db")) as db, db:
        for change in changes:
            db.execute(change)


def test_a_repair_shows_the_diagnostics_and_all_turns_are_one_sample(tmp_path: Path) -> None:
    with StandIn(wrong_then_right) as server:
        result = campaign(server, tmp_path, repairs=2)
    told = result.to_json()
    assert (told["tasks"][0]["samples"], told["tasks"][0]["passes"]) == (2, 2)
    assert len(server.requests) == 4
    shown = next(one for one in server.requests if is_repair(one)).body["messages"]
    assert [one["role"] for one in shown] == ["user", "assistant", "user"]
    assert "STEP-NAME" in shown[2]["content"]
    assert told["tokens"] == 4 * 400
    (role,) = collect(result.run, tmp_path).roles
    assert (role.requests, role.input, role.output) == (4, 1200, 400)


def test_a_kill_between_two_turns_pays_no_turn_twice(tmp_path: Path) -> None:
    with StandIn(wrong_then_right) as server:
        first = campaign(server, tmp_path, repairs=2)
        forget(first, "DELETE FROM sample", "DELETE FROM round", "DELETE FROM request WHERE number = 1")
        unfinished = collect(first.run, tmp_path)
        asked = len(server.requests)
        again = campaign(server, tmp_path, repairs=2, resume=first.run)
        assert len(server.requests) - asked == 2  # the second turns alone
    assert all(is_repair(one) for one in server.requests[asked:])
    assert sum(unfinished.usage.values()) == 2 * 400  # what was paid before the kill is in a report all the same
    for key in ("tokens", "cost", "solved", "pass_at_1"):
        assert again.to_json()[key] == first.to_json()[key]


def test_a_repair_without_an_answer_leaves_the_answer_before(tmp_path: Path) -> None:
    def overloaded(request: Request) -> Reply:
        return Reply(status=529, headers=QUICK) if is_repair(request) else body(WRONG)

    with StandIn(overloaded) as server:
        result = campaign(server, tmp_path, repairs=2)
    counts = result.outcome.counts["norm/G_0_8_01"]
    assert (counts.samples, counts.passes, counts.errors, counts.usage.total) == (2, 0, 0, 2 * 400)


def test_tries_without_an_answer_are_in_every_sum(tmp_path: Path) -> None:
    def breaks_off(request: Request) -> Reply:
        if "layer_norm_of_rows(" in request.body["messages"][-1]["content"]:
            return Reply("a" * 600, error_midway="overloaded_error", input_tokens=50)
        return body(BODIES["rms_norm"])

    tasks = ("rms_norm", "layer_norm_of_rows")
    with StandIn(breaks_off) as server:
        first = campaign(server, tmp_path, tasks=tasks)
        asked = len(server.requests)
        again = campaign(server, tmp_path, tasks=tasks, resume=first.run)
        assert len(server.requests) == asked  # a round that was complete stays so
    told = first.to_json()
    lost = first.outcome.counts["norm/G_0_9_02"]
    assert (lost.samples, lost.errors, lost.usage.input) == (0, 2, 2 * 3 * 50)
    assert lost.usage.output >= 2 * 3 * 100  # half of 600 characters each time, at three a token
    assert again.to_json()["tokens"] == told["tokens"] == 2 * 400 + lost.usage.total
    assert again.to_json()["cost"] == pytest.approx(told["cost"])
    report = collect(first.run, tmp_path)
    assert sum(report.usage.values()) == told["tokens"] == report.rounds[-1].tokens_total
    assert report.cost == pytest.approx(told["cost"])
    assert report.failures == (("MODEL-OVERLOADED", 2),)
    assert [(one.role, one.input) for one in report.roles] == [("proposer", 600), ("unanswered", 300)]
    assert report.roles[1].cost == pytest.approx(lost.usage.cost)
    assert {one.id: one.tokens for one in report.tasks}["norm/G_0_9_02"] == lost.usage.total


def test_half_a_surrogate_pair_stops_no_campaign(tmp_path: Path) -> None:
    replies = [
        body(f"{BODIES['rms_norm']}  # \ud800"),
        Reply("\udfff only", input_tokens=300, output_tokens=100),
        Reply(status=400, error="invalid_request_error", message="what is \ud800?"),
    ]
    with StandIn(replies) as server:
        result = campaign(server, tmp_path, samples=3, parallel=1)
    counts = result.outcome.counts["norm/G_0_8_01"]
    assert (counts.samples, counts.passes, counts.errors) == (2, 1, 1)
    kept = rows(result.directory / "journal.db", "SELECT answer FROM sample ORDER BY idx")
    assert kept[0]["answer"].endswith("# ?\n```")
    assert kept[1]["answer"] == "? only"


def test_a_budget_in_dollars_needs_a_price(tmp_path: Path) -> None:
    with StandIn([]) as server, pytest.raises(CampaignError) as caught:
        campaign(server, tmp_path, model="claude-next", budget=Budget(money=1.0))
    assert (caught.value.code, server.requests) == ("CAMPAIGN-PRICE", [])
    assert "models.yaml" in caught.value.message


def test_a_run_whose_tasks_have_changed_is_not_resumed(tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    suite.mkdir()
    file = suite / "rms_norm.py"
    file.write_text((PAPER / "norm" / "rms_norm.py").read_text())
    with StandIn(lambda _: body(BODIES["rms_norm"])) as server:
        first = campaign(server, tmp_path / "runs", suite=str(suite), tasks=())
        file.write_text("# A comment changes nothing.\n" + file.read_text())
        campaign(server, tmp_path / "runs", suite=str(suite), tasks=(), resume=first.run)
        file.write_text(file.read_text().replace("1e-5", "1e-3"))
        with pytest.raises(CampaignError) as caught:
            campaign(server, tmp_path / "runs", suite=str(suite), tasks=(), resume=first.run)
    assert caught.value.code == "CAMPAIGN-TASKS"
    assert "norm/G_0_8_01" in caught.value.message


def test_a_run_of_another_version_is_refused(tmp_path: Path) -> None:
    with StandIn(lambda _: body(BODIES["rms_norm"])) as server:
        first = campaign(server, tmp_path)
        for version, code in (("3", "CAMPAIGN-NEWER"), ("1", "CAMPAIGN-OLDER")):
            forget(first, f"UPDATE run SET value = '{version}' WHERE key = 'version'")
            with pytest.raises(CampaignError) as caught:
                campaign(server, tmp_path, resume=first.run)
            assert caught.value.code == code
            with pytest.raises(CampaignError) as caught:
                collect(first.run, tmp_path)
            assert caught.value.code == code


def test_a_full_disk_ends_a_run_with_words_and_it_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crowded(path: Path) -> sqlite3.Connection:
        made = connect(path)
        pages = made.execute("PRAGMA page_count").fetchone()[0]
        made.execute(f"PRAGMA max_page_count = {pages + 2}")
        return made

    long = "# " + "x" * 9000
    with StandIn(lambda _: body(f"{long}\n{BODIES['rms_norm']}")) as server:
        with monkeypatch.context() as patch:
            patch.setattr("step_agents.campaign.journal.connect", crowded)
            with pytest.raises(CampaignError) as caught:
                campaign(server, tmp_path, parallel=1)
        assert (caught.value.code, "full" in caught.value.message) == ("CAMPAIGN-JOURNAL", True)
        (run,) = (one.name for one in tmp_path.iterdir())
        again = campaign(server, tmp_path, parallel=1, resume=run)
    assert again.to_json()["solved"] == 1


def test_a_service_that_is_away_for_a_while_costs_no_sample(tmp_path: Path) -> None:
    away = [True]

    def sometimes(request: Request) -> Reply:
        return Reply(status=529, headers=QUICK) if away[0] else body(BODIES["rms_norm"])

    with StandIn(sometimes) as server:
        first = campaign(server, tmp_path, samples=30, parallel=2)
        assert first.outcome.reason == "error"
        assert first.outcome.counts["norm/G_0_8_01"].errors in (8, 9)  # one more was under way
        away[0] = False
        again = campaign(server, tmp_path, samples=30, parallel=2, resume=first.run)
    counts = again.outcome.counts["norm/G_0_8_01"]
    assert (counts.samples, counts.passes, counts.errors) == (30, 30, 0)


def test_a_temperature_that_is_not_taken_is_told(tmp_path: Path) -> None:
    with StandIn(lambda _: body(BODIES["rms_norm"])) as server:
        warm = campaign(server, tmp_path, temperatures=(0.4,))
        cold = campaign(server, tmp_path, temperatures=(0.4,), model="claude-opus-5-5")
    assert warm.notices == ()
    assert cold.notices == ("claude-opus-5-5 takes no temperature: all samples are drawn at its own",)


def test_prompts_that_changed_before_a_resume_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with StandIn(lambda _: body(BODIES["rms_norm"])) as server:
        first = campaign(server, tmp_path)
        assert first.notices == campaign(server, tmp_path, resume=first.run).notices == ()
        before = Prompter().digest()
        monkeypatch.setattr(Prompter, "reference", lambda _: "another reference")
        again = campaign(server, tmp_path, resume=first.run)
    assert any("prompts have changed" in one for one in again.notices)
    prompts = collect(first.run, tmp_path).prompts
    assert prompts is not None
    assert prompts.digests == (before, Prompter().digest())


def test_a_missing_key_leaves_no_run_behind(tmp_path: Path) -> None:
    request = BenchRequest(proposer="anthropic", tasks=("rms_norm",), out=tmp_path / "runs", environment={})
    with pytest.raises(Exception, match="ANTHROPIC_API_KEY"):
        asyncio.run(bench(request))
    assert not (tmp_path / "runs").exists()


def test_a_body_is_verified_once_however_often_it_is_proposed() -> None:
    tried: Counter[str] = Counter()

    async def judging(task: Any, text: str) -> dict[str, Any]:
        tried[text] += 1
        await asyncio.sleep(0)
        if text == "crash" and tried[text] == 1:
            raise RuntimeError("a worker died")
        return {"passed": text == "right"}

    class Task:
        id = "t"

    async def run() -> None:
        verdicts = Verdicts(judging)
        found = await asyncio.gather(*(verdicts(Task(), text) for text in ("right", "wrong", "right\n", "right")))  # type: ignore[arg-type]
        assert [one["passed"] for one in found] == [True, False, True, True]
        with pytest.raises(RuntimeError):
            await verdicts(Task(), "crash")  # type: ignore[arg-type]
        assert await verdicts(Task(), "crash") == {"passed": False}  # type: ignore[arg-type]
        await verdicts.close()

    asyncio.run(run())
    assert tried == {"right": 1, "wrong": 1, "crash": 2}


def test_the_samples_of_a_round_share_their_prefix_to_the_byte(tmp_path: Path) -> None:
    tasks = ("rms_norm", "layer_norm_of_rows", "choose_by_score")

    def only_rms(request: Request) -> Reply:
        asked = "rms_norm(" in request.body["messages"][-1]["content"]
        return body(BODIES["rms_norm"] if asked else WRONG)

    with StandIn(only_rms) as server:
        result = campaign(server, tmp_path, tasks=tasks, improve=True)
    prefixes = [tuple(block["text"] for block in one.body["system"]) for one in server.requests]
    assert Counter(map(len, prefixes)) == {1: 6, 2: 4}
    assert len(set(prefixes)) == 2  # one a round, whichever task it is
    assert len({one[0] for one in prefixes}) == 1
    assert rows(result.directory / "journal.db", "SELECT count(*) AS n FROM sample")[0]["n"] == 10
