"""Campaigns through a real SDK, real workers and the real verifiers, with a scripted model of known success rates."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from step_agents.campaign import BenchRequest, BenchResult, Budget, CampaignError, bench
from step_agents.campaign.budget import BudgetGate
from step_agents.campaign.journal_file import rows
from step_agents.experience import ExperienceBuffer
from step_agents.loop.surroundings import Stop
from step_agents.prompts import Prompter
from step_agents.report import collect, render_html
from step_agents.report.lines import Prompts, RoleLine
from step_agents.usage import Usage

from tests.agents.samples import ROOT
from tests.agents.scripted_model import ScriptedModel, asked_operator, shown_operators
from tests.agents.standin import Reply, Request, StandIn

TASKS = ("rms_norm", "layer_norm_of_rows", "bmm_by_outer_products", "choose_by_score")


def by_hand(operator: str, shown: tuple[str, ...]) -> int:
    """As in the loop's own test: easy, middling, one that needs a demonstration, one that needs three."""
    if operator == "rms_norm":
        return 4
    if operator == "layer_norm_of_rows":
        return 2
    if operator == "bmm_by_outer_products":
        return 1 if "layer_norm_of_rows" in shown else 0
    return 3 if len(shown) == 3 else 0


def request(server: StandIn, out: Path, **values: Any) -> BenchRequest:
    environment = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": server.url}
    given = {"proposer": "anthropic", "model": "claude-haiku-4-5", "samples": 4, "temperatures": (None,),
             "tasks": TASKS, "workers": 2, "parallel": 4, "experience": str(out / "experience.db"),
             **values}  # fmt: skip
    return BenchRequest(out=out, environment=environment, **given)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[BenchResult, list[Request], Path]:
    """One campaign, that several tests look at."""
    out = tmp_path_factory.mktemp("runs")
    with StandIn(ScriptedModel(by_hand)) as server:
        result = asyncio.run(bench(request(server, out)))
    return result, server.requests, out


def test_the_result_is_the_one_computed_by_hand(done: tuple[BenchResult, list[Request], Path]) -> None:
    result, requests, _ = done
    told = result.to_json()
    assert (told["solved"], told["total"], told["reason"], told["rounds"]) == (4, 4, "solved", 5)
    assert (told["pass_at_1"], told["pass_at_n"]) == (0.625, 1.0)
    assert {one["id"]: (one["samples"], one["passes"]) for one in told["tasks"]} == {
        "norm/G_0_8_01": (4, 4), "norm/G_0_9_02": (4, 2), "bmm/bmm_0": (8, 1), "moe/G_0_3_04": (20, 3)}  # fmt: skip
    assert len(requests) == 36
    # 16 prompts without demonstrations, 20 with; haiku: 1 dollar in, 5 out, 0.1 for the cache, a million tokens.
    assert told["tokens"] == 36 * 400 + 16 * 1000 + 20 * 2000
    assert told["cost"] == pytest.approx((36 * (300 + 5 * 100) + 0.1 * (16 * 1000 + 20 * 2000)) / 1e6)
    assert told["corrupted"] == 0
    assert [one["length"] for one in told["tasks"]] == [6, 3, 8, 9]


def test_demonstrations_go_hard_then_mixed_then_easy(done: tuple[BenchResult, list[Request], Path]) -> None:
    _, requests, _ = done
    asked = [
        (asked_operator(one), shown_operators(one)) for one in requests if asked_operator(one) == "choose_by_score"
    ]
    assert list(dict.fromkeys(shown for _, shown in asked)) == [
        (),
        ("layer_norm_of_rows",),
        ("bmm_by_outer_products",),
        ("bmm_by_outer_products", "layer_norm_of_rows"),
        ("bmm_by_outer_products", "layer_norm_of_rows", "rms_norm"),
    ]
    shared = {one.body["system"][0]["text"] for one in requests}
    assert len(shared) == 1  # the reference: the prefix that every prompt shares


def test_the_report_says_the_same(done: tuple[BenchResult, list[Request], Path]) -> None:
    result, _, out = done
    report = collect(result.run, out)
    assert [(one.stratum, one.demonstrations, one.samples, one.passes, one.solved) for one in report.rounds] == [
        (0, 0, 16, 6, 2), (0, 1, 8, 1, 3), (0, 1, 4, 0, 3), (1, 2, 4, 0, 3), (2, 3, 4, 3, 4)]  # fmt: skip
    assert [one.pass_at_1 for one in report.rounds] == [0.375, 0.4375, 0.4375, 0.4375, 0.625]
    assert [one.tokens_total for one in report.rounds] == [22_400, 41_600, 51_200, 60_800, 70_400]
    assert {one.group: (one.solved, one.tasks) for one in report.groups} == {
        "norm": (2, 2), "bmm": (1, 1), "index": (1, 1)}  # fmt: skip
    assert report.strata == (("bmm/bmm_0",), ("norm/G_0_9_02", "moe/G_0_3_04"), ("norm/G_0_8_01",))
    # 4/4, 2/4, 0, 0 passes in the first round: pass@2 = (1 + 5/6) / 4.
    assert report.pass_at == pytest.approx({1: 0.375, 2: (1 + 5 / 6) / 4, 4: 0.5})
    assert report.guardian == {"judged": 36, "mended": 0, "corrupted": 0, "asked": 0, "asked_tokens": 0}
    assert report.cost == pytest.approx(result.to_json()["cost"])
    mean, shared = (16 * 1300 + 20 * 2300) / 36, (16 * 1000 + 20 * 2000) / (16 * 1300 + 20 * 2300)
    assert report.prompts == Prompts(
        36, pytest.approx(mean), 2300, 24_000, pytest.approx(shared), (Prompter().digest(),)
    )
    cost = pytest.approx(result.to_json()["cost"])
    assert report.roles == (RoleLine("proposer", "claude-haiku-4-5", 36, 36 * 300, 36 * 100, 56_000, 0, cost),)
    assert report.pass_at_1 == result.outcome.pass_at_1 == 0.625
    assert [one.length for one in report.tasks] == [one["length"] for one in result.to_json()["tasks"]]
    assert report.maintainability is not None
    assert report.maintainability.solutions == 4
    assert 80 < report.maintainability.with_comments < 171
    json.dumps(report.to_json())


