"""Reading and writing parts of an element, against the loop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.simulate.batch_oracle import assert_batched, values

S: tuple[int, ...] = ()
V, M, T3 = (6,), (4, 6), (3, 4, 5)
WEIGHTS = np.random.default_rng(96).normal(size=(6, 3))
EVEN = np.arange(6) % 2 == 0
ROWS = np.array([2, 0, 1, 1])

READS: list[tuple[str, Any, tuple[tuple[int, ...], ...]]] = [
    ("integer", lambda m: m[1] + m[-1] + m[np.int64(2)] + m[np.array(0)], (M,)),
    ("two integers", lambda m: m[1, 2] + m[-1, -2] + m[1][2], (M,)),
    ("slices", lambda m: m[1:3, ::2] + m[:2, 1:4] + m[-2:, 3:], (M,)),
    ("negative steps", lambda m: m[::-1, ::-1] + m[::-1] + m[:, ::-1], (M,)),
    ("ellipsis", lambda t: t[..., 0] + t[..., -1] + t[..., 1:2].squeeze(-1) + t[...][..., 2], (T3,)),
    ("new axes", lambda v: v[:, None] * v[None] + v[None, :, None][0], (V,)),
    ("scalar with ellipsis", lambda s: s[...] + s[()] + s[None][0] + s[..., None][0], (S,)),
    ("static integers", lambda m: m[[0, 2]] + m[np.array([1, 3])] + m[[-1, -2]], (M,)),
    ("static integers on the second axis", lambda m: m[:, [0, 5, 2]] + m[..., [1, 1, 1]], (M,)),
    ("static integers twice", lambda m: m[[0, 1, 2], [3, 4, 5]] + m[np.arange(3), 0], (M,)),
    ("static integers in a grid", lambda m: m[np.ix_([0, 2], [1, 4])] + m[[[0], [1]], [2, 3]], (M,)),
    ("static integers between", lambda t: t[:, [0, 3]] + t[:, [[0, 1], [2, 3]]][:, 0], (T3,)),
    ("static integers apart", lambda t: t[[0, 1], :, [2, 3]] + t[0, :, [1, 2]], (T3,)),
    ("static integers beside a slice", lambda t: t[:, [0, 1], [2, 3]] + t[:, 1, [2, 3]], (T3,)),
    ("static mask", lambda v: v[EVEN] * v[~EVEN], (V,)),
    ("static mask on an axis", lambda m: m[:, EVEN] + m[[True, False, True, True], :3][:1], (M,)),
    ("static mask of two axes", lambda m: m[np.eye(4, 6, dtype=bool)], (M,)),
    ("empty list", lambda v: v[[]].sum() + v.sum(), (V,)),
    ("order", lambda v: v[np.argsort(v)] + v[np.argsort(v)[::-1]], (V,)),
    ("largest few", lambda v: v[np.argsort(-v)[:3]], (V,)),
    ("rows by an order", lambda m: m[np.argsort(m[:, 0])], (M,)),
    ("columns by an order", lambda m: m[:, np.argsort(m[0])] + m[1, np.argsort(m[2])], (M,)),
    ("one row by its place", lambda m: m[np.argmax(m[:, 0])] + m[m[:, 1].argmin(), :], (M,)),
    ("one value by its place", lambda m: m[1, np.argmax(m[1])] + m[np.argmin(m[:, 2]), 2], (M,)),
    ("pairs by places", lambda m: m[np.argsort(m[:, 0]), np.argmax(m, axis=1)], (M,)),
    ("places apart", lambda t: t[np.argsort(t[:, 0, 0]), :, np.argmax(t[:, 1], axis=1)], (T3,)),
    ("places in the middle", lambda t: t[:, np.argsort(t[0, :, 0]), 1:3] + t[:, t[1].argmax(0)[:4], :2], (T3,)),
    ("a grid of places", lambda m: m[np.argsort(m[:, 0])[:, None], np.argsort(m[0])[None, :]], (M,)),
    ("places and new axes", lambda m: m[None, np.argsort(m[:, 0])][0], (M,)),
    ("a static table", lambda v: WEIGHTS[np.argmax(v)] * WEIGHTS[np.argsort(v)[0]], (V,)),
    ("a static table by many", lambda v: WEIGHTS[np.argsort(v), 1] + WEIGHTS[np.argsort(v)][:, 0], (V,)),
    ("one-hot", lambda v: np.eye(6)[np.argmax(v)] + np.eye(6)[np.argsort(v)].sum(axis=0), (V,)),
    ("other batches", lambda s, m: m[(s > 0).astype(int)] + m[(s < 1).astype(np.int64), 1], (S, M)),
]  # fmt: skip


def _halves(x: Any) -> Any:
    y = np.zeros_like(x)
    y[0::2] = x[1::2]
    y[1::2] = -x[0::2]
    return y


def _one(x: Any) -> Any:
    y = x.copy()
    y[2] = 9.0
    y[-1] = x[0]
    y[1:3] += 1
    y[...] *= 2
    return y


def _rows(x: Any) -> Any:
    y = x.copy()
    y[1] = x[0, ::-1]
    y[:, 2] = x[:, 3]
    y[:2, :2] = 0
    y[3] = x[:1]
    return y


def _mask(x: Any) -> Any:
    y = x.copy()
    y[y < 0] = 0
    y[x > 1] = x.max()
    y[EVEN] = 5
    return y


def _mask_of_rows(x: Any) -> Any:
    y = x.copy()
    y[x[:, 0] > 0] = -1
    return y


def _top(x: Any) -> Any:
    chosen = np.argsort(x)[-2:]
    y = np.zeros_like(x)
    y[chosen] = x[chosen]
    return y


def _top_of_rows(x: Any) -> Any:
    y = np.full_like(x, -np.inf)
    chosen = np.argpartition(x, -2, axis=1)[:, -2:]
    np.put_along_axis(y, chosen, np.take_along_axis(x, chosen, axis=1), axis=1)
    return np.exp(y)


def _places(x: Any) -> Any:
    y = np.ones_like(x)
    y[np.arange(4), np.argmax(x, axis=1)] = 7
    y[:, np.argmin(x[0])] = x[:, 0]
    y[np.argmax(x[:, 1])] = x[0]
    y[:, [0, 1]] = x[:, [1, 0]]
    return y


def _in_place(x: Any) -> Any:
    y = x * 1
    z = y
    y += x
    y -= 0.5
    y *= x
    y /= 2
    y **= 2
    y[0] += 3
    return y + z


def _scalar_in_place(x: Any) -> Any:
    m = x.max()
    n = m
    m += 1
    m *= 2
    return m - n


def _plain_target(x: Any) -> Any:
    y = np.zeros(6)
    for i in range(6):
        y[i] = x[i] * i
    y[np.argmax(x)] = 100
    return y


def _accumulator(x: Any) -> Any:
    total = np.zeros(6)
    for row in x:
        total += row
    return total


def _views(x: Any) -> Any:
    y = x.copy()
    part = y[1:3]
    part[:] = 0
    y.T[0] = 1
    y.reshape(-1)[-1] = 8
    z = x.copy()
    z.fill(2)
    return y + z


def _copyto(x: Any) -> Any:
    y = np.empty_like(x)
    np.copyto(y, x)
    np.copyto(y, 0.0, where=x < 0)
    return y


def _scattered(x: Any) -> Any:
    y = np.zeros_like(x)
    np.add.at(y, np.argsort(x) // 2, x)
    np.multiply.at(y, [0, 0, 1], 3.0)
    return y


WRITES = [
    (_halves, V), (_one, V), (_rows, M), (_mask, V), (_mask_of_rows, M), (_top, V), (_top_of_rows, M), (_places, M),
    (_in_place, V), (_scalar_in_place, V), (_plain_target, V), (_accumulator, M), (_views, M), (_copyto, V),
    (_scattered, V),
]  # fmt: skip


@pytest.mark.parametrize(("function", "shapes"), [case[1:] for case in READS], ids=[case[0] for case in READS])
def test_reading(function: Any, shapes: tuple[tuple[int, ...], ...]) -> None:
    assert_batched(function, values(1, *((7, *shape) for shape in shapes)), (7,))
    batch = (3, 2, 4)
    arguments = values(2, *((*batch, *shape) for shape in shapes))
    arguments[0] = np.broadcast_to(arguments[0][:, :1], arguments[0].shape)
    arguments[-1] = np.broadcast_to(arguments[-1][:1], arguments[-1].shape)
    assert_batched(function, arguments, batch)


@pytest.mark.parametrize(("function", "shape"), WRITES, ids=[case[0].__name__ for case in WRITES])
def test_writing(function: Any, shape: tuple[int, ...]) -> None:
    assert_batched(function, values(3, (7, *shape)), (7,))
    (x,) = values(4, (3, 2, 4, *shape))
    assert_batched(function, [np.broadcast_to(x[:, :1], x.shape)], (3, 2, 4))


def test_writing_what_varies_where_the_target_does_not() -> None:
    """The target varies along one batch axis only, what is written to it along both."""
    x, s = values(5, (3, 4, 6), (3, 4))

    def write(v: Any, t: Any) -> Any:
        y = v.copy()
        y[1] = t
        y += t
        return y

    assert_batched(write, [np.broadcast_to(x[:, :1], x.shape), s], (3, 4))


def test_a_selection_of_varying_length_takes_the_loop() -> None:
    (x,) = values(6, (7, 6))
    batched = assert_batched(lambda v: v[v > 0].sum(), [x], (7,), mode="loop")
    assert "mask" in batched.reason


def test_an_index_out_of_bounds_is_an_error_at_the_element() -> None:
    from step.simulate.batch import BatchedFunction, FunctionError, Leaf, Signature

    (x,) = values(7, (7, 6))
    for index in (6, (slice(None), 0), np.array([7])):
        batched = BatchedFunction(lambda v, index=index: v[index], "pick", Signature((Leaf((6,)),), Leaf()))
        with pytest.raises(FunctionError, match="IndexError"):
            batched([x], (7,))
