"""Properties of all programs: random ones run, with exactly the inferred shapes, and as element by element."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from step.declare import DeclaredFunction
from step.dims import Dim, SizeError, is_dynamic_symbol
from step.function import Function
from step.infer import infer
from step.primitives import PRIMITIVES, Primitive
from step.primitives.base import Data
from step.program import Builder, StreamSpec
from step.simulate.dtypes import leaf_array
from step.simulate.engine import Execution, execute
from step.simulate.functions import FunctionTable
from step.simulate.make import make_stream
from step.simulate.memory import needed
from step.types import Buffer, Leaf, Multihot, StreamType, f32

from tests.oracle.run import run_program
from tests.simulate.programs import EXPERTS, SYMBOLS, Case, cases, dims, elements

SLOW = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def run(case: Case, batching: bool = True) -> Execution:
    table = FunctionTable(case.functions, case.sizes, "f64", "m.py", batching)
    return execute(case.program, case.inputs, table, input_types=case.input_types)


def assert_same(got: tuple[Any, ...], want: tuple[Any, ...]) -> None:
    assert len(got) == len(want)
    for one, other in zip(got, want, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(
            np.asarray(one, float), np.asarray(other, float), rtol=1e-9, atol=1e-9 * max(1.0, _largest(other))
        )


def _largest(array: Any) -> float:
    return float(np.abs(np.asarray(array, float)).max(initial=0.0))


@SLOW
@given(cases())
def test_programs_run_with_exactly_the_inferred_shapes(case: Case) -> None:
    typing = infer(case.program, case.input_types)
    assert typing.violations == ()
    outputs = run(case).outputs
    for value, data in zip(case.program.outputs, outputs, strict=True):
        stream = typing.types[value]
        assert data.element == stream.element
        assert data.axes == len(stream.known_shape)
        for leaf, array in zip(stream.element.leaves, data.arrays, strict=True):
            dims_of = [*stream.known_shape[::-1], *leaf.dims[::-1]]
            assert array.ndim == len(dims_of)
            for size, dim in zip(array.shape, dims_of, strict=True):
                if not any(map(is_dynamic_symbol, dim.symbols)):
                    assert size == dim.evaluate(case.sizes)
            assert array.dtype == leaf_array(Leaf(leaf.dtype, ()), {}, "f64").dtype


@SLOW
@given(cases())
def test_programs_compute_what_a_loop_over_elements_computes(case: Case) -> None:
    # The oracle knows no buffers whose size is known only when data flows.
    assume(not any(dim.is_dynamic for one in case.types for leaf in one.element.leaves for dim in leaf.dims))
    outputs = run(case).outputs
    expected = run_program(case.program, case.input_types, case.bodies, [one.arrays for one in case.inputs], case.sizes)
    for got, want in zip(outputs, expected, strict=True):
        assert_same(got.arrays, want)


@SLOW
@given(cases())
def test_batched_equals_looped(case: Case) -> None:
    for got, want in zip(run(case).outputs, run(case, batching=False).outputs, strict=True):
        assert_same(got.arrays, want.arrays)


@SLOW
@given(cases())
def test_running_again_gives_the_same_and_changes_nothing(case: Case) -> None:
    before = [array.copy() for data in case.inputs for array in data.arrays]
    first, second = run(case).outputs, run(case).outputs
    for got, want in zip(first, second, strict=True):
        assert_same(got.arrays, want.arrays)
    for array, kept in zip((array for data in case.inputs for array in data.arrays), before, strict=True):
        np.testing.assert_array_equal(array, kept)


@SLOW
@given(cases())
def test_the_memory_estimate_counts_every_stream(case: Case) -> None:
    typing = infer(case.program, case.input_types)
    need = needed(case.program, typing.types, case.sizes, "f64")
    for data in case.inputs:
        assert need.peak >= sum(array.nbytes for array in data.arrays)
    assert need.peak >= need.largest


# identities


def spell(name: str, *parameters: Any) -> Primitive:
    make: Any = PRIMITIVES[name]
    return make(*parameters)  # type: ignore[no-any-return]


@st.composite
def streams(draw: st.DrawFn, rank: int = 0) -> tuple[StreamType, Data, dict[str, int]]:
    """A stream of any element, of at least a rank, with data."""
    sizes = {name: draw(st.integers(0, 4)) for name in SYMBOLS}
    stream = StreamType(draw(elements()), tuple(draw(st.lists(dims(), min_size=rank + 1, max_size=rank + 3))))
    data = make_stream(StreamSpec(stream), sizes, np.random.default_rng(draw(st.integers(0, 99))), "f64")
    return stream, data, sizes


def through(chain: list[Primitive], stream: tuple[StreamType, Data, dict[str, int]], **functions: Any) -> Data:
    """A stream's data after primitives that take one stream each."""
    kind, data, sizes = stream
    builder = Builder(1)
    value = 0
    for primitive in chain:
        (value, *_) = builder.add(primitive, [value])
    table = FunctionTable(functions, sizes, "f64", "m.py")
    return execute(builder.build([value]), [data], table, input_types=[kind]).outputs[0]


def assert_unchanged(got: Data, data: Data) -> None:
    assert (got.element, got.axes) == (data.element, data.axes)
    for one, other in zip(got.arrays, data.arrays, strict=True):
        np.testing.assert_array_equal(one, other)


