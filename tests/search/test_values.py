"""The bank: what tells values apart, and what they cost."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from step_agents.proposers.search.values import Sketch, count_uses, keys_of, project, usable


def keys(rows: list[list[float]]) -> list[int]:
    flat = np.array(rows)
    return keys_of(project(flat, np.random.default_rng(0).standard_normal((2, flat.shape[1]))))


def test_rounding_does_not_tell_values_apart() -> None:
    first, second, third = keys([[0.1 + 0.2, 1.0, -5.0], [0.3, 1.0, -5.0], [0.3, 1.0, -5.001]])
    assert first == second != third


def test_large_numbers_do_not_hide_small_differences() -> None:
    first, second = keys([[-1e9, 0.25, 0.5], [-1e9, 0.26, 0.5]])
    assert first != second


def test_what_is_no_number_is_not_kept() -> None:
    rows = np.array(
        [[1.0, np.nan], [1.0, np.inf], [0.0, 0.0], [1e-13, 0.0], [1.0, -np.inf], [-np.inf, -np.inf], [1, 2]]
    )
    fine, _ = usable(rows)
    assert fine.tolist() == [False, False, False, False, True, False, True]


@given(st.integers(1, 30), st.lists(st.tuples(st.integers(0, 29), st.integers(0, 1)), max_size=12))
def test_a_sketch_never_says_more_than_there_is(regions: int, steps: list[tuple[int, int]]) -> None:
    sketch = Sketch(regions)
    random = np.random.default_rng(1)
    sides = [np.zeros((1, sketch.words), np.uint64) for _ in range(2)]
    uses = [0] * regions
    for number, side in steps:
        region = number % regions
        sketch.add(sides[side], region, random)
        uses[region] += 1
    assert sketch.bound(sides[0], sides[1])[0, 0] <= sum(uses)


def test_a_sketch_sees_most_second_uses() -> None:
    sketch = Sketch(6)
    random = np.random.default_rng(2)
    left, right = (np.zeros((200, sketch.words), np.uint64) for _ in range(2))
    for side in (left, right):
        sketch.add(side, 3, random)
    seen = (sketch.bound(left, right) > 1).mean()
    assert seen > 0.8


def test_the_larger_of_two_counts_holds() -> None:
    lanes = np.zeros((1, 2, 3), np.uint32)
    lanes[0, 0] = (0b1, 0b11, 0)
    lanes[0, 1] = (0b11, 0b1, 0b1)
    assert count_uses(lanes).tolist() == [[2, 2, 1]]
