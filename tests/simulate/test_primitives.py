"""Each primitive on data, with what comes out written down; and what does not fit is an error, never a guess."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from step.declare import DeclaredFunction, fn
from step.dims import Dim, dynamic_symbol
from step.function import Function
from step.primitives import PRIMITIVES
from step.primitives.base import Data
from step.program import Builder
from step.simulate.engine import execute
from step.simulate.errors import SimulationError
from step.simulate.functions import FunctionTable
from step.types import Buffer, Multihot, StreamType, Tile, as_element, f32

E = Dim.number(3, label="E")
Hot = Multihot("f32", E)


def data(element: Any, axes: int, *arrays: Any) -> Data:
    return Data(as_element(element), axes, tuple(np.asarray(one, float) for one in arrays))


def apply(
    name: str,
    inputs: Sequence[Data],
    *parameters: Any,
    fn: DeclaredFunction | None = None,
    sizes: dict[str, int] | None = None,
) -> list[Data]:
    """What a primitive gives; ``fn`` is its function, if it takes one."""
    functions: dict[str, DeclaredFunction] = {}
    if fn is not None:
        function = Function("f", fn.function.element, fn.function.result, fn.function.init)
        functions["f"] = DeclaredFunction(function, fn.body)
        parameters = (function, *parameters)
    make: Any = PRIMITIVES[name]
    builder = Builder(len(inputs))
    values = builder.add(make(*parameters), range(len(inputs)))
    types = [StreamType(one.element, tuple(map(Dim.number, one.outer[::-1]))) for one in inputs]
    if name == "Merge":  # its streams come from a Partition
        for expert, kind in enumerate(types[:-1]):
            dynamic = Dim.symbol(dynamic_symbol(0, expert))
            types[expert] = StreamType(kind.element, (*kind.known_shape[:-1], dynamic))
    table = FunctionTable(functions, sizes or {}, "f64", "m.py")
    return list(execute(builder.build(values), inputs, table, input_types=types).outputs)


def one(result: list[Data]) -> list[Any]:
    (stream,) = result
    return [array.tolist() for array in stream.arrays]


double = fn(f32, f32)(lambda x: 2 * x)
add = fn(f32, f32, init=10)(lambda s, x: s + x)
pair = (f32, Buffer(f32, [2]))


def test_map_zips_its_streams_from_left_to_right() -> None:
    minus = fn((f32, f32, f32), f32)(lambda x, y, z: x - 10 * y + 100 * z)
    streams = [data(f32, 1, [1, 2]), data((f32, f32), 1, [3, 4], [5, 6])]
    assert one(apply("Map", streams, fn=minus)) == [[471, 562]]


def test_map_of_tuples_and_buffers() -> None:
    swap = fn(pair, (Buffer(f32, [2]), f32))(lambda x, v: (v[::-1], x + v[0]))
    assert one(apply("Map", [data(pair, 1, [1, 2], [[3, 4], [5, 6]])], fn=swap)) == [[[4, 3], [6, 5]], [4, 7]]


def test_accum_starts_from_init_and_keeps_outer_dimensions() -> None:
    x = data(f32, 3, np.arange(8).reshape(2, 2, 2))
    assert one(apply("Accum", [x], 1, fn=add)) == [[[11, 15], [19, 23]]]
    assert one(apply("Accum", [x], 2, fn=add)) == [[16, 32]]


def test_accum_folds_in_row_major_order() -> None:
    digits = fn(f32, f32, init=0)(lambda s, x: 10 * s + x)
    assert one(apply("Accum", [data(f32, 3, [[[1, 2], [3, 4]]])], 2, fn=digits)) == [[1234]]


def test_scan_starts_anew_for_each_group() -> None:
    x = data(f32, 2, [[1, 2], [3, 4]])
    assert one(apply("Scan", [x], 1, fn=add)) == [[[11, 13], [13, 17]]]
    y = data(f32, 3, [[[1, 2], [3, 4]]])
    assert one(apply("Scan", [y], 2, fn=add)) == [[[[11, 13], [16, 20]]]]


@pytest.mark.parametrize("name", ["Accum", "Scan"])
def test_folds_over_nothing_give_init(name: str) -> None:
    result = one(apply(name, [data(f32, 2, np.zeros((2, 0)))], 1, fn=add))
    assert result == ([[10, 10]] if name == "Accum" else [[[], []]])


def test_a_state_of_several_fields() -> None:
    state = (f32, Buffer(f32, [2]))
    both = fn(pair, state, init=(1, -1))(lambda s, x, v: (s[0] * x, np.maximum(s[1], v)))
    stream = data(pair, 2, [[2, 3]], [[[5, -7], [0, -3]]])
    assert one(apply("Accum", [stream], 1, fn=both)) == [[6], [[5, -1]]]


def test_zip_splices_tuples() -> None:
    (result,) = apply("Zip", [data((f32, f32), 1, [1], [2]), data(pair, 1, [3], [[4, 5]])])
    assert str(result.element) == "(f32, f32, f32, Buffer(f32, [2]))"
    assert one([result]) == [[1], [2], [3], [[4, 5]]]


def test_bufferize_and_streamify_keep_the_data() -> None:
    x = data(f32, 3, np.arange(12).reshape(2, 3, 2))
    (rows,) = apply("Bufferize", [x], 2)
    assert (str(rows.element), rows.axes) == ("Buffer(f32, [2, 3])", 1)
    (grown,) = apply("Bufferize", [apply("Bufferize", [x], 1)[0]], 1)
    assert (str(grown.element), grown.axes) == ("Buffer(f32, [2, 3])", 1)
    (back,) = apply("Streamify", [rows])
    assert (back.element, back.axes, one([back])) == (f32, 3, one([x]))


def test_streamify_of_a_buffer_of_tuples() -> None:
    (stream,) = apply("Streamify", [data(Buffer((f32, Buffer(f32, [2])), [3]), 1, np.ones((4, 3)), np.ones((4, 3, 2)))])
    assert (str(stream.element), stream.outer) == ("(f32, Buffer(f32, [2]))", (4, 3))


def test_repeat_adds_an_innermost_dimension() -> None:
    assert one(apply("Repeat", [data(f32, 1, [1, 2])], 3)) == [[[1, 1, 1], [2, 2, 2]]]
    assert one(apply("Repeat", [data(pair, 1, [1], [[2, 3]])], 2)) == [[[1, 1]], [[[2, 3], [2, 3]]]]
    assert one(apply("Repeat", [data(f32, 1, [1, 2])], 0)) == [[[], []]]
    ref = data(pair, 2, np.zeros((2, 3)), np.zeros((2, 3, 2)))
    assert one(apply("RepeatRef", [data(f32, 1, [1, 2]), ref])) == [[[1, 1, 1], [2, 2, 2]]]


def test_promote_flatten_and_reshape() -> None:
    x = data(f32, 2, [[1, 2, 3, 4], [5, 6, 7, 8]])
    shapes = [apply("Promote", [x], b)[0].outer for b in range(3)]
    assert shapes == [(2, 4, 1), (2, 1, 4), (1, 2, 4)]
    assert one(apply("Flatten", [x], (1,))) == [[1, 2, 3, 4, 5, 6, 7, 8]]
    (blocks,) = apply("Reshape", [x], (0,), 2)
    assert one([blocks]) == [[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]]
    (both,) = apply("Reshape", [x], (0, 1), 2)
    assert both.outer == (1, 2, 2, 2)


def test_partition_routes_groups_in_stream_order() -> None:
    x = data(f32, 2, [[1, 2], [3, 4], [5, 6]])
    index = data(Hot, 1, [[1, 0, 1], [0, 0, 0], [1, 0, 0]])
    parts = apply("Partition", [x, index], E)
    assert [part.arrays[0].tolist() for part in parts] == [[[1, 2], [5, 6]], [], [[1, 2]]]
    assert [part.outer for part in parts] == [(2, 2), (0, 2), (1, 2)]


def test_partition_of_tuples_over_several_index_dimensions() -> None:
    x = data(pair, 2, [[1, 2], [3, 4]], np.arange(8).reshape(2, 2, 2))
    index = data(Hot, 2, [[[1, 0, 0], [0, 1, 0]], [[1, 0, 0], [1, 1, 0]]])
    parts = apply("Partition", [x, index], E)
    assert parts[0].arrays[0].tolist() == [1, 3, 4]
    assert parts[1].arrays[1].tolist() == [[2, 3], [6, 7]]


def merge(index: Any, parts: Sequence[Any], fold: DeclaredFunction = add) -> list[Any]:
    return one(apply("Merge", [*(data(f32, 2, part) for part in parts), data(Hot, 1, index)], fn=fold))


def test_merge_folds_the_selected_in_the_experts_order() -> None:
    digits = fn(f32, f32, init=9)(lambda s, x: 10 * s + x)
    index = [[1, 0, 1], [0, 0, 0], [1, 1, 1]]
    assert merge(index, [[[1], [2]], [[3]], [[4], [5]]], digits) == [[[914], [9], [9235]]]


def test_merge_where_nobody_is_selected_gives_init() -> None:
    empty = np.zeros((0, 2))
    assert merge([[0, 0, 0], [0, 0, 0]], [empty, empty, empty]) == [[[10, 10], [10, 10]]]


@pytest.mark.parametrize("empty", [0, 1, 2])
def test_empty_experts_wherever_they_are(empty: int) -> None:
    index = np.array([[1.0, 1, 1], [1, 1, 1]])
    index[:, empty] = 0
    parts: list[Any] = [[[1], [2]], [[10], [20]], [[100], [200]]]
    parts[empty] = np.zeros((0, 1))
    expected = [[10 + sum(part[at][0] for part in parts if len(part))] for at in range(2)]
    assert merge(index, parts) == [expected]


@pytest.mark.parametrize("block", [1, 8, 40, 1 << 20])
def test_merge_block_by_block(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("step.primitives.merge._BLOCK_BYTES", block)
    rng = np.random.default_rng(3)
    digits = fn(f32, f32, init=9)(lambda s, x: 10 * s + x)
    index = rng.integers(0, 2, (20, 3))
    parts = [rng.integers(0, 9, (count, 2)) for count in index.sum(axis=0)]
    (result,) = merge(index, parts, digits)
    streams = [iter(part) for part in parts]
    for bits, state in zip(index, result, strict=True):
        want = np.array([9, 9])
        for bit, stream in zip(bits, streams, strict=True):
            want = 10 * want + next(stream) if bit else want
        assert state == want.tolist()


def test_merge_of_index_positions_in_two_dimensions() -> None:
    index = data(Hot, 2, [[[1, 0, 0], [0, 1, 0]], [[0, 0, 0], [1, 0, 0]]])
    streams = [data(f32, 1, [1, 2]), data(f32, 1, [3]), data(f32, 1, [])]
    assert one(apply("Merge", [*streams, index], fn=add)) == [[[11, 13], [10, 12]]]


def test_copy_and_identity() -> None:
    x = data(pair, 1, [1], [[2, 3]])
    assert [one([stream]) for stream in apply("Copy", [x])] == [one([x]), one([x])]
    assert one(apply("Identity", [x])) == one([x])


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ([[1, 0, 0], [1, 0, 0]], "sends 2 groups to expert 0, but its stream holds 1"),
        ([[0, 0, 0]], "sends 0 groups to expert 0, but its stream holds 1"),
        ([[1, 1, 0]], "sends 1 groups to expert 1, but its stream holds 0"),
        ([[0.5, 0, 0]], "other than 0 and 1"),
    ],
)
def test_an_index_that_does_not_fit_the_data(index: Any, words: str) -> None:
    with pytest.raises(SimulationError, match=words) as caught:
        merge(index, [[[1]], np.zeros((0, 1)), np.zeros((0, 1))])
    assert (caught.value.code, caught.value.node) == ("STEP-DATA", 0)


def test_an_index_of_other_values() -> None:
    with pytest.raises(SimulationError, match="other than 0 and 1"):
        apply("Partition", [data(f32, 1, [1]), data(Hot, 1, [[2, 0, 0]])], E)


def test_an_uneven_size() -> None:
    x = data(f32, 1, [1, 2, 3])
    builder = Builder(1)
    make: Any = PRIMITIVES["Reshape"]
    (value,) = builder.add(make((0,), 2), [0])
    N = Dim.symbol("N")
    with pytest.raises(SimulationError, match="multiple_of") as caught:
        execute(
            builder.build([value]), [x], FunctionTable({}, {"N": 3}, "f64", "m.py"), input_types=[StreamType(f32, (N,))]
        )
    assert caught.value.code == "STEP-SIZE"


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (fn(f32, Buffer(f32, [2]))(lambda x: x), "shape"),
        (fn(f32, f32)(lambda x: (x, x)), "2 fields"),
        (fn(f32, f32)(lambda x: np.array([x])), "shape"),
        (fn(f32, (f32, f32))(lambda x: x), "tuple of 2"),
        (fn(f32, (f32, f32))(lambda x: (x, x, x)), "3 fields"),
        (fn(f32, f32)(lambda x: None), "None"),
        (fn(f32, f32)(lambda x: "one"), "no number"),
        (fn(f32, f32)(lambda *x: 1 / "1"), "raised TypeError"),
        (fn(f32, f32)(lambda x: 1 // 0), "ZeroDivisionError"),
    ],
)
@pytest.mark.parametrize("count", [1, 5])
def test_a_function_that_does_not_do_what_it_declares(declared: DeclaredFunction, words: str, count: int) -> None:
    with pytest.raises(SimulationError, match=words) as caught:
        apply("Map", [data(f32, 1, np.ones(count))], fn=declared)
    assert (caught.value.code, caught.value.function) == ("STEP-FN-RUN", "f")


def test_a_result_is_cast_to_its_declared_type() -> None:
    rounded = fn(f32, "i32")(lambda x: x)
    (result,) = apply("Map", [data(f32, 1, [1.7, -1.7])], fn=rounded)
    assert (result.arrays[0].dtype, result.arrays[0].tolist()) == (np.int32, [1, -1])


def test_tiles_and_multihots_are_elements_like_others() -> None:
    square = Tile("f32", [2, 2])
    tile = fn("f32", square)(lambda x: np.full((2, 2), x))
    (tiles,) = apply("Map", [data(f32, 1, [1, 2])], fn=tile)
    assert tiles.element == square and tiles.arrays[0].shape == (2, 2, 2)
    (first, _) = apply("Copy", [tiles])
    (repeated,) = apply("Repeat", [first], 3)
    assert repeated.arrays[0].shape == (2, 3, 2, 2)


def test_violations_of_type_rules_are_errors_here_too() -> None:
    with pytest.raises(SimulationError) as caught:
        apply("Zip", [data(f32, 1, [1]), data(f32, 1, [1, 2])])
    assert caught.value.code == "STEP-SHAPE"
