"""Several runs in one report, against numbers computed by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from step_agents.campaign.journal import Journal
from step_agents.loop.accounting import Counts, Round
from step_agents.loop.domain import Draw, Judged, Sample
from step_agents.report import collect, compare, render_comparison, write_html
from step_agents.report.compare import Comparison, Spread
from step_agents.usage import Usage
from step_server.cli.main import run as main

from tests.agents.test_loop import Letters


class Bodies(Letters):
    """Answers as a journal of operators keeps them."""

    def dump(self, answer: str) -> Any:
        return {"body": answer, "fixes": []}


def run(out: Path, name: str, seed: int, rounds: Sequence[Sequence[tuple[str, bool]]], **settings: Any) -> None:
    """A run of two tasks, with one sample of 100 tokens and a cent for every (task, passed) of a round."""
    journal = Journal(out / name / "journal.db", Bodies(), {"a": "a", "b": "b"})
    journal.begin({"suite": "s", "proposer": "p", "model": "m", "granularity": 3, "seed": seed, **settings}, {})
    for task in ("a", "b"):
        journal.add_task(task, "g", "f.py", task, False)
    solved: set[str] = set()
    spent = Usage()
    for number, samples in enumerate(rounds):
        for index, (task, passed) in enumerate(samples):
            draw, usage = Draw(number, index, 0), Usage(60, 40, cost=0.01)
            journal.sampled(task, draw, Sample("return x", usage, 1.0, 1, model="m"))
            journal.judged(task, draw, Judged(passed, "return x" if passed else None, "" if passed else "no"))
            spent += usage
        now = {task for task, passed in samples if passed}
        solved |= now
        counts = {task: Counts(1, int(passed)) for task, passed in samples}
        rate = len(solved) / 2
        journal.finished(Round(number, 0, (), (), counts, tuple(sorted(now)), len(solved), rate, spent))
    journal.note("seconds", 10.0 * len(rounds))
    journal.note("outcome", {"reason": "solved" if len(solved) == 2 else "exhausted", "message": ""})
    journal.close()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    run(tmp_path, "one", 1, [[("a", True), ("b", True)]])
    run(tmp_path, "two", 2, [[("a", True), ("b", False)], [("b", False)]])
    run(tmp_path, "other", 1, [[("a", False), ("b", False)]], guardian="model")
    return tmp_path


def comparison(runs: Path, *names: str) -> Comparison:
    return compare([collect(name, runs) for name in names])


def test_seeds_are_one_configuration(runs: Path) -> None:
    (one,) = comparison(runs, "one", "two").configurations
    assert one.label == "all runs"
    assert [(line.run, line.seed, line.solved, line.tokens, line.reason) for line in one.runs] == [
        ("one", 1, 2, 200, "solved"),
        ("two", 2, 1, 300, "exhausted"),
    ]
    assert one.pass_at_n == Spread(0.75, math.sqrt(0.125), 0.5, 1.0)
    assert one.tokens == Spread(250, math.sqrt(5000), 200, 300)
    assert one.cost is not None
    assert (one.cost.mean, one.cost.least, one.cost.most) == pytest.approx((0.025, 0.02, 0.03))
    assert one.solved_in == (("a", 2), ("b", 1))
    first, second = one.rounds
    assert (first.runs, first.pass_at_n.mean, first.tokens_total) == (2, 0.75, Spread(200, 0.0, 200, 200))
    # The first run ended before the second round: it counts with what it had.
    assert (second.runs, second.pass_at_n.mean, second.tokens_total.mean) == (1, 0.75, 250)


def test_other_settings_stand_beside(runs: Path) -> None:
    first, second = comparison(runs, "one", "other", "two").configurations
    assert [first.label, second.label] == ["guardian none", "guardian model"]
    assert [len(first.runs), len(second.runs)] == [2, 1]
    assert second.pass_at_n == Spread(0.0, None, 0.0, 0.0)


def test_an_unknown_price_is_unknown(runs: Path) -> None:
    import sqlite3

    with sqlite3.connect(runs / "two" / "journal.db") as db:
        db.execute("UPDATE sample SET cost = NULL WHERE round = 1")
    (one,) = comparison(runs, "one", "two").configurations
    assert one.cost is None
    assert one.rounds[0].cost_total is not None
    assert one.rounds[1].cost_total is None


def test_the_page_loads_nothing_and_says_the_numbers(runs: Path, tmp_path: Path) -> None:
    found = comparison(runs, "one", "two", "other")
    page = render_comparison(found)
    assert page.count("<svg") == 2
    for word in ("0.750 ± 0.354", "250 ± 71", "guardian model", "b (1 of 2)", "3 runs compared"):
        assert word in page
    for word in ("<script", "<link", " src="):
        assert word not in page
    write_html(found, str(tmp_path / "page.html"))
    assert "0.750 ± 0.354" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_on_the_command_line(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "one", "two", "--out", str(runs)]) == 0
    told = capsys.readouterr().out
    assert "pass@1 0.750 ± 0.354, pass@n 0.750 ± 0.354" in told
    assert main(["report", "one", "two", "--out", str(runs), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["configurations"][0]["pass_at_n"]["mean"] == 0.75
    assert main(["report", "one", "--out", str(runs), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run"] == "one"


def test_a_comparison_needs_runs() -> None:
    with pytest.raises(ValueError, match="no runs"):
        compare([])
