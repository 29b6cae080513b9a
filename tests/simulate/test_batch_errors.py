"""What a function does wrong is an error at that function, with its line, the element and the cause."""

from __future__ import annotations

import functools
import inspect
import pickle
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from step.simulate.batch import BatchedFunction, Element, FunctionError, Leaf, Signature

from tests.simulate.batch_oracle import values

SCALAR, VECTOR = Leaf(), Leaf((4,))


def failure(
    function: Callable[..., Any], arguments: list[Any], batch: tuple[int, ...], results: Element
) -> FunctionError:
    """The error of a call."""
    entries = tuple(Leaf(argument.shape[len(batch) :]) for argument in arguments)
    with pytest.raises(FunctionError) as caught:
        BatchedFunction(function, "fn", Signature(entries, results))(arguments, batch)
    return caught.value


def line_of(function: Callable[..., Any], text: str) -> int:
    """The line of a function's source that contains a text."""
    lines, first = inspect.getsourcelines(function)
    return first + next(i for i, line in enumerate(lines) if text in line)


def test_an_exception_carries_its_line_its_element_and_its_cause() -> None:
    def picky(s: Any) -> Any:
        if s > 2:
            raise ValueError(f"too large: {s:.1f}")
        return s

    data = np.zeros((4, 5))
    data[2, 3] = data[3, 1] = 3
    error = failure(picky, [data], (4, 5), SCALAR)
    assert error.kind == "raised"
    assert error.function == "fn"
    assert error.detail == "raised ValueError: too large: 3.0"
    assert (error.file, error.line) == (__file__, line_of(picky, "raise"))
    assert error.index == (2, 3)
    assert isinstance(error.__cause__, ValueError)
    assert str(error) == f"fn: raised ValueError: too large: 3.0 ({__file__}:{error.line})"


def test_the_line_is_the_deepest_in_the_users_file() -> None:
    def inner(x: Any) -> Any:
        return np.linalg.inv(x)  # not a matrix

    def outer(x: Any) -> Any:
        return inner(x) + 1

    error = failure(outer, values(1, (3, 4)), (3,), VECTOR)
    assert error.line == line_of(inner, "not a matrix")


def test_the_element_is_the_first_position_where_an_argument_does_not_vary() -> None:
    def picky(s: Any) -> Any:
        if s > 2:
            raise RuntimeError("no")
        return s

    data = np.array([[0.0], [1.0], [3.0]])
    error = failure(picky, [np.broadcast_to(data, (3, 6))], (3, 6), SCALAR)
    assert error.index == (2, 0)
    assert error.detail == "raised RuntimeError: no"


@pytest.mark.parametrize(
    ("result", "declared", "detail", "expected", "actual"),
    [
        (lambda x: x[:3], VECTOR, "returned an array of shape (3,) where (4,) was declared", (4,), (3,)),
        (lambda x: x.sum(), VECTOR, "returned an array of shape () where (4,) was declared", (4,), ()),
        (lambda x: 1.0, VECTOR, "returned an array of shape () where (4,) was declared", (4,), ()),
        (lambda x: x[:1], SCALAR, "returned an array of shape (1,) where () was declared", (), (1,)),
        (lambda x: x[None], VECTOR, "returned an array of shape (1, 4) where (4,) was declared", (4,), (1, 4)),
        (lambda x: np.ones(3), VECTOR, "returned an array of shape (3,) where (4,) was declared", (4,), (3,)),
        (lambda x: None, VECTOR, "returned None", (4,), None),
        (lambda x: "four", VECTOR, "returned no number but a str", (4,), None),
        (lambda x: {1: 2}, SCALAR, "returned no number but a dict", (), None),
        (lambda x: (x, x), VECTOR, "returned a tuple of 2 fields where one array was declared", 1, 2),
        (lambda x: (x,), VECTOR, "returned a tuple of 1 fields where one array was declared", 1, 1),
        (lambda x: x, (VECTOR, VECTOR), "returned an array where a tuple of 2 fields was declared", 2, 1),
        (lambda x: (x, x, x), (VECTOR, VECTOR), "returned 3 fields where 2 were declared", 2, 3),
        (lambda x: (x, x[0]), (VECTOR, VECTOR), "returned an array of shape () where (4,) was declared", (4,), ()),
        (lambda x: (x, (x, x)), (VECTOR, (VECTOR,)), "returned 2 fields where 1 were declared", 1, 2),
    ],
)
def test_an_undeclared_result_is_an_error(
    result: Callable[..., Any], declared: Element, detail: str, expected: Any, actual: Any
) -> None:
    for count in (1, 2, 5):
        error = failure(result, values(2, (count, 4)), (count,), declared)
        assert error.kind == "result"
        assert error.detail == detail
        assert (error.expected, error.actual) == (expected, actual)
        assert error.file == __file__


