from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
import step
from step.declare import DeclaredFunction, fn
from step.infer import infer
from step.primitives import PRIMITIVES
from step.program import Builder, Program, StreamSpec
from step.simulate.cache import BoundedCache
from step.simulate.engine import execute
from step.simulate.fold.deferred import deferrable
from step.simulate.functions import FunctionTable
from step.simulate.make import make_stream
from step.simulate.memory import Need, needed, show_bytes, stream_bytes
from step.types import Buffer, Multihot, StreamType, f32

D, N = step.dims(D=100, N=1000)
SIZES = {"D": 100, "N": 1000}
STREAM = 100 * 1000 * 8
double = fn(f32, f32)(lambda x: x * 2)
add = fn(f32, f32, init=0)(lambda s, x: s + x)
FUNCTIONS = {"double": double, "add": add}


def spell(name: str, *parameters: Any) -> Any:
    make: Any = PRIMITIVES[name]
    return make(*parameters)


def function(name: str) -> step.Function:
    declared = FUNCTIONS[name].function
    return step.Function(name, declared.element, declared.result, declared.init)


def chain(*primitives: Any) -> Program:
    builder = Builder(1)
    value = 0
    for primitive in primitives:
        (value, *_) = builder.add(primitive, [value])
    return builder.build([value])


def need(program: Program, *types: StreamType, later: bool = False) -> Need:
    typing = infer(program, types or [StreamType(f32, (D, N))])
    return needed(program, typing.types, SIZES, "f64", deferrable(program) if later else frozenset())


def test_the_bytes_of_a_stream() -> None:
    assert stream_bytes(StreamType(f32, (D, N)), SIZES, "f64") == STREAM
    assert stream_bytes(StreamType(f32, (D, N)), SIZES, "f32") == STREAM // 2
    kind = Buffer((f32, Multihot("i8", D)), [N])
    assert stream_bytes(StreamType(kind, (D,)), SIZES, "f64") == STREAM + STREAM // 8 * 100


def test_views_cost_nothing() -> None:
    views = [spell("Bufferize", 1), spell("Repeat", N), spell("Streamify"), spell("Promote", 1), spell("Identity")]
    assert need(chain(*views)).peak == STREAM


def test_reading_a_repeated_stream_with_other_axes_makes_it_real() -> None:
    assert need(chain(spell("Repeat", 50), spell("Flatten", (1,)))).peak == STREAM * 51
    assert need(chain(spell("Flatten", (1,)))).peak == STREAM


def test_streams_are_freed_after_their_last_use() -> None:
    one = need(chain(spell("Map", function("double"))))
    many = need(chain(*[spell("Map", function("double"))] * 10))
    assert one.peak == many.peak
    assert one.largest == STREAM


def test_a_map_that_a_fold_consumes_piece_by_piece() -> None:
    program = chain(spell("Repeat", 50), spell("Map", function("double")), spell("Accum", function("add"), 1))
    assert need(program).peak > 50 * STREAM
    assert need(program, later=True).peak < 10 * STREAM


def test_every_group_may_go_to_one_expert() -> None:
    builder = Builder(2)
    parts = builder.add(spell("Partition", step.Dim.number(2)), [0, 1])
    program = builder.build(parts)
    found = need(program, StreamType(f32, (D, N)), StreamType(Multihot("f32", 2), (N,)))
    assert found.peak == 3 * STREAM + 2 * 1000 * 8


@pytest.mark.parametrize(
    "program",
    [
        chain(*[spell("Map", function("double"))] * 3),
        chain(spell("Repeat", 20), spell("Map", function("double")), spell("Flatten", (1,))),
        chain(spell("Scan", function("add"), 1), spell("Accum", function("add"), 1)),
        chain(spell("Repeat", 20), spell("Flatten", (1,)), spell("Map", function("double"))),
    ],
)
def test_a_run_takes_no_more_than_was_told(program: Program) -> None:
    kind = StreamType(f32, (D, N))
    inputs = [make_stream(StreamSpec(kind), SIZES, np.random.default_rng(0), "f64")]
    table = FunctionTable(FUNCTIONS, SIZES, "f64", "m.py")
    execute(program, inputs, table, input_types=[kind])
    tracemalloc.start()
    execute(program, inputs, table, input_types=[kind])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= need(program, later=True).peak + (1 << 20)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (12.34 * 2**30, "12.3 GiB"), (2**50, "1,024.0 TiB")],
)
def test_bytes_as_people_read_them(count: float, text: str) -> None:
    assert show_bytes(count) == text


def test_a_cache_is_bounded_by_number_and_by_memory() -> None:
    cache: BoundedCache[str, str] = BoundedCache(3, 10, len)
    for key in "abc":
        cache.put(key, key * 3)
    assert cache.get("a") == "aaa"
    cache.put("d", "dddd")
    assert (cache.get("b"), cache.get("a"), len(cache)) == (None, "aaa", 3)
    assert cache.put("e", "e" * 11) == "e" * 11
    assert cache.get("e") is None
    cache.put("d", "dddddddddd")
    assert len(cache) == 1
    cache.drop("d")
    cache.drop("d")
    assert len(cache) == 0


def test_functions_of_the_table() -> None:
    table = FunctionTable(FUNCTIONS, SIZES, "f64", "m.py")
    assert set(table) == {"double", "add"} and len(table) == 2
    assert isinstance(table["add"], DeclaredFunction)
    assert table.batched("add") is table.batched("add")
    assert not table.suspect