@SLOW
@given(streams(rank=1), st.data())
def test_streamify_undoes_bufferize(stream: tuple[StreamType, Data, dict[str, int]], data: st.DataObject) -> None:
    kind, content, _ = stream
    a = data.draw(st.integers(1, kind.rank))
    buffered = through([spell("Bufferize", a)], stream)
    assert buffered.element == (
        Buffer(kind.element.element, (*kind.element.dims, *kind.known_shape[:a]))
        if isinstance(kind.element, Buffer)
        else Buffer(kind.element, kind.known_shape[:a])
    )
    if not isinstance(kind.element, Buffer):
        assert_unchanged(through([spell("Bufferize", a), spell("Streamify")], stream), content)


@SLOW
@given(streams(), st.data())
def test_flatten_undoes_promote(stream: tuple[StreamType, Data, dict[str, int]], data: st.DataObject) -> None:
    kind, content, _ = stream
    b = data.draw(st.integers(0, kind.rank + 1))
    flatten = spell("Flatten", (max(b, 1),))
    assert_unchanged(through([spell("Promote", b), flatten], stream), content)


@SLOW
@given(streams(rank=1), st.data())
def test_reshape_undoes_flatten(stream: tuple[StreamType, Data, dict[str, int]], data: st.DataObject) -> None:
    kind, content, sizes = stream
    index = data.draw(st.integers(1, kind.rank))
    block = kind.known_shape[index - 1]
    if block.evaluate(sizes) == 0:
        return
    chain = [spell("Flatten", (index,)), spell("Reshape", (index - 1,), block)]
    assert_unchanged(through(chain, stream), content)


@SLOW
@given(streams(), st.sampled_from(["Identity", "Copy"]))
def test_what_passes_through(stream: tuple[StreamType, Data, dict[str, int]], name: str) -> None:
    assert_unchanged(through([spell(name)], stream), stream[1])


@SLOW
@given(streams(), st.integers(1, 4))
def test_repeat_is_as_often(stream: tuple[StreamType, Data, dict[str, int]], count: int) -> None:
    _, content, _ = stream
    repeated = through([spell("Repeat", count)], stream)
    for one, other in zip(repeated.arrays, content.arrays, strict=True):
        for at in range(count):
            np.testing.assert_array_equal(np.take(one, at, axis=content.axes), other)


@SLOW
@given(streams(rank=1), st.data())
def test_accum_is_the_last_of_scan(stream: tuple[StreamType, Data, dict[str, int]], data: st.DataObject) -> None:
    kind, content, _ = stream
    b = data.draw(st.integers(1, kind.rank))
    function = Function("f", kind.element, f32, (1.0,))
    declared = DeclaredFunction(function, lambda s, *x: s * 0.5 + _total(x))
    total = through([spell("Accum", function, b)], stream, f=declared)
    states = through([spell("Scan", function, b)], stream, f=declared)
    assert states.outer == content.outer
    (last,) = total.arrays
    (every,) = states.arrays
    groups = content.outer[: content.axes - b]
    flat = every.reshape(*groups, -1) if every.size else every
    if every.size:
        np.testing.assert_allclose(last, flat[..., -1])
    elif last.size:
        np.testing.assert_array_equal(last, np.ones(groups))


def _total(value: Any) -> Any:
    return sum(map(_total, value)) if isinstance(value, tuple) else np.sum(value)


@SLOW
@given(streams(), st.data())
def test_merge_undoes_partition_for_one_hot_indices(
    stream: tuple[StreamType, Data, dict[str, int]], data: st.DataObject
) -> None:
    kind, content, sizes = stream
    outer = data.draw(st.integers(1, len(kind.known_shape)))
    index_type = StreamType(Multihot("f32", EXPERTS), kind.known_shape[-outer:])
    spec = StreamSpec(index_type, ones=(1, 1))
    index = make_stream(spec, sizes, np.random.default_rng(data.draw(st.integers(0, 99))), "f64")
    fields = len(kind.element.fields) if hasattr(kind.element, "fields") else 1
    function = Function("keep", kind.element, kind.element, (0.0,) * fields)
    declared = DeclaredFunction(function, lambda s, *x: x if fields > 1 else x[0])
    builder = Builder(2)
    parts = builder.add(spell("Partition", EXPERTS), [0, 1])
    (merged,) = builder.add(spell("Merge", function), [*parts, 1])
    table = FunctionTable({"keep": declared}, sizes, "f64", "m.py")
    (result,) = execute(builder.build([merged]), [content, index], table, input_types=[kind, index_type]).outputs
    assert_unchanged(result, content)


@SLOW
@given(cases(steps=4), st.data())
def test_sizes_that_reshape_does_not_divide_are_told(case: Case, data: st.DataObject) -> None:
    value = data.draw(st.integers(0, len(case.input_types) - 1))
    shape = case.input_types[value].known_shape
    index = data.draw(st.integers(0, len(shape) - 1))
    block = Dim.number(data.draw(st.integers(2, 5)))
    size = shape[index].evaluate(case.sizes)
    if shape[index].is_number or size % block.numerator == 0:
        return
    builder = Builder(1)
    (result,) = builder.add(spell("Reshape", (index,), block), [0])
    table = FunctionTable({}, case.sizes, "f64", "m.py")
    try:
        execute(builder.build([result]), [case.inputs[value]], table, input_types=[case.input_types[value]])
    except Exception as error:
        assert getattr(error, "code", "") == "STEP-SIZE" and not isinstance(error, SizeError)
    else:
        raise AssertionError("an uneven size must be an error")
