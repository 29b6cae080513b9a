"""A guided limit that would only do what its exact twin did is left out; where something is nearly met, it is not."""

from __future__ import annotations

import pytest
from step_agents.proposers.search.limits import Limit
from step_agents.proposers.search.scene import split_choices
from step_agents.proposers.search.schedule import Entry
from step_agents.proposers.search.setting import Setting, Stage

from tests.search.modules import budget_of, search, subject
from tests.search.test_missing import ADD, DIV, MEAN, RMS, SQUARE, module

NEARLY = module(SQUARE + ADD + MEAN + DIV, RMS)
"""The sum of squares is nearly their mean."""
NOT = module(SQUARE + ADD, "np.sin(x * x)")


def stages(text: str) -> set[str]:
    return {one["limit"] for one in search(text, "wanted", 3.0)["stages"]}


def test_a_limit_begins_only_where_it_would_do_something_else() -> None:
    assert {"guided 2, exact", "guided 2"} <= stages(NEARLY)
    assert {one for one in stages(NOT) if one.startswith("guided")} == {f"guided {n}, exact" for n in range(1, 6)}


def run(text: str, limit: Limit) -> Stage:
    one = subject(text, "wanted")
    setting = Setting(one, split_choices(one)[0], 0, 0, True)
    stage = setting.start(Entry(limit, 0, 1.0), budget_of(60.0), None, True)
    for _ in stage.events:
        pass
    return stage


@pytest.mark.parametrize(("text", "nearly"), [(NOT, False), (NEARLY, True)])
def test_what_is_left_out_would_make_the_same_values(text: str, nearly: bool) -> None:
    limit = Limit(2, 1, guided=True)
    assert limit.twin is not None and limit.twin.twin is None and Limit(2, 1).twin is None
    exact, other = run(text, limit.twin), run(text, limit)
    assert exact.enumeration.scene.hints.nearly == other.enumeration.scene.hints.nearly == nearly
    assert (len(exact.enumeration.bank) == len(other.enumeration.bank)) != nearly
