"""Batched equals looped, on random functions, shapes and batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from step.simulate.batch import quiet

from tests.simulate.batch_oracle import assert_batched

Env = list[Any]
Expression = Callable[[Env], Any]
Shape = tuple[int, ...]

UNARY = (
    np.tanh, np.sin, np.exp, np.abs, np.negative, np.square, np.sign, np.floor, np.arctan,
    lambda v: v * 0.5 + 1, lambda v: 1 / (1 + v * v), lambda v: np.where(v > 0, v, 0.1 * v),
    lambda v: np.clip(v, -1, 1), lambda v: v.copy(), lambda v: np.nan_to_num(v), lambda v: 2 - v,
)  # fmt: skip
BINARY = (
    np.add, np.subtract, np.multiply, np.maximum, np.minimum, np.hypot, np.arctan2,
    lambda a, b: np.where(a > b, a, b), lambda a, b: a / (1 + b * b), lambda a, b: (a >= b) * a,
)  # fmt: skip
REDUCTIONS = (np.sum, np.mean, np.max, np.min, np.std, np.var, np.prod, np.median, np.linalg.norm, np.ptp)
ARG_REDUCTIONS = (np.argmax, np.argmin)
SCANS = (np.cumsum, np.sort, np.argsort, np.flip)


def _shape_of(expression: Expression, shapes: list[Shape]) -> Shape | None:
    """The shape of an expression's value; None if NumPy refuses it."""
    with quiet():
        try:
            value = expression([np.linspace(-1, 1, int(np.prod(s))).reshape(s) for s in shapes])
        except (ValueError, IndexError, TypeError, np.exceptions.AxisError):
            return None
    shape = np.shape(value)
    return shape if np.size(value) <= 400 else None


@st.composite
def expressions(draw: st.DrawFn, shapes: list[Shape], depth: int) -> Expression:
    """A random expression over the arguments; those that NumPy refuses are replaced by their operand."""
    if depth == 0:
        index = draw(st.integers(0, len(shapes) - 1))
        return lambda env: env[index]
    child: Expression = draw(expressions(shapes, depth - 1))
    made: Expression = draw(st.one_of([part(child, shapes, depth) for part in PARTS]))
    return made if _shape_of(made, shapes) is not None else child


def _unary(child: Expression, shapes: list[Shape], depth: int) -> st.SearchStrategy[Expression]:
    return st.sampled_from(UNARY).map(lambda f: lambda env: f(child(env)))


def _binary(child: Expression, shapes: list[Shape], depth: int) -> st.SearchStrategy[Expression]:
    return st.tuples(st.sampled_from(BINARY), expressions(shapes, depth - 1)).map(
        lambda pair: lambda env: pair[0](child(env), pair[1](env))
    )


def _reduction(child: Expression, shapes: list[Shape], depth: int) -> st.SearchStrategy[Expression]:
    axis = st.one_of(st.none(), st.integers(-3, 2))
    return st.tuples(st.sampled_from(REDUCTIONS), axis, st.booleans()).map(
        lambda t: lambda env: t[0](child(env), axis=t[1], keepdims=t[2])
    )


def _arg_reduction(child: Expression, shapes: list[Shape], depth: int) -> st.SearchStrategy[Expression]:
    return st.tuples(st.sampled_from(ARG_REDUCTIONS), st.one_of(st.none(), st.integers(-2, 1))).map(
        lambda t: lambda env: t[0](child(env), axis=t[1]) * 1.0
    )


def _scan(child: Expression, shapes: list[Shape], depth: int) -> st.SearchStrategy[Expression]:
    return st.tuples(st.sampled_from(SCANS), st.integers(-2, 1)).map(
        lambda t: lambda env: t[0](child(env), axis=t[1]) * 1.0
    )


def _shaping(child: Expression, shapes: list[Shape], depth: int) -> st.SearchStrategy[Expression]:
    axis = st.integers(-2, 2)
    return st.one_of(
        st.just(lambda env: child(env).T),
        st.just(lambda env: child(env).reshape(-1)),
        st.just(lambda env: np.atleast_2d(child(env))),
        axis.map(lambda a: lambda env: np.expand_dims(child(env), a)),
        axis.map(lambda a: lambda env: np.roll(child(env), 1, axis=a)),
        axis.map(lambda a: lambda env: np.repeat(child(env), 2, axis=a)),
        st.just(lambda env: np.squeeze(child(env))),
        st.tuples(axis, axis).map(lambda p: lambda env: np.swapaxes(child(env), p[0], p[1])),
    )


