"""Layouts and lowering: the fewest primitives, of the right types, each stream used once."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from step.dims import Dim
from step.infer import infer
from step.primitives.map import Map
from step.program import Builder
from step.types import Buffer, StreamType, f32
from step_agents.proposers.search.affine import make_affine
from step_agents.proposers.search.kinds import Splits
from step_agents.proposers.search.layouts import Layout, route
from step_agents.proposers.search.lower import Wanted, lower
from step_agents.proposers.search.terms import Term

A, B, C, G = DIMS = tuple(Dim.symbol(name) for name in "ABCG")


def moved(given: StreamType, wanted: StreamType, kept: tuple[bool, ...], splits: Splits | None = None) -> list[str]:
    """The primitives that make one stream of another; checks that they do."""
    splits = splits or Splits()
    term = Term(splits.kind(given), None, 0, ())
    program = lower([("x", given)], [Wanted(term, wanted, kept)], {}, splits)
    typing = infer(program, [given])
    assert typing.holds
    assert typing.types[program.outputs[0]] == wanted
    return [str(node.primitive.name) for node in program.nodes]


def test_the_documented_idioms_are_found() -> None:
    outside = moved(StreamType(f32, (A,)), StreamType(f32, (A, B)), (True, False))
    assert sorted(outside) == ["Bufferize", "Flatten", "Promote", "Repeat", "Streamify"]
    assert moved(StreamType(f32, (A,)), StreamType(f32, (B, A)), (False, True)) == ["Repeat"]
    assert moved(StreamType(Buffer(f32, [A]), (B,)), StreamType(f32, (A, B)), (True, True)) == ["Streamify"]
    assert moved(StreamType(f32, (A,)), StreamType(f32, (A,)), (True,)) == []


def test_a_value_is_repeated_along_one_dimension_twice() -> None:
    wanted = StreamType(f32, (B, B, A))
    assert moved(StreamType(f32, (A,)), wanted, (False, False, True)) == ["Repeat", "Repeat"]
    wanted = StreamType(f32, (B, C, A))
    assert moved(StreamType(f32, (A,)), wanted, (False, False, True)) == ["Repeat", "Repeat"]


def test_blocks_are_reshaped_and_products_flattened() -> None:
    splits = Splits({C: (Dim.number(4), C / 4), A * G: (A, G)})
    assert moved(StreamType(f32, (C,)), StreamType(f32, (Dim.number(4), C / 4)), (True, True), splits) == ["Reshape"]
    assert moved(StreamType(f32, (A, G)), StreamType(f32, (A * G,)), (True, True), splits) == ["Flatten"]


@settings(max_examples=60, deadline=None)
@given(st.permutations(DIMS), st.integers(1, 3), st.integers(0, 2), st.integers(0, 2), st.data())
def test_any_layout_leads_to_any_other(
    dims: list[Dim], rank: int, inside: int, wanted_inside: int, data: st.DataObject
) -> None:
    shape = tuple(dims[: rank + 1])
    inside, wanted_inside = min(inside, rank), min(wanted_inside, rank)
    kept = tuple(data.draw(st.booleans()) or place == rank for place in range(rank + 1))
    own = tuple(dim for dim, has in zip(shape, kept, strict=True) if has)
    inside = min(inside, len(own) - 1)
    given_type = StreamType(Buffer(f32, own[:inside]) if inside else f32, own[inside:])
    wanted = StreamType(Buffer(f32, shape[:wanted_inside]) if wanted_inside else f32, shape[wanted_inside:])
    moved(given_type, wanted, kept)


def test_there_is_no_way_to_another_order() -> None:
    assert route((Layout((), ((0,), (1,))),), Layout((), ((1,), (0,)))) is None


def test_copies_are_one_less_than_uses() -> None:
    from step.function import Function

    builder = Builder(1)
    square = builder.add(Map(fn=Function("square", f32, f32)), [0])[0]
    double = builder.add(Map(fn=Function("double", f32, f32)), [square])[0]
    program = make_affine(builder.build([square, double, square, 0]))
    assert all(len(uses) == 1 for uses in program.uses.values())
    assert sum(node.primitive.name == "Copy" for node in program.nodes) == 3
