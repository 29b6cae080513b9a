"""Folds without loops, and maps that are never whole: they compute what the loop computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import step
from hypothesis import given, settings
from hypothesis import strategies as st
from step.declare import DeclaredFunction, fn
from step.primitives import PRIMITIVES
from step.primitives.base import Data
from step.program import Builder, Program
from step.simulate.dtypes import signature
from step.simulate.engine import execute
from step.simulate.errors import SimulationError
from step.simulate.fold import deferred, folding, player, tape
from step.simulate.fold.contract import product_of
from step.simulate.fold.deferred import deferrable
from step.simulate.fold.recognise import FieldFold, recognise
from step.simulate.functions import FunctionTable
from step.types import Buffer, StreamType, STuple, as_element, f32

D, N, M, K = step.dims(D=4, N=5, M=6, K=7)
SIZES = {"D": 4, "N": 5, "M": 6, "K": 7}
Row = Buffer(f32, [D])


def recognised(declared: DeclaredFunction) -> tuple[FieldFold, ...] | None:
    return recognise(declared.body, signature(declared.function, SIZES, "f64"))


def fold_of(state: Any, element: Any = f32, init: Any = 0) -> Callable[[Callable[..., Any]], DeclaredFunction]:
    return fn(element, state, init=init)


def folds() -> dict[str, tuple[DeclaredFunction, list[str] | None]]:
    """Folds, with the operation that each field is folded by; None where a loop is needed."""
    found: dict[str, tuple[DeclaredFunction, list[str] | None]] = {}

    def case(name: str, state: Any, element: Any, init: Any, ufuncs: list[str] | None) -> Callable[..., Any]:
        def decorate(body: Callable[..., Any]) -> None:
            found[name] = (fold_of(state, element, init)(body), ufuncs)

        return decorate

    case("add", f32, f32, 0, ["add"])(lambda s, x: s + x)
    case("add reversed", f32, f32, 3, ["add"])(lambda s, x: x + s)
    case("np.add", f32, f32, 0, ["add"])(lambda s, x: np.add(s, x))
    case("subtract", f32, f32, 0, ["add"])(lambda s, x: s - x)
    case("multiply", f32, f32, 1, ["multiply"])(lambda s, x: s * x)
    case("maximum", f32, f32, -np.inf, ["maximum"])(lambda s, x: np.maximum(s, x))
    case("minimum", f32, f32, np.inf, ["minimum"])(lambda s, x: np.minimum(x, s))
    case("squares", f32, f32, 0, ["add"])(lambda s, x: s + x * x)
    case("weighted", Row, (Row, f32), 0, ["add"])(lambda s, v, w: s + v * w)
    case("outer", Buffer(f32, [D, N]), (Buffer(f32, [N]), Row), 0, ["add"])(lambda s, a, b: s + np.outer(a, b))
    case("scalar into a row", Row, f32, 0, ["add"])(lambda s, x: s + x)
    case("two fields", (f32, Row), (f32, Row), (0, -np.inf), ["add", "maximum"])(
        lambda s, x, v: (s[0] + x, np.maximum(s[1], v))
    )
    case("a field that stays", (f32, f32), f32, (2, 0), ["", "add"])(lambda s, x: (s[0], s[1] + x))
    case("special functions", f32, f32, 0, ["add"])(lambda s, x: s + step.numeric.gelu(x))
    case("where on the element", f32, f32, 0, ["add"])(lambda s, x: s + np.where(x > 0, x, 0))

    case("reversed subtract", f32, f32, 0, None)(lambda s, x: x - s)
    case("decay", f32, f32, 0, None)(lambda s, x: 0.5 * s + x)
    case("last", f32, f32, 0, None)(lambda s, x: x)
    case("swapped", (f32, f32), f32, (0, 0), None)(lambda s, x: (s[1] + x, s[0]))
    case("decides on the element", f32, f32, 0, None)(lambda s, x: s + x if x > 0 else s * 2)
    case("decides on the state", f32, f32, 0, None)(lambda s, x: s + x if s < 1 else s)
    case("where on the state", f32, f32, 0, None)(lambda s, x: np.where(s > 1, s, s + x))
    case("mixed", (f32, f32), f32, (0, 0), None)(lambda s, x: (s[0] + x, s[1] + s[0]))
    return found


CASES = folds()


@pytest.mark.parametrize("name", CASES)
def test_recognises_what_a_reduction_computes(name: str) -> None:
    declared, ufuncs = CASES[name]
    found = recognised(declared)
    if ufuncs is None:
        assert found is None
    else:
        assert found is not None
        assert ["" if one.ufunc is None else one.ufunc.__name__ for one in found] == ufuncs


def test_whole_numbers_are_not_recognised() -> None:
    assert recognised(fold_of(step.Scalar("i32"), step.Scalar("i32"))(lambda s, x: s + x)) is None


def stream(element: Any, axes: tuple[int, ...], seed: int = 0) -> Data:
    kind = as_element(element)
    rng = np.random.default_rng(seed)
    arrays = []
    for leaf in kind.leaves:
        shape = (*axes, *(dim.evaluate(SIZES) for dim in reversed(leaf.dims)))
        arrays.append(rng.standard_normal(shape))
        arrays[-1].setflags(write=False)
    return Data(kind, len(axes), tuple(arrays))


def run(
    program: Program, inputs: list[Data], functions: dict[str, DeclaredFunction], batching: bool = True
) -> list[Data]:
    types = [StreamType(one.element, tuple(step.Dim.number(size) for size in one.outer[::-1])) for one in inputs]
    table = FunctionTable(functions, SIZES, "f64", "m.py", batching)
    return list(execute(program, inputs, table, input_types=types).outputs)


def one_fold(declared: DeclaredFunction, primitive: str, b: int = 1) -> tuple[Program, dict[str, DeclaredFunction]]:
    function = step.Function("f", declared.function.element, declared.function.result, declared.function.init)
    builder = Builder(1)
    (result,) = builder.add(PRIMITIVES[primitive](function, b), [0])
    return builder.build([result]), {"f": declared}


@pytest.mark.parametrize("primitive", ["Accum", "Scan"])
@pytest.mark.parametrize("axes", [(3, 8), (2, 3, 4), (3, 0), (0, 3), (2, 1)])
@pytest.mark.parametrize("name", CASES)
def test_a_fold_is_what_the_loop_over_elements_computes(name: str, axes: tuple[int, ...], primitive: str) -> None:
    declared, _ = CASES[name]
    program, functions = one_fold(declared, primitive)
    data = stream(declared.function.element, axes)
    (fast,) = run(program, [data], functions)
    (slow,) = run(program, [data], functions, batching=False)
    assert fast.axes == slow.axes == (len(axes) if primitive == "Scan" else len(axes) - 1)
    for one, other in zip(fast.arrays, slow.arrays, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["squares", "two fields", "decay", "maximum", "swapped"])
def test_small_blocks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "BLOCK_BYTES", 200)
    declared, _ = CASES[name]
    for primitive in ("Accum", "Scan"):
        for b in (1, 2):
            program, functions = one_fold(declared, primitive, b)
            data = stream(declared.function.element, (3, 5, 7))
            (fast,) = run(program, [data], functions)
            (slow,) = run(program, [data], functions, batching=False)
            for one, other in zip(fast.arrays, slow.arrays, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_a_fold_in_row_major_order_over_several_dimensions() -> None:
    declared = fold_of(f32)(lambda s, x: 0.5 * s + x)
    program, functions = one_fold(declared, "Accum", 2)
    data = stream(f32, (2, 3, 4))
    (result,) = run(program, [data], functions)
    for group, value in zip(data.arrays[0], result.arrays[0], strict=True):
        state = 0.0
        for x in group.reshape(-1):
            state = 0.5 * state + x
        assert value == pytest.approx(state)


def test_a_wrong_recognition_cannot_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(body: object, shape: object) -> tuple[FieldFold, ...]:
        return (FieldFold(np.add, 0.0, 0),)

    monkeypatch.setattr("step.simulate.functions.recognise", wrong)
    declared = fold_of(f32, init=1)(lambda s, x: s * x)
    program, functions = one_fold(declared, "Accum")
    data = stream(f32, (5, 6))
    (result,) = run(program, [data], functions)
    np.testing.assert_allclose(result.arrays[0], data.arrays[0].prod(-1))


def test_a_fold_that_fails_at_a_late_step_says_so() -> None:
    def body(s: Any, x: Any) -> Any:
        if x > 900:
            raise ValueError("too large")
        return 0.5 * s + x

    program, functions = one_fold(fold_of(f32)(body), "Accum")
    values = np.arange(1000.0).reshape(10, 100).T.copy()
    with pytest.raises(SimulationError, match="too large"):
        run(program, [Data(f32, 2, (values,))], functions)


def test_a_fold_may_not_change_its_state() -> None:
    def body(s: Any, v: Any) -> Any:
        s += v
        return s

    program, functions = one_fold(fold_of(Row, Row)(body), "Accum")
    with pytest.raises(SimulationError, match="argument"):
        run(program, [stream(Row, (5, 6))], functions)


# products

PRODUCTS: dict[str, tuple[Any, Any, Callable[..., Any], bool]] = {
    "scalars": ((f32, f32), f32, lambda x, y: x * y, True),
    "np.multiply": ((f32, f32), f32, lambda x, y: np.multiply(x, y), True),
    "a row by a scalar": ((f32, Row), Row, lambda x, v: x * v, True),
    "rows": ((Row, Row), Row, lambda v, w: v * w, True),
    "np.outer": ((Buffer(f32, [N]), Row), Buffer(f32, [D, N]), lambda v, w: np.outer(v, w), True),
    "outer by indexing": ((Buffer(f32, [N]), Row), Buffer(f32, [D, N]), lambda v, w: v[:, None] * w, True),
    "outer by ufunc": ((Buffer(f32, [N]), Row), Buffer(f32, [D, N]), lambda v, w: np.multiply.outer(v, w), True),
    "transposed": ((Buffer(f32, [D, N]), Row), Buffer(f32, [N, D]), lambda m, v: m.T * v[..., None], True),
    "the same twice": ((f32, f32), f32, lambda x, y: x * x, True),
    "a third field": ((f32, f32, f32), f32, lambda x, y, z: z * x, True),
    "a constant more": ((f32, f32), f32, lambda x, y: 2 * x * y, False),
    "a sum": ((f32, f32), f32, lambda x, y: x + y, False),
    "reversed": ((Row, Row), Row, lambda v, w: v[::-1] * w, False),
    "a part": ((Row, Row), f32, lambda v, w: v[0] * w[0], False),
    "decides": ((f32, f32), f32, lambda x, y: x * y if x > 0 else y * y, False),
}


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("repeats", [(), (0,), (1,), (0, 1), (2,), (0, 1, 2)])
def test_a_sum_of_products_is_what_the_loop_computes(name: str, repeats: tuple[int, ...]) -> None:
    element, result, body, is_product = PRODUCTS[name]
    multiply = fn(element, result)(body)
    assert (product_of(body, signature(multiply.function, SIZES, "f64")) is not None) == is_product
    total = fold_of(result, result)(lambda s, x: s + x)
    builder = Builder(1)
    (products,) = builder.add(
        PRIMITIVES["Map"](step.Function("mul", multiply.function.element, multiply.function.result)), [0]
    )
    (sums,) = builder.add(
        PRIMITIVES["Accum"](step.Function("add", total.function.element, total.function.result, (0.0,))), [products]
    )
    program = builder.build([sums])
    data = stream(element, (3, 4, 5))
    # Streams that Repeat made: the first argument along some axes, the second along the others.
    arrays = list(data.arrays)
    for number in range(2):
        for axis in range(3):
            if (axis in repeats) == (number == 0):
                one = np.take(arrays[number], [0], axis=axis)
                arrays[number] = np.broadcast_to(one, arrays[number].shape)
    data = Data(data.element, 3, tuple(arrays))
    functions = {"mul": multiply, "add": total}
    (fast,) = run(program, [data], functions)
    (slow,) = run(program, [data], functions, batching=False)
    assert fast.arrays[0].shape == slow.arrays[0].shape
    np.testing.assert_allclose(fast.arrays[0], slow.arrays[0], rtol=1e-10, atol=1e-12)


def test_a_sum_of_products_from_another_start() -> None:
    multiply, total = fn((f32, f32), f32)(lambda x, y: x * y), fold_of(f32, init=7)(lambda s, x: s + x)
    builder = Builder(1)
    (products,) = builder.add(PRIMITIVES["Map"](step.Function("mul", multiply.function.element, f32)), [0])
    (sums,) = builder.add(PRIMITIVES["Accum"](step.Function("add", f32, f32, (7.0,))), [products])
    data = stream((f32, f32), (3, 5))
    (result,) = run(builder.build([sums]), [data], {"mul": multiply, "add": total})
    np.testing.assert_allclose(result.arrays[0], 7 + (data.arrays[0] * data.arrays[1]).sum(-1))


# maps that are never whole


def chain(uses: int = 1, b: int = 1, primitive: str = "Accum") -> tuple[Program, dict[str, DeclaredFunction]]:
    """Two maps and a fold; with more uses, the second map's result goes elsewhere too."""
    widen = fn(f32, Row)(lambda x: x * np.arange(4.0))
    wave = fn(Row, Row)(lambda v: np.sin(v) + 1)
    decay = fold_of(Row, Row)(lambda s, v: 0.9 * s + v)
    builder = Builder(1)
    (wide,) = builder.add(PRIMITIVES["Map"](step.Function("widen", f32, Row)), [0])
    (waves,) = builder.add(PRIMITIVES["Map"](step.Function("wave", Row, Row)), [wide])
    outputs = []
    if uses > 1:
        waves, other = builder.add(PRIMITIVES["Copy"](), [waves])
        outputs.append(other)
    (result,) = builder.add(PRIMITIVES[primitive](step.Function("decay", Row, Row, (0.0,)), b), [waves])
    return builder.build([result, *outputs]), {"widen": widen, "wave": wave, "decay": decay}