def test_an_undeclared_result_points_at_its_return() -> None:
    def branching(x: Any) -> Any:
        if x[0] < 0:
            return x
        return x[1:]  # too short

    data = -np.ones((5, 4))
    data[3] = 1
    error = failure(branching, [data], (5,), VECTOR)
    assert error.line == line_of(branching, "too short")
    assert error.index == (3,)
    assert error.field == 0


def test_the_field_that_is_wrong_is_named() -> None:
    error = failure(lambda x: (x, x, x[:2]), values(3, (5, 4)), (5,), (VECTOR, VECTOR, VECTOR))
    assert error.field == 2


@pytest.mark.parametrize("count", [1, 5])
def test_writing_to_an_argument_is_an_error(count: int) -> None:
    def assigns(x: Any) -> Any:
        x[0] = 1
        return x

    def adds(x: Any) -> Any:
        x += 1
        return x

    def sorts(x: Any) -> Any:
        x.sort()
        return x

    def through_a_view(x: Any) -> Any:
        x[1:].reshape(-1)[0] = 2
        return x

    def puts(x: Any) -> Any:
        np.put_along_axis(x, np.argsort(x), 0, axis=0)
        return x

    def out(x: Any) -> Any:
        return np.exp(x, out=x)

    for function in (assigns, adds, sorts, through_a_view, puts, out):
        (x,) = values(4, (count, 4))
        before = x.copy()
        error = failure(function, [x], (count,), VECTOR)
        assert error.kind == "mutated"
        assert "must not change their argument" in error.detail
        assert error.line is not None
        assert function.__code__.co_firstlineno < error.line <= function.__code__.co_firstlineno + 2
        np.testing.assert_array_equal(x, before)


def test_adding_to_a_scalar_argument_in_place_is_an_error() -> None:
    def adds(s: Any) -> Any:
        s += 1
        return s

    assert failure(adds, values(5, (6,)), (6,), SCALAR).kind == "mutated"


def test_exiting_the_process_is_an_error() -> None:
    def leaves(s: Any) -> Any:
        sys.exit(3)

    error = failure(leaves, values(6, (6,)), (6,), SCALAR)
    assert error.kind == "exited"
    assert error.line == line_of(leaves, "sys.exit")


def test_an_interrupt_passes() -> None:
    def interrupted(s: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        BatchedFunction(interrupted, "fn", Signature((SCALAR,), SCALAR))(values(7, (6,)), (6,))


def test_decorated_and_partial_functions_and_objects_have_lines_too() -> None:
    def fails(x: Any, _: int = 0) -> Any:
        raise RuntimeError("here")

    @functools.wraps(fails)
    def decorated(x: Any) -> Any:
        return fails(x)

    class Callable_:  # noqa: N801
        def __call__(self, x: Any) -> Any:
            raise RuntimeError("here")

    (x,) = values(8, (3, 4))
    assert failure(functools.partial(fails, _=1), [x], (3,), VECTOR).line == line_of(fails, "here")
    assert failure(decorated, [x], (3,), VECTOR).line == line_of(fails, "here")
    assert failure(Callable_(), [x], (3,), VECTOR).line == line_of(Callable_.__call__, "here")
    assert failure(np.linalg.inv, [x], (3,), VECTOR).kind == "raised"


def test_an_error_crosses_to_another_process() -> None:
    error = failure(lambda x: x[:2], values(9, (5, 4)), (5,), VECTOR)
    other = pickle.loads(pickle.dumps(error))
    assert (str(other), other.kind, other.line, other.index) == (str(error), "result", error.line, (0,))
    assert (other.file, other.field, other.expected, other.actual) == (__file__, 0, (4,), (2,))


def test_nonfinite_values_are_values() -> None:
    data = np.array([[np.nan, 1.0], [np.inf, -np.inf], [0.0, 1.0]])
    batched = BatchedFunction(lambda x: np.log(x) / x.max(), "fn", Signature((Leaf((2,)),), Leaf((2,))))
    with np.errstate(all="ignore"):
        (result,) = batched([data], (3,))
        expected = np.stack([np.log(x) / x.max() for x in data])
    assert batched.mode == "batched"
    np.testing.assert_array_equal(result, expected)