def test_the_page_is_one_file_that_loads_nothing(done: tuple[BenchResult, list[Request], Path]) -> None:
    result, _, out = done
    page = render_html(collect(result.run, out))
    assert page.count("<svg") >= 6
    for word in ("norm/G_0_8_01", "4/4", "0.625", "70,400", "claude-haiku-4-5"):
        assert word in page
    assert "<script" not in page
    assert "<link" not in page
    assert " src=" not in page
    assert "url(" not in page.replace("url(#", "")


def test_the_plots_have_the_pages_colours_light_or_dark(done: tuple[BenchResult, list[Request], Path]) -> None:
    result, _, out = done
    page = render_html(collect(result.run, out))
    own, plots = page[: page.index("</style>")], page[page.index("<svg") :]
    assert "prefers-color-scheme: dark" in own
    used = set(re.findall(r"(?:fill|stroke): ?([^;}\s]+)", plots))
    assert {"var(--ink)", "var(--first)", "var(--second)", "var(--line)"} <= used
    assert used <= {one for one in used if one.startswith("var(--")} | {"none", "transparent"}
    light, dark = (set(re.findall(r"(--\w+): #", part)) for part in own.split("prefers-color-scheme: dark"))
    assert {f"--{one[6:-1]}" for one in used if one.startswith("var(--")} <= light == dark


def test_the_journal_can_be_queried(done: tuple[BenchResult, list[Request], Path]) -> None:
    result, _, _ = done
    found = rows(
        result.directory / "journal.db", "SELECT task, sum(passed) AS n FROM sample GROUP BY task ORDER BY task"
    )
    assert {row["task"]: row["n"] for row in found} == {
        "bmm/bmm_0": 1, "moe/G_0_3_04": 3, "norm/G_0_8_01": 4, "norm/G_0_9_02": 2}  # fmt: skip
    kinds = rows(result.directory / "journal.db", "SELECT DISTINCT prompt_version, model, proposer FROM sample")
    assert kinds == [{"prompt_version": "v1", "model": "claude-haiku-4-5", "proposer": "anthropic"}]


def test_what_was_solved_becomes_experience(done: tuple[BenchResult, list[Request], Path]) -> None:
    result, _, out = done
    known = ExperienceBuffer(str(out / "experience.db")).all()
    assert {one.task.operator: (one.passes, one.samples) for one in known} == {
        "rms_norm": (4, 4), "layer_norm_of_rows": (2, 4), "bmm_by_outer_products": (1, 4),
        "choose_by_score": (3, 4)}  # fmt: skip
    assert {one.source for one in known} == {f"campaign {result.run}"}


RUNNER = """
import asyncio, json, sys
from pathlib import Path
from step_agents.campaign import BenchRequest, bench
given = json.loads(sys.argv[1])
if __name__ == "__main__":
    given |= {"tasks": tuple(given["tasks"]), "temperatures": (None,), "out": Path(given["out"])}
    request = BenchRequest(**given)
    result = asyncio.run(bench(request, progress=lambda line: print(line, flush=True)))
    print(json.dumps(result.to_json()))
"""


def start(server: StandIn, out: Path, **values: Any) -> subprocess.Popen[str]:
    environment = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": server.url}
    given = {"proposer": "anthropic", "model": "claude-haiku-4-5", "samples": 4, "tasks": TASKS, "workers": 2,
             "parallel": 4, "out": str(out), "keep_experience": False, "environment": environment,
             **values}  # fmt: skip
    script = out / "run.py"
    script.write_text(RUNNER)
    command = [sys.executable, str(script), json.dumps(given)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)


def killed_after(process: subprocess.Popen[str], samples: int) -> None:
    """Kills a campaign and everything that it started, once so many samples are judged."""
    assert process.stdout is not None
    for line in process.stdout:
        if " samples · " in line:
            samples -= 1
        if samples == 0:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def only_run(out: Path) -> Path:
    (found,) = [one for one in out.iterdir() if one.is_dir()]
    return found


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


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A real Dask cluster: a scheduler and two workers, in processes of their own."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as made:
        yield made.scheduler_address


def test_a_dask_cluster_gives_the_same_result(
    tmp_path: Path, cluster: str, done: tuple[BenchResult, list[Request], Path]
) -> None:
    with StandIn(ScriptedModel(by_hand)) as server:
        result = asyncio.run(bench(request(server, tmp_path, cluster=cluster)))
    local = done[0].to_json()
    remote = result.to_json()
    keys = ("id", "status", "samples", "passes", "tokens", "length", "body")
    assert [[one[key] for key in keys] for one in remote["tasks"]] == [
        [one[key] for key in keys] for one in local["tasks"]
    ]
    assert (remote["pass_at_1"], remote["tokens"]) == (local["pass_at_1"], local["tokens"])


def test_a_cluster_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with StandIn([]) as server, pytest.raises(CampaignError) as caught:
        asyncio.run(bench(request(server, tmp_path, cluster="tcp://127.0.0.1:9")))
    assert caught.value.code == "CAMPAIGN-CLUSTER"