@pytest.mark.parametrize("primitive", ["Accum", "Scan"])
@pytest.mark.parametrize("block", [1, 100, 1000, 1 << 30])
def test_maps_that_are_folded_piece_by_piece(block: int, primitive: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "BLOCK_BYTES", block)
    monkeypatch.setattr(deferred, "_LARGE", 0)
    program, functions = chain(primitive=primitive)
    assert deferrable(program) == {0, 1}
    data = stream(f32, (3, 5, 7))
    (fast,) = run(program, [data], functions)
    (slow,) = run(program, [data], functions, batching=False)
    np.testing.assert_allclose(fast.arrays[0], slow.arrays[0], rtol=1e-12)


def test_only_what_one_fold_consumes_is_deferred() -> None:
    assert deferrable(chain(uses=2)[0]) == frozenset()
    assert deferrable(chain(b=2)[0]) == frozenset()


def test_the_stream_between_never_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    import tracemalloc

    program, functions = chain()
    data = stream(f32, (20, 30, 1000))
    run(program, [stream(f32, (2, 3, 4))], functions)
    tracemalloc.start()
    (result,) = run(program, [data], functions)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    stream_bytes = 20 * 30 * 1000 * 4 * 8
    assert result.arrays[0].shape == (20, 30, 4)
    assert peak < stream_bytes / 2


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=4), st.integers(8, 4000))
def test_blocks_of_any_size_give_the_same(axes: list[int], block: int) -> None:
    declared, _ = CASES["decay"]
    program, functions = one_fold(declared, "Scan")
    data = stream(f32, tuple(axes))
    (slow,) = run(program, [data], functions, batching=False)
    before = folding.BLOCK_BYTES
    folding.BLOCK_BYTES = block
    try:
        (fast,) = run(program, [data], functions)
    finally:
        folding.BLOCK_BYTES = before
    np.testing.assert_allclose(fast.arrays[0], slow.arrays[0], rtol=1e-12)