def _indexing(child: Expression, shapes: list[Shape], depth: int) -> st.SearchStrategy[Expression]:
    entry = st.one_of(
        st.integers(-2, 1),
        st.slices(4),
        st.none(),
        st.just(Ellipsis),
        st.lists(st.integers(-1, 1), min_size=1, max_size=3).map(np.array),
    )
    index = st.lists(entry, min_size=1, max_size=3).map(tuple)
    gather = st.just(lambda env: child(env)[np.argsort(child(env).reshape(-1))[:1] * 0])
    order = st.just(lambda env: np.take_along_axis(child(env), np.argsort(child(env), axis=-1), axis=-1))
    return st.one_of(index.map(lambda i: lambda env: child(env)[i]), gather, order)


def _joining(child: Expression, shapes: list[Shape], depth: int) -> st.SearchStrategy[Expression]:
    other, axis = expressions(shapes, depth - 1), st.integers(-2, 1)
    return st.one_of(
        st.tuples(other, axis).map(lambda p: lambda env: np.stack([child(env), p[0](env)], axis=p[1])),
        st.tuples(other, axis).map(lambda p: lambda env: np.concatenate([child(env), p[0](env)], axis=p[1])),
        other.map(lambda o: lambda env: np.hstack([child(env), o(env)])),
        other.map(lambda o: lambda env: np.vstack([child(env), o(env)])),
        other.map(lambda o: lambda env: np.append(child(env), o(env))),
    )


def _product(child: Expression, shapes: list[Shape], depth: int) -> st.SearchStrategy[Expression]:
    other = expressions(shapes, depth - 1)
    return st.one_of(
        other.map(lambda o: lambda env: child(env) @ o(env)),
        other.map(lambda o: lambda env: np.dot(child(env), o(env))),
        other.map(lambda o: lambda env: np.inner(child(env), o(env))),
        other.map(lambda o: lambda env: np.outer(child(env), o(env))),
        other.map(lambda o: lambda env: np.tensordot(child(env), o(env), axes=1)),
        other.map(lambda o: lambda env: np.multiply.outer(child(env), o(env))),
        st.just(lambda env: child(env) @ np.ones((3, 2))),
        st.just(lambda env: np.arange(6.0).reshape(2, 3) @ child(env)),
        st.just(lambda env: np.kron(child(env), child(env))),
    )


PARTS = (_unary, _binary, _reduction, _arg_reduction, _scan, _shaping, _indexing, _joining, _product)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Expression, list[Shape], Shape, int, list[int]]:
    """A function of one to three arguments, a batch, a seed, and which batch axis each argument does not vary along."""
    shape = st.lists(st.sampled_from([1, 2, 3, 3]), max_size=3).map(tuple)
    shapes = draw(st.lists(shape, min_size=1, max_size=3))
    batch = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple))
    still = [draw(st.integers(-1, len(batch) - 1)) for _ in shapes]
    return draw(expressions(shapes, draw(st.integers(1, 5)))), shapes, batch, draw(st.integers(0, 99)), still


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(cases())
def test_batched_equals_looped(case: tuple[Expression, list[Shape], Shape, int, list[int]]) -> None:
    expression, shapes, batch, seed, still = case
    rng = np.random.default_rng(seed)
    arguments = []
    for shape, axis in zip(shapes, still, strict=True):
        array = rng.normal(size=(*batch, *shape))
        if axis >= 0:
            array = np.broadcast_to(array.take([0], axis=axis), array.shape)
        arguments.append(array)

    def function(*env: Any) -> Any:
        return expression(list(env))

    batched = assert_batched(function, arguments, batch, mode=None)
    # Everything the grammar can say has a rule, except the axis that NumPy here and there grants to a scalar.
    assert batched.mode == "batched" or "AxisError" in batched.reason, batched.reason
