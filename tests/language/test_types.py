"""Element types and stream types: spelling, arrays, equality, and what is unknown."""

from __future__ import annotations

import pytest
import step
from step import Buffer, Multihot, Scalar, STuple, Tile, f32
from step.dims import Dim
from step.types import (
    UNKNOWN,
    UNKNOWN_DIM,
    ElementType,
    Leaf,
    StreamType,
    as_element,
    map_dims,
    same_element,
    same_stream,
)

D, N, E = Dim.symbol("D"), Dim.symbol("N"), Dim.number(3, "E")


def test_the_dtype_strings_mean_the_same() -> None:
    assert f32 == step.f32 == Scalar("float") == Scalar("fp32") == Scalar("f32")
    assert Multihot("float", 3) == Multihot(f32, E)
    assert Tile("fp32", [D, N]) == Tile(f32, [D, N]) != Tile(f32, [N, D])


@pytest.mark.parametrize("dtype", ["f31", 3, None, [1]])
def test_an_unknown_dtype_says_which_there_are(dtype: object) -> None:
    with pytest.raises(ValueError, match=r"unknown dtype .*; one of f32, f64"):
        Scalar(dtype)  # type: ignore[arg-type]


def test_the_arrays_of_an_element() -> None:
    assert f32.leaves == (Leaf("f32", ()),)
    assert Buffer(f32, [D, N]).leaves == (Leaf("f32", (D, N)),)
    # Outermost first the axes are …, d1, d0, then the element's: innermost first the element's come first.
    assert Buffer(Multihot("f32", E), [D]).leaves == (Leaf("f32", (E, D)),)
    assert Buffer(Tile("f32", [D, E]), [N]).leaves == (Leaf("f32", (D, E, N)),)
    assert Buffer((f32, Tile("f32", [E, D])), [N]).leaves == (Leaf("f32", (N,)), Leaf("f32", (E, D, N)))
    assert STuple((f32, Buffer(f32, [D]))).leaves == (Leaf("f32", ()), Leaf("f32", (D,)))


def test_tuples_are_spliced() -> None:
    assert STuple((STuple((f32, f32)), Buffer(f32, [D]))).fields == (f32, f32, Buffer(f32, [D]))
    assert as_element((f32,)) == f32
    assert as_element(["float", Buffer(f32, [D])]) == STuple((f32, Buffer(f32, [D])))
    for few in ((), (f32,)):
        with pytest.raises(ValueError, match="two fields at least"):
            STuple(few)


def test_a_buffer_and_a_tile_have_dimensions() -> None:
    with pytest.raises(ValueError, match=r"one dimension at least: Buffer\(element"):
        Buffer(f32, [])
    with pytest.raises(ValueError, match=r"one dimension at least: Tile\(dtype"):
        Tile("f32", [])
    with pytest.raises(TypeError, match="a list, innermost first"):
        Buffer(f32, D)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not an element type: 3"):
        Buffer(3, [D])  # type: ignore[arg-type]


def test_types_are_equal_only_if_all_of_them_is() -> None:
    assert Buffer(f32, [D * N / N]) == Buffer(f32, [D]) != Buffer(f32, [N])
    assert Buffer(Buffer(f32, [D]), [N]) != Buffer(f32, [D, N])
    assert Multihot("f32", E) == Multihot("f32", 3) != Multihot("i32", 3)
    assert StreamType(f32, (D, N)) != StreamType(f32, (N, D))
    assert not same_stream(StreamType(f32, (D,)), StreamType(f32, (D, Dim.number(1))))


def test_text_shows_the_order_of_step() -> None:
    assert str(StreamType(Buffer((f32, Multihot("f32", E)), [D, 2 * N]), (N, D))) == (
        "Buffer((f32, Multihot(f32, E)), [D, 2*N]), [N, D]"
    )
    assert str(StreamType(Tile("f32", [D, N]), (N,))) == "Tile(f32, [D, N]), [N]"
    assert str(StreamType(UNKNOWN, None)) == "?, ?"


def test_rank_counts_from_zero() -> None:
    assert StreamType(f32, (N,)).rank == 0
    assert StreamType(f32, (D, N)).rank == 1


KNOWN: list[ElementType] = [
    f32,
    Scalar("i32"),
    Buffer(f32, [D]),
    Buffer(f32, [N]),
    Buffer(f32, [D, N]),
    Multihot("f32", E),
    Tile("f32", [D, N]),
    STuple((f32, Buffer(f32, [D]))),
    STuple((f32, f32, f32)),
]


@pytest.mark.parametrize("left", KNOWN, ids=str)
@pytest.mark.parametrize("right", KNOWN, ids=str)
def test_known_types_are_the_same_if_equal(left: ElementType, right: ElementType) -> None:
    assert same_element(left, right) == (left == right)


@pytest.mark.parametrize("one", KNOWN, ids=str)
def test_what_is_unknown_matches_everything(one: ElementType) -> None:
    assert same_element(UNKNOWN, one) and same_element(one, UNKNOWN)
    # An unknown field may be a tuple of several.
    assert same_element(STuple((UNKNOWN, f32)), STuple((f32, f32, f32)))
    assert same_element(Buffer(UNKNOWN, [UNKNOWN_DIM]), Buffer(f32, [D * N]))
    assert not same_element(Buffer(UNKNOWN, [D]), f32)
    assert not same_element(Buffer(f32, [UNKNOWN_DIM]), Buffer(f32, [D, N]))


def test_a_type_with_an_unknown_part_is_not_known() -> None:
    for element in (Buffer(f32, [UNKNOWN_DIM * 2]), STuple((f32, UNKNOWN)), Multihot("f32", UNKNOWN_DIM)):
        assert not StreamType(element, (D,)).is_known
    assert not StreamType(f32, (UNKNOWN_DIM / 4,)).is_known
    assert not StreamType(f32, None).is_known
    assert StreamType(f32, (D,)).is_known


def test_dimensions_are_replaced_everywhere() -> None:
    element = STuple((Buffer(Tile("f32", [D, N]), [D * 2]), Multihot("f32", D)))
    assert map_dims(element, {"D": N}) == STuple((Buffer(Tile("f32", [N, N]), [N * 2]), Multihot("f32", N)))