def test_tuples_stay_tuples() -> None:
    declared, _ = CASES["two fields"]
    program, functions = one_fold(declared, "Accum")
    (result,) = run(program, [stream(declared.function.element, (3, 4))], functions)
    assert result.element == STuple((f32, Row))
    assert [one.shape for one in result.arrays] == [(3,), (3, 4)]


# folds of elementwise operations, replayed from a tape

TAPES: dict[str, tuple[Any, Any, Any, Callable[..., Any], bool]] = {
    "decay": (f32, f32, 0, lambda s, x: 0.5 * s + x, True),
    "running softmax": (
        (f32, f32, Row),
        (f32, Row),
        (-np.inf, 0, 0),
        lambda s, x, v: (
            np.maximum(s[0], x),
            np.exp(s[0] - np.maximum(s[0], x)) * s[1] + np.exp(x - np.maximum(s[0], x)),
            np.exp(s[0] - np.maximum(s[0], x)) * s[2] + np.exp(x - np.maximum(s[0], x)) * v,
        ),
        True,
    ),
    "swapped": ((Row, Row), Row, (1, 0), lambda s, v: (s[1], s[0] * v), True),
    "the same twice": ((f32, f32), f32, (1, 0), lambda s, x: (s[0] + x, s[0] + x), True),
    "one result in two": ((f32, f32), f32, (1, 0), lambda s, x: (lambda t: (t, t))(s[0] * 0.5 + x), True),
    "the element itself": ((f32, Row), (f32, Row), (1, 0), lambda s, x, v: (x, v * s[0]), True),
    "a field that stays": ((f32, f32), f32, (3, 0), lambda s, x: (s[0], s[1] * 0.5 + s[0] * x), True),
    "a constant row": (Row, f32, 0, lambda s, x: s * np.array([1.0, 2.0, 3.0, 4.0]) + x, True),
    "a chain of temporaries": (Row, Row, 0, lambda s, v: np.sqrt(np.abs(np.sin(s + v) - np.cos(v) * 2)) ** 2, True),
    "a scalar into rows": ((f32, Row), f32, (0, 1), lambda s, x: (s[0] * 0.1 + x, s[1] * s[0] - x), True),
    "nothing of the state": (f32, f32, 0, lambda s, x: x * x, True),
    "no operation": ((f32, f32), f32, (1, 2), lambda s, x: (s[1], s[0]), True),
    "a reduction": (f32, Row, 0, lambda s, v: 0.5 * s + v.sum(), False),
    "an index": (f32, Row, 0, lambda s, v: 0.5 * s + v[0], False),
    "a comparison": (f32, f32, 0, lambda s, x: 0.5 * s + (x > 0) * x, False),
    "a decision": (f32, f32, 0, lambda s, x: 0.5 * s + x if x > 0 else s, False),
    "where": (f32, f32, 0, lambda s, x: np.where(x > 0, 0.5 * s + x, s), False),
    "a Python function of a number": (f32, f32, 0, lambda s, x: 0.5 * s + float(x), False),
}


