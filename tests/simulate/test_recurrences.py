"""Folds of elementwise operations: what is scheduled how, and that it computes what a loop computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import step
from hypothesis import given, settings
from hypothesis import strategies as st
from step.declare import DeclaredFunction
from step.primitives import PRIMITIVES
from step.primitives.base import Array, Data
from step.program import Builder
from step.simulate.dtypes import signature
from step.simulate.fold import linear, player, replay, tape, ways
from step.simulate.fold.schedule import Cycle, Schedule, Whole, schedule_of
from step.simulate.fold.varying import varying_shapes
from step.simulate.fold.ways import Accumulate, Plan, plan_of
from step.types import Buffer, f32

from tests.simulate.test_folding import SIZES, fold_of, one_fold, run, stream

D = step.dim("D", 4)
Row = Buffer(f32, [D])


def scheduled(declared: DeclaredFunction) -> Schedule:
    recorded = tape.record(declared.body, signature(declared.function, SIZES, "f64"))
    assert recorded is not None
    return schedule_of(recorded)


def planned(declared: DeclaredFunction, every: bool = False, groups: int = 3, length: int = 40) -> Plan:
    """The plan for a batch of groups, from the init state."""
    schedule = scheduled(declared)
    shapes, fields = schedule.tape.shapes, schedule.tape.fields
    state = [np.broadcast_to(np.zeros(()), (groups, *shape)) for shape in shapes[:fields]]
    elements = [np.zeros((length, groups, *shape)) for shape in shapes[fields:]]
    return plan_of(schedule, varying_shapes(schedule, state, elements, 1), 1, length, every)


@fold_of((f32, f32, Row), (f32, Row), (-np.inf, 0, 0))
def softmax(state: Any, s: Any, v: Any) -> Any:
    peak, weight, mean = state
    new_peak = np.maximum(peak, s)
    kept = np.exp(peak - new_peak) * weight
    added = np.exp(s - new_peak)
    new_weight = added + kept
    return new_peak, new_weight, (kept * mean + added * v) / new_weight


@fold_of((Row, Row), (Row, f32, f32), (0, 0))
def weights_in_rows(state: Any, v: Any, e: Any, d: Any) -> Any:
    weight, mean = state
    kept = d * weight
    return e + kept, (kept * mean + e * v) / (e + kept)


def test_only_what_is_recurrent_takes_steps() -> None:
    schedule = scheduled(softmax)
    cycles = [stage for stage in schedule.stages if isinstance(stage, Cycle)]
    names = [
        [schedule.tape.operations[ref - len(schedule.tape.shapes)].ufunc.__name__ for ref in one.refs] for one in cycles
    ]
    assert names == [["maximum"], ["multiply", "add"], ["multiply", "add", "divide"]]
    assert [one.fields for one in cycles] == [(0,), (1,), (2,)]
    # The peak minus its last value, and the score minus the peak, and their exponentials; the value times its weight.
    assert sum(isinstance(stage, Whole) for stage in schedule.stages) == 5


def test_the_cheapest_way_of_each_recurrence() -> None:
    of_one = planned(softmax)
    assert [type(way) for way in of_one.ways if not isinstance(way, Whole)] == [Accumulate, Cycle, linear.WeightedSum]
    # Rows multiplied by numbers are not made for a sum.
    assert sum(isinstance(way, Whole) for way in of_one.ways) == 4
    of_each = planned(softmax, every=True)
    assert [type(way) for way in of_each.ways if not isinstance(way, Whole)] == [Accumulate, Cycle, Cycle]
    assert of_each.remembered == {0, 1, 2}


def test_what_repeats_along_an_axis_is_computed_once() -> None:
    plan = planned(weights_in_rows)
    assert plan.shapes[0] == (3, 1)
    assert plan.shapes[1] == (3, 4)


def test_what_nothing_needs_is_not_computed() -> None:
    schedule = scheduled(fold_of((f32, f32), f32, (0, 0))(lambda s, x: (s[0] * 0.5 + x, s[1] + (np.sin(x), x)[1])))
    names = [
        schedule.tape.operations[one.ref - len(schedule.tape.shapes)].ufunc.__name__
        for one in schedule.stages
        if isinstance(one, Whole)
    ]
    assert "sin" not in names


# Against a loop.

BINARY = [np.add, np.subtract, np.multiply, np.maximum, np.minimum]
UNARY = [np.negative, np.abs, np.square]
Shape = tuple[int, ...]


@st.composite
def bodies(draw: st.DrawFn) -> tuple[list[Shape], list[Shape], Callable[..., Any]]:
    """A random body of operations that every loop rounds alike: its state's and element's shapes, and itself."""
    shape = st.sampled_from([(), (4,)])
    state, element = draw(st.lists(shape, min_size=1, max_size=4)), draw(st.lists(shape, min_size=1, max_size=3))
    shapes: list[Shape] = [*state, *element]
    operations: list[tuple[np.ufunc, list[int], float | None]] = []
    for _ in range(draw(st.integers(0, 9))):
        ufunc = draw(st.sampled_from([*BINARY, *UNARY]))
        operands = [draw(st.integers(0, len(shapes) - 1)) for _ in range(ufunc.nin)]
        constant = draw(st.sampled_from([None, None, 0.5, -2.0])) if ufunc.nin == 2 else None
        if constant is not None:
            operands.pop()
        operations.append((ufunc, operands, constant))
        shapes.append(max((shapes[one] for one in operands), key=len))
    outputs = [
        draw(st.sampled_from([number for number, one in enumerate(shapes) if one == wanted])) for wanted in state
    ]

    def body(before: Any, *values: Any) -> Any:
        known = [*(before if len(state) > 1 else [before]), *values]
        for ufunc, operands, constant in operations:
            known.append(ufunc(*(known[one] for one in operands), *([] if constant is None else [constant])))
        result = tuple(known[one] for one in outputs)
        return result if len(state) > 1 else result[0]

    return state, element, body


def looped(
    state: list[Array], elements: list[Array], lead: int, body: Callable[..., Any]
) -> tuple[list[Array], list[Array]]:
    """The last state and all states, by plain calls; the folded axis is the last of the batch's ``lead`` ones."""
    batch = elements[0].shape[: lead + 1]
    kept = [np.empty((*batch, *one.shape[lead:])) for one in state]
    for place in np.ndindex(batch[:-1]):
        now: Any = tuple(one[place] for one in state)
        for at in range(batch[-1]):
            values = [one[(*place, at)] for one in elements]
            result = body(now if len(state) > 1 else now[0], *values)
            now = result if len(state) > 1 else (result,)
            for whole, one in zip(kept, now, strict=True):
                whole[(*place, at)] = one
    return [one[(slice(None),) * lead + (-1,)] for one in kept], kept


