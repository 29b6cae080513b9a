"""The settings as a client sends them, and what a synthesis makes of them."""

from __future__ import annotations

import dataclasses

import pytest
from step_server.settings import Settings, read_settings
from step_server.synthesis import Asked, request_of

CHOSEN = {
    "step": {
        "proposer": "search",
        "model": "m",
        "baseUrl": "http://localhost:1/v1",
        "budget": 5,
        "guardian": "model",
        "repairs": 7,
        "seed": 11,
        "prior": True,
        "check": {"timeout": 3},
    }
}


def test_every_choice_reaches_the_synthesis() -> None:
    settings, complaints = read_settings(CHOSEN, Settings())
    assert complaints == ()
    request = request_of(Asked("file:///w/a.py", "f", repair=True), "text", settings)
    found = {name: getattr(request, name) for name in ("proposer", "model", "base_url", "budget", "guardian", "repair")}
    assert found == {
        "proposer": "search",
        "model": "m",
        "base_url": "http://localhost:1/v1",
        "budget": 5.0,
        "guardian": "model",
        "repair": True,
    }
    assert (request.retries, request.seed, request.prior, request.check_timeout) == (7, 11, True, 3.0)


def test_what_is_asked_for_goes_before_the_settings() -> None:
    request = request_of(Asked("file:///w/a.py", "f", proposer="openai", budget=9), "", Settings(proposer="search"))
    assert (request.proposer, request.budget) == ("openai", 9)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("repairs", -1),
        ("repairs", 1.5),
        ("seed", True),
        ("seed", float("inf")),
        ("check.memory", float("inf")),
        ("check.timeout", float("nan")),
        ("prior", "yes"),
    ],
)
def test_a_value_that_makes_no_sense_is_told_and_changes_nothing(key: str, value: object) -> None:
    settings, complaints = read_settings({key: value}, Settings())
    assert dataclasses.astuple(settings) == dataclasses.astuple(Settings())
    assert len(complaints) == 1 and complaints[0].startswith(f"step.{key} must be ")