@pytest.mark.parametrize("primitive", ["Accum", "Scan"])
@pytest.mark.parametrize("axes", [(7,), (3, 8), (2, 3, 4), (5, 1), (4, 0), (0, 4)])
@pytest.mark.parametrize("name", TAPES)
@pytest.mark.parametrize("buffer", [1, 100, 1 << 20])
def test_a_tape_computes_what_the_loop_computes(
    name: str, axes: tuple[int, ...], primitive: str, buffer: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "BUFFER_BYTES", buffer)
    state, element, init, body, is_tape = TAPES[name]
    declared = fold_of(state, element, init)(body)
    assert (tape.record(body, signature(declared.function, SIZES, "f64")) is not None) == is_tape
    program, functions = one_fold(declared, primitive)
    data = stream(element, (*axes, 6) if len(axes) == 1 else axes)
    (fast,) = run(program, [data], functions)
    (slow,) = run(program, [data], functions, batching=False)
    for one, other in zip(fast.arrays, slow.arrays, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def test_a_tape_of_repeated_elements() -> None:
    declared = fold_of(Row, (f32, Row))(lambda s, x, v: 0.5 * s + x * v)
    program, functions = one_fold(declared, "Scan")
    data = stream((f32, Row), (3, 4, 5))
    arrays = (np.broadcast_to(data.arrays[0][:, :1], (3, 4, 5)), np.broadcast_to(data.arrays[1][:1], (3, 4, 5, 4)))
    repeated = Data(data.element, 3, arrays)
    (fast,) = run(program, [repeated], functions)
    (slow,) = run(program, [repeated], functions, batching=False)
    np.testing.assert_allclose(fast.arrays[0], slow.arrays[0])


def test_a_tape_leaves_its_arguments_alone() -> None:
    declared = fold_of((Row, Row), Row, (1, 2))(lambda s, v: (s[1] + v, s[0] * v))
    program, functions = one_fold(declared, "Scan")
    data = stream(Row, (3, 5))
    before = data.arrays[0].copy()
    first, second = run(program, [data], functions), run(program, [data], functions)
    np.testing.assert_array_equal(data.arrays[0], before)
    for one, other in zip(first[0].arrays, second[0].arrays, strict=True):
        np.testing.assert_array_equal(one, other)
        assert not np.shares_memory(one, other)


def test_a_wrong_tape_cannot_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(body: object, shape: Any) -> tape.Tape:
        return tape.Tape(((), ()), (np.dtype(float),) * 2, 1, (tape.Operation(np.subtract, (0, 1), ()),), (2,))

    monkeypatch.setattr("step.simulate.functions.record", wrong)
    declared = fold_of(f32)(lambda s, x: 0.5 * s + x)
    program, functions = one_fold(declared, "Accum")
    data = stream(f32, (5, 6))
    (fast,) = run(program, [data], functions)
    (slow,) = run(program, [data], functions, batching=False)
    np.testing.assert_allclose(fast.arrays[0], slow.arrays[0])