def declared_with(state: list[Shape], element: list[Shape], body: Callable[..., Any], init: float) -> DeclaredFunction:
    kinds = [[f32 if one == () else Row for one in shapes] for shapes in (state, element)]
    states, elements = (one[0] if len(one) == 1 else tuple(one) for one in kinds)
    return fold_of(states, elements, init if len(state) == 1 else (init,) * len(state))(body)


@settings(deadline=None, max_examples=250)
@given(
    bodies(),
    st.sampled_from([(3, 7), (2, 2, 5), (4, 1), (1, 9)]),
    st.sampled_from([1, 300, 1 << 20]),
    st.booleans(),
    st.lists(st.booleans(), min_size=3, max_size=3),
)
def test_every_way_gives_the_bits_of_a_loop(
    made: tuple[list[Shape], list[Shape], Callable[..., Any]],
    axes: Shape,
    buffer: int,
    every: bool,
    repeats: list[bool],
) -> None:
    state, element, body = made
    declared = declared_with(state, element, body, 0.5)
    data = stream(declared.function.element, axes)
    arrays = [
        np.broadcast_to(one[:1], one.shape) if repeated else one
        for one, repeated in zip(data.arrays, repeats, strict=False)
    ]
    program, functions = one_fold(declared, "Scan" if every else "Accum")
    lead = len(axes) - 1
    start = [np.full((*axes[:-1], *shape), 0.5) for shape in state]
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(player, "BUFFER_BYTES", buffer)
        patch.setattr(replay, "_STEP_BYTES", buffer)
        patch.setattr(ways, "pays", lambda *_: False)
        patch.setattr("step.simulate.functions.recognise", lambda *_: None)
        last, kept = looped(start, arrays, lead, body)
        (result,) = run(program, [Data(data.element, len(axes), tuple(arrays))], functions)
    for have, want in zip(result.arrays, kept if every else last, strict=True):
        np.testing.assert_array_equal(have, want)


