"""σ, β and the unbiased pass@k by themselves."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from step_agents.loop.accounting import pass_at
from step_agents.loop.select import select
from step_agents.loop.strata import stratify

from tests.agents.test_loop import Letters


def test_sigma_takes_one_of_each_group_and_the_shortest() -> None:
    assert select(Letters(), "a", ["a long one", "a  ", "a", "a longer one"]) == "a  "
    with pytest.raises(ValueError, match="no passing answer"):
        select(Letters(), "a", [])


@pytest.mark.parametrize(
    ("rates", "count", "bins"),
    [
        ("", 3, []),
        ("5", 3, ["5"]),
        ("123456", 3, ["12", "34", "56"]),
        ("123456", 1, ["123456"]),
        ("1223", 2, ["122", "3"]),  # the border between the twos moves; both ends are as near, it takes the later
        ("12223", 2, ["1", "2223"]),
        ("122223", 3, ["1", "2222", "3"]),
        ("555555", 3, ["555555"]),
        ("1999", 3, ["1", "999"]),
    ],
)
def test_beta_splits_evenly_and_keeps_ties_together(rates: str, count: int, bins: list[str]) -> None:
    assert stratify(rates, count, key=int) == [list(one) for one in bins]


@given(st.lists(st.integers(0, 8), max_size=40), st.integers(1, 6))
def test_beta_is_a_partition_in_order_without_torn_ties(rates: list[int], count: int) -> None:
    bins = stratify(rates, count, key=float)
    assert list(itertools.chain(*bins)) == sorted(rates)
    assert len(bins) <= count
    assert all(bins)
    assert all(before[-1] < after[0] for before, after in itertools.pairwise(bins))


@given(st.integers(1, 9), st.integers(0, 9), st.integers(1, 9))
def test_pass_at_k_is_the_mean_over_all_ways_to_draw(samples: int, passes: int, k: int) -> None:
    passes = min(passes, samples)
    k = min(k, samples)
    results = [True] * passes + [False] * (samples - passes)
    draws = list(itertools.combinations(results, k))
    assert pass_at(k, samples, passes) == pytest.approx(sum(map(any, draws)) / len(draws))


def test_pass_at_k_of_fewer_samples_claims_nothing() -> None:
    assert pass_at(8, 4, 0) == 0.0
    assert pass_at(8, 4, 1) == 1.0
    assert pass_at(1, 0, 0) == 0.0
    with pytest.raises(ValueError, match="no sense"):
        pass_at(1, 2, 3)
