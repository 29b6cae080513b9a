"""What a report's page says in words, and that its plots have room for what they show."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from step_agents.campaign import BenchRequest, Budget, bench
from step_agents.report import collect, render_html
from step_agents.report.charts import difficulty, short
from step_agents.report.page import moment, sampling


@pytest.mark.parametrize(
    ("samples", "temperatures", "told"),
    [
        (1, [None], "1 sample a task"),
        (4, [0.7], "4 samples a task at temperature 0.7"),
        (64, [0.4, 0.7, 1.0], "64 samples a task at each of the temperatures 0.4, 0.7, 1"),
    ],
)
def test_how_it_was_sampled(samples: int, temperatures: list[Any], told: str) -> None:
    assert sampling({"samples": samples, "temperatures": temperatures}) == told


def test_when_it_began() -> None:
    assert moment("2026-11-22T19:41:44.844+01:00") == "2026-11-22 18:41 UTC"
    assert moment("") == ""


def test_numbers_of_an_axis_are_short() -> None:
    assert [short(one) for one in (0, 0.05, 999, 40_000, 1_250_000, 3e9)] == ["0", "0.05", "999", "40k", "1.25M", "3G"]


@pytest.mark.parametrize(("tasks", "width", "names"), [(12, 720, 12), (26, 1440, 26), (130, 1440, 44)])
def test_many_tasks_get_a_wide_plot_and_no_more_names_than_can_be_read(tasks: int, width: int, names: int) -> None:
    svg = difficulty([[(f"t/{number:03}", 0.5) for number in range(tasks)]])
    assert f'viewBox="0 0 {width} 320"' in svg
    assert sum(f">t/{number:03}</text>" in svg for number in range(tasks)) == names


def test_a_task_that_nobody_sampled_is_not_called_unsolved(tmp_path: Path) -> None:
    request = BenchRequest(
        tasks=("norm/G_0_8_01",), out=tmp_path, keep_experience=False, workers=1, budget=Budget(seconds=1e-9)
    )
    result = asyncio.run(bench(request))
    page = render_html(collect(result.run, tmp_path))
    assert '<td class="result muted">not sampled</td>' in page and ">unsolved</td>" not in page