def chain(state: Any, kinds: tuple[str, ...], rows: tuple[Any, ...], numbers: tuple[Any, ...]) -> Any:
    """The state after a chain of operations on it, each with a row or a number."""
    row, number = iter(rows), iter(numbers)
    for kind in kinds:
        match kind:
            case "times":
                state = state * next(number)
            case "over":
                state = state / next(number)
            case "plus":
                state = state + next(number) * next(row)
            case "minus":
                state = state - next(row)
            case "from":
                state = next(row) / next(number) - state
            case "number":
                state = next(number) + state
            case _:
                state = -state
    return state


ROWS = {"plus": 1, "minus": 1, "from": 1}
NUMBERS = {"times": 1, "over": 1, "plus": 1, "from": 1, "number": 1}
KINDS = st.lists(st.sampled_from(["times", "over", "plus", "minus", "from", "number", "negative"]), max_size=4)
EXTREMES = [0.0, 1e-200, 1e200, -1e160, 1e-320, np.inf, np.nan, 1e-160]


@settings(deadline=None, max_examples=200)
@given(
    KINDS.map(lambda kinds: ("times", "plus", *kinds)),
    st.integers(4, 40),
    st.sampled_from([200, 1 << 20]),
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(EXTREMES)), max_size=4),
    st.booleans(),
)
def test_a_weighted_sum_is_what_the_loop_computes(
    kinds: tuple[str, ...], length: int, buffer: int, extremes: list[tuple[int, float]], in_rows: bool
) -> None:
    rows, numbers = (sum(one.get(kind, 0) for kind in kinds) for one in (ROWS, NUMBERS))

    def body(state: Any, *values: Any) -> Any:
        return chain(state, kinds, values[:rows], values[rows:])

    element = [(4,)] * rows + [()] * numbers
    declared = declared_with([(4,)], element, body, 0.25)
    assert any(isinstance(way, linear.WeightedSum) for way in planned(declared).ways)
    rng = np.random.default_rng(length)
    arrays = [
        rng.uniform(0.5, 1.5, (3, length, *shape)) * rng.choice([-1, 1], (3, length, *shape)) for shape in element
    ]
    for place, value in extremes:
        array = arrays[place % rows if in_rows else rows + place % numbers]
        array.flat[place % array.size] = value
    program, functions = one_fold(declared, "Accum")
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(player, "BUFFER_BYTES", buffer)
        patch.setattr(ways, "pays", lambda *_: True)
        (want,), _ = looped([np.full((3, 4), 0.25)], arrays, 1, body)
        # Cancellation leaves what the largest of the sum's numbers left.
        positive = [np.abs(one) for one in arrays]
        (scale,), _ = looped([np.full((3, 4), 0.25)], positive, 1, lambda s, *v: _unsigned(s, kinds, v, rows))
        kind = declared.function.element
        (result,) = run(program, [Data(kind, 2, tuple(arrays))], functions)
    have = result.arrays[0]
    np.testing.assert_array_equal(np.isnan(have), np.isnan(want))
    finite = np.isfinite(want) & np.isfinite(scale)
    assert (np.abs(have[finite] - want[finite]) <= 1e-12 * scale[finite]).all()
    infinite = np.isinf(want)
    np.testing.assert_array_equal(have[infinite], want[infinite])


def _unsigned(state: Any, kinds: tuple[str, ...], values: tuple[Any, ...], rows: int) -> Any:
    """The chain with every subtraction an addition: a bound of all numbers that are added."""
    other = {"minus": "minus", "from": "from", "negative": "negative"}
    row, number = iter(values[:rows]), iter(values[rows:])
    for kind in kinds:
        if kind == "minus":
            state = state + next(row)
        elif kind == "from":
            state = state + next(row) / next(number)
        elif kind not in other:
            one = [next(number)] if NUMBERS.get(kind) else []
            state = chain(state, (kind,), tuple(next(row) for _ in range(ROWS.get(kind, 0))), tuple(one))
    return state


