"""Kinds: types without layout, and products written as factors."""

from step.dims import ONE, Dim
from step.types import Buffer, StreamType, f32
from step_agents.proposers.search.kinds import Kind, Splits, splittings

A, B, C, G, R = (Dim.symbol(name) for name in "ABCGR")


def test_the_layout_and_ones_are_no_part_of_a_kind() -> None:
    splits = Splits()
    streamed = StreamType(f32, (A, ONE, B, C))
    buffered = StreamType(Buffer(f32, [A, B]), (C, ONE))
    assert splits.kind(streamed) == splits.kind(buffered) == Kind(f32, (A, B, C))


def test_a_quotient_that_is_mentioned_splits_its_whole() -> None:
    (splits, *_) = splittings((C, C / 4, R), {"C": 12, "R": 5}, {"C": 4})
    assert splits.dims((C, R)) == (Dim.number(4), C / 4, R)


def test_a_product_is_split_by_its_parts_in_both_orders() -> None:
    ways = [splits.dims((R * G,)) for splits in splittings((R * G, R, G), {"R": 4, "G": 3}, {})]
    assert {(R, G), (G, R)} <= set(ways)


def test_a_product_is_split_even_if_its_parts_are_not_mentioned() -> None:
    ways = [splits.dims((R * G,)) for splits in splittings((R * G,), {"R": 4, "G": 3}, {})]
    assert {(R, G), (G, R)} <= set(ways)


def test_a_number_splits_only_what_it_always_divides() -> None:
    assert [one.dims((C,)) for one in splittings((C, Dim.number(4)), {"C": 12}, {"C": 1})] == [(C,)]
    assert (Dim.number(4), C / 4) in [one.dims((C,)) for one in splittings((C, Dim.number(4)), {"C": 12}, {"C": 4})]


def test_unrelated_dimensions_are_left_alone() -> None:
    (splits,) = splittings((A, B), {"A": 4, "B": 2}, {})
    assert splits.factors == {}
