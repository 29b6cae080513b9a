"""The options of ``steplang bench`` as a request."""

from __future__ import annotations

import argparse

import pytest
from step_agents.campaign import BenchRequest
from step_agents.usage import dollars
from step_server.cli import bench
from step_server.cli.errors import UsageProblem


def asked(*arguments: str) -> BenchRequest:
    parser = argparse.ArgumentParser()
    bench.configure(parser)
    return bench.read_request(parser.parse_args(arguments))


def test_without_options_it_is_the_papers_set_up() -> None:
    search, model = asked(), asked("--proposer", "anthropic")
    assert (search.drawn, search.heats, search.allowed, search.granularity) == (1, (None,), 60.0, 3)
    assert (model.drawn, model.heats, model.allowed, model.improve) == (64, (0.4, 0.7, 1.0), 300.0, True)


def test_what_is_asked_for_is_done() -> None:
    found = asked(
        "--temperatures", "0,1.5", "--max-tokens", "700", "--samples", "2", "--budget", "9", "--total-cost", "3"
    )
    assert (found.heats, found.max_tokens, found.drawn, found.allowed, found.budget.money) == (
        (0.0, 1.5),
        700,
        2,
        9.0,
        3.0,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("--temperatures", "hot"),
        ("--temperatures", ""),
        ("--temperatures", "3"),
        ("--temperatures", "nan"),
        ("--max-tokens", "0"),
        ("--samples", "0"),
        ("--budget", "0"),
        ("--budget", "nan"),
        ("--budget", "inf"),
        ("--total-seconds", "nan"),
        ("--total-cost", "-1"),
        ("--total-samples", "0"),
        ("--total-tokens", "-5"),
        ("--workers", "0"),
        ("--parallel", "0"),
        ("--repairs", "-1"),
        ("--seed", "-1"),
        ("--validation", "1"),
    ],
)
def test_numbers_that_make_no_sense_are_told(arguments: tuple[str, str]) -> None:
    with pytest.raises(UsageProblem, match=arguments[0]):
        asked(*arguments)


def test_a_model_is_no_use_to_the_search() -> None:
    with pytest.raises(UsageProblem, match="--model is for a proposer that asks a model: add --proposer"):
        asked("--model", "claude-haiku-4-5")
    with pytest.raises(UsageProblem, match="--base-url is for the proposer openai"):
        asked("--base-url", "http://localhost:8000/v1", "--proposer", "anthropic")
    assert asked("--model", "m", "--base-url", "http://h/v1", "--proposer", "openai").model == "m"


@pytest.mark.parametrize(
    ("cost", "told"), [(None, "unknown"), (0.0, "$0.00"), (0.0023, "$0.0023"), (1234.5, "$1,234.50")]
)
def test_small_costs_are_seen(cost: float | None, told: str) -> None:
    assert dollars(cost) == told