def test_weights_that_leave_the_safe_range_take_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    steps = player.Player._steps
    monkeypatch.setattr(player.Player, "_steps", lambda *given: (taken.append("steps"), steps(*given))[1])
    declared = declared_with([(4,)], [(4,), ()], lambda s, v, d: s * d + v, 0.0)
    program, functions = one_fold(declared, "Accum")
    rng = np.random.default_rng(1)
    rows, factors = rng.standard_normal((3, 40, 4)), rng.uniform(0.5, 1.0, (3, 40))
    kind = declared.function.element
    run(program, [Data(kind, 2, (rows, factors))], functions)
    assert taken == []
    for value, other in ((1e200, 1e-200), (1e-160, 1.0), (0.0, 1.0)):
        extreme = factors.copy()
        extreme[0, 20], extreme[0, 21] = value, other
        (result,) = run(program, [Data(kind, 2, (rows, extreme))], functions)
        assert taken
        taken.clear()
        (want,), _ = looped([np.zeros((3, 4))], [rows, extreme], 1, declared.body)
        np.testing.assert_allclose(result.arrays[0], want, rtol=1e-13)


def test_a_wrong_sum_cannot_pass_even_when_the_fold_was_trusted_before(monkeypatch: pytest.MonkeyPatch) -> None:
    _, functions = one_fold(softmax, "Accum")
    types = softmax.function.element
    monkeypatch.setattr(player, "summed", lambda way, read, state, size, lead: state + 1)

    # Two folds by one function: the first is too short for a sum, the second is not.
    function = step.Function("f", types, softmax.function.result, softmax.function.init)
    builder = Builder(2)
    (one,) = builder.add(PRIMITIVES["Accum"](function, 1), [0])
    (other,) = builder.add(PRIMITIVES["Accum"](function, 1), [1])
    short, long = stream(types, (5, 2)), stream(types, (5, 30), 1)
    results = run(builder.build([one, other]), [short, long], functions)
    for data, result in zip((short, long), results, strict=True):
        scores, values = data.arrays
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        want = (weights[..., None] * values).sum(1) / weights.sum(1)[:, None]
        np.testing.assert_allclose(result.arrays[2], want, rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-30, 1e-9, 1.0, 1e9])
def test_a_wrong_state_in_between_cannot_pass(scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    play = player.Player.play

    def wrong(self: Any, state: Any, elements: Any, states: Any) -> Any:
        last = play(self, state, elements, states)
        for one in states:
            one[1] += 1e-3 * scale
        return last

    monkeypatch.setattr(player.Player, "play", wrong)
    declared = fold_of(f32)(lambda s, x: 0.5 * s + x)
    program, functions = one_fold(declared, "Scan")
    data = Data(f32, 2, tuple(one * scale for one in stream(f32, (5, 6)).arrays))
    (result,) = run(program, [data], functions)
    _, (want,) = looped([np.zeros(5)], list(data.arrays), 1, declared.body)
    np.testing.assert_allclose(result.arrays[0], want, rtol=1e-12)


@pytest.mark.parametrize("every", [False, True])
def test_buffers_do_not_grow_with_the_stream(every: bool) -> None:
    plan = planned(softmax, every, groups=50, length=100_000)
    one = player.Player(plan, 1, 100_000)
    assert one.nbytes <= 1.2 * player.BUFFER_BYTES


def test_a_sum_is_taken_where_it_pays() -> None:
    assert linear.pays(numbers=7168, weights=56, length=40)
    assert not linear.pays(numbers=7168, weights=56, length=3)  # steps are few
    assert not linear.pays(numbers=28, weights=7, length=5)
    assert not linear.pays(numbers=7168, weights=7168, length=40)  # no rows
    assert not linear.pays(numbers=80_000, weights=20_000, length=16)  # many small matrices
    assert linear.pays(numbers=12, weights=3, length=20_000)
