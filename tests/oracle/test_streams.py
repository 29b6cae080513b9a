"""The oracle against examples worked out by hand from the table of 1-language, section 2."""

from __future__ import annotations

import numpy as np
import pytest

from tests.oracle import OracleError, Stream
from tests.oracle.streams import (
    Element,
    accum,
    bufferize,
    flatten,
    map_elements,
    merge,
    partition,
    promote,
    repeat,
    repeat_ref,
    reshape,
    scan,
    streamify,
    zip_streams,
)


def numbers(shape: tuple[int, ...], values: list[float]) -> Stream:
    """A stream of scalars."""
    return Stream(shape, tuple((np.asarray(value),) for value in values))


def values(stream: Stream) -> list[object]:
    """The elements, as lists; a tuple's fields as a tuple."""
    return [tuple(leaf.tolist() for leaf in one) if len(one) > 1 else one[0].tolist() for one in stream.elements]


def digits(state: Element, element: Element) -> Element:
    """A fold that shows its order: the elements as decimal digits."""
    return (state[0] * 10 + element[0],)


ZERO: Element = (np.asarray(0.0),)
SIX = numbers((3, 2), [1, 2, 3, 4, 5, 6])  # two rows of three
BITS = Stream((2,), ((np.array([1, 0]),), (np.array([1, 1]),)))


def test_map() -> None:
    assert values(map_elements(lambda element: (element[0] * 2,), SIX)) == [2, 4, 6, 8, 10, 12]


def test_accum_folds_rows_from_the_left() -> None:
    folded = accum(digits, ZERO, SIX, 1)
    assert folded.shape == (2,) and values(folded) == [123, 456]


def test_accum_over_two_dimensions_is_row_major() -> None:
    folded = accum(digits, ZERO, promote(SIX, 2), 2)
    assert folded.shape == (1,) and values(folded) == [123456]


def test_scan_starts_anew_for_each_group() -> None:
    scanned = scan(digits, ZERO, SIX, 1)
    assert scanned.shape == (3, 2) and values(scanned) == [1, 12, 123, 4, 45, 456]


def test_a_fold_over_nothing_gives_init() -> None:
    folded = accum(digits, ZERO, Stream((0, 2), ()), 1)
    assert folded.shape == (2,) and values(folded) == [0, 0]


def test_zip_splices_fields() -> None:
    pairs = zip_streams(SIX, SIX)
    assert values(zip_streams(pairs, SIX))[1] == (2, 2, 2)
    with pytest.raises(OracleError):
        zip_streams(SIX, promote(SIX, 0))


def test_bufferize_and_streamify() -> None:
    rows = bufferize(SIX, 1, [()])
    assert rows.shape == (2,) and values(rows) == [[1, 2, 3], [4, 5, 6]]
    again = bufferize(promote(rows, 1), 1, [(3,)])
    assert again.shape == (1,) and values(again) == [[[1, 2, 3], [4, 5, 6]]]
    assert streamify(again, (3, 2)).shape == (3, 2, 1)
    assert values(streamify(again, (3, 2))) == values(SIX)
    assert values(bufferize(Stream((0, 2), ()), 1, [(2,)])) == [[], []]


def test_repeat_is_a_new_innermost_dimension() -> None:
    repeated = repeat(numbers((2,), [1, 2]), 3)
    assert repeated.shape == (3, 2) and values(repeated) == [1, 1, 1, 2, 2, 2]
    assert repeat_ref(numbers((2,), [1, 2]), SIX) == repeated
    with pytest.raises(OracleError):
        repeat_ref(numbers((3,), [1, 2, 3]), SIX)


def test_shapes_only() -> None:
    assert promote(SIX, 0).shape == (1, 3, 2)
    assert promote(SIX, 2).shape == (3, 2, 1)
    assert flatten(promote(SIX, 2), [1]).shape == (6, 1)
    assert flatten(promote(SIX, 2), [1, 2]).shape == (6,)
    assert reshape(SIX, [0], 3).shape == (3, 1, 2)
    assert reshape(numbers((6,), [1, 2, 3, 4, 5, 6]), [0], 2).shape == (2, 3)
    with pytest.raises(OracleError):
        reshape(SIX, [0], 2)


def test_partition_gives_groups_in_stream_order() -> None:
    first, second = partition(SIX, BITS, 2)
    assert first.shape == (3, 2) and values(first) == [1, 2, 3, 4, 5, 6]
    assert second.shape == (3, 1) and values(second) == [4, 5, 6]


def test_merge_folds_the_selected_experts_in_order() -> None:
    first, second = partition(SIX, BITS, 2)
    merged = merge(digits, ZERO, [first, map_elements(lambda one: (one[0] + 3,), second)], BITS)
    assert merged.shape == (3, 2) and values(merged) == [1, 2, 3, 47, 58, 69]


def test_merge_gives_init_where_nobody_is_selected() -> None:
    index = Stream((2,), ((np.array([0, 0]),), (np.array([0, 1]),)))
    parts = partition(SIX, index, 2)
    assert parts[0].shape == (3, 0)
    assert values(merge(digits, ZERO, parts, index)) == [0, 0, 0, 4, 5, 6]


def test_merge_of_another_index_fails() -> None:
    parts = partition(SIX, BITS, 2)
    with pytest.raises(OracleError, match="no group left"):
        merge(digits, ZERO, parts, Stream((2,), ((np.array([1, 1]),), (np.array([1, 1]),))))
    with pytest.raises(OracleError, match="left"):
        merge(digits, ZERO, parts, Stream((2,), ((np.array([1, 0]),), (np.array([1, 0]),))))
