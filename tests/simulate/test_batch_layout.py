"""The batch's axes: any number of them, empty ones, ones that do not vary, large ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from step.simulate.batch import BatchedFunction, Leaf, Signature
from step.simulate.batch.layout import make_layout

from tests.simulate.batch_oracle import assert_batched, looped, values


def spy(function: Any) -> tuple[Any, list[tuple[int, ...]]]:
    """A function that records how large the arrays are that it is called on."""
    seen: list[tuple[int, ...]] = []

    def spied(*arguments: Any) -> Any:
        seen.append(getattr(arguments[0], "_a", arguments[0]).shape)
        return function(*arguments)

    return spied, seen


@pytest.mark.parametrize("batch", [(0,), (3, 0), (0, 4), (2, 0, 3)])
def test_an_empty_batch_calls_nothing_and_raises_nothing(batch: tuple[int, ...]) -> None:
    def fails(x: Any, s: Any) -> Any:
        raise AssertionError("called")

    signature = Signature((Leaf((4,)), Leaf()), (Leaf((2, 3)), Leaf((), np.dtype(np.float32))))
    first, second = BatchedFunction(fails, "fn", signature)([np.zeros((*batch, 4)), np.zeros(batch)], batch)
    assert first.shape == (*batch, 2, 3)
    assert second.shape == batch
    assert second.dtype == np.float32


def test_no_batch_axes_mean_one_call() -> None:
    batched = BatchedFunction(lambda x: x * 2, "fn", Signature((Leaf((4,)),), Leaf((4,))))
    (result,) = batched([np.arange(4.0)], ())
    np.testing.assert_array_equal(result, np.arange(4.0) * 2)


@pytest.mark.parametrize("batch", [(1,), (2,), (1, 1), (3, 1, 2), (5,), (1, 6, 1)])
def test_small_batches_and_axes_of_size_one(batch: tuple[int, ...]) -> None:
    assert_batched(lambda x, s: x * s + x.max(), values(1, (*batch, 4), batch), batch, mode=None)


def test_elements_of_size_zero() -> None:
    assert_batched(lambda x: x.sum() + len(x), [np.zeros((5, 0))], (5,))
    assert_batched(lambda x: x * 2, [np.zeros((5, 0, 3))], (5,))


def test_what_does_not_vary_is_computed_once() -> None:
    x, s = values(2, (5, 1, 8), (1, 7, 1))
    spied, seen = spy(lambda a: a * 2)
    batched = BatchedFunction(spied, "fn", Signature((Leaf((8,)),), Leaf((8,))))
    (result,) = batched([np.broadcast_to(x, (5, 7, 8))], (5, 7))
    assert seen[0] == (5, 8)
    np.testing.assert_array_equal(result, np.broadcast_to(x * 2, (5, 7, 8)))
    assert result.strides[1] == 0

    spied, seen = spy(lambda a, b: a * b)
    batched = BatchedFunction(spied, "fn", Signature((Leaf(), Leaf()), Leaf()))
    wide = (5, 7, 8)
    (result,) = batched([np.broadcast_to(x, wide), np.broadcast_to(s, wide)], wide)
    assert seen[0] == (5, 1, 8)
    np.testing.assert_array_equal(result, x * s)


def test_nothing_varies_at_all() -> None:
    spied, seen = spy(lambda a: a * 2)
    batched = BatchedFunction(spied, "fn", Signature((Leaf(),), Leaf()))
    (result,) = batched([np.broadcast_to(np.array(3.0), (5, 7))], (5, 7))
    assert len(seen) == 1
    np.testing.assert_array_equal(result, np.full((5, 7), 6.0))


def test_the_loop_too_computes_once_what_does_not_vary() -> None:
    calls = []
    batched = BatchedFunction(lambda a: calls.append(1) or a, "fn", Signature((Leaf(),), Leaf()), batching=False)
    batched([np.broadcast_to(np.arange(5.0)[:, None], (5, 7))], (5, 7))
    assert len(calls) == 5


def test_neighbouring_axes_become_one_without_a_copy() -> None:
    (x,) = values(3, (4, 5, 6, 3))
    layout = make_layout([x], (4, 5, 6))
    assert layout.sizes == (120,)
    assert np.shares_memory(layout.views[0].of(x), x)
    transposed = x.transpose(1, 0, 2, 3)
    layout = make_layout([transposed], (5, 4, 6))
    assert np.shares_memory(layout.views[0].of(transposed), x)
    assert_batched(lambda v: v / v.sum(), [transposed], (5, 4, 6))


def test_views_with_negative_steps_and_gaps() -> None:
    (x,) = values(4, (8, 9, 6))
    assert_batched(lambda v: v.cumsum(), [x[::-2, ::3, ::-1]], (4, 3))


def test_arguments_stay_writeable_for_their_owner() -> None:
    (x,) = values(5, (6, 4))
    BatchedFunction(lambda v: v, "fn", Signature((Leaf((4,)),), Leaf((4,))))([x], (6,))
    x[0] = 1.0
    assert x.flags.writeable


def test_tuples_reach_the_function_as_tuples() -> None:
    """A Buffer of a tuple, and a nested result."""
    x, y, s = values(6, (3, 4, 5), (3, 4, 5, 2), (3, 4))
    inner = (Leaf((5,)), Leaf((5, 2)))

    def function(buffer: Any, t: Any) -> Any:
        a, b = buffer
        assert isinstance(buffer, tuple)
        return a * t, (b.sum(axis=1), t)

    signature = Signature((inner, Leaf()), (Leaf((5,)), (Leaf((5,)), Leaf())))
    batched = BatchedFunction(function, "fn", signature)
    first, second, third = batched([(x, y), s], (3, 4))
    assert batched.mode == "batched"
    np.testing.assert_allclose(first, x * s[..., None])
    np.testing.assert_allclose(second, y.sum(axis=-1))
    np.testing.assert_allclose(third, s)
    looped_results = BatchedFunction(function, "fn", signature, batching=False)([(x, y), s], (3, 4))
    for one, other in zip((first, second, third), looped_results, strict=True):
        np.testing.assert_allclose(one, other)


def test_results_are_cast_to_the_declared_dtype() -> None:
    (x,) = values(7, (6, 4))
    for batching in (True, False):
        signature = Signature((Leaf((4,)),), (Leaf((4,), np.dtype(np.float32)), Leaf((), np.dtype(np.int64))))
        first, second = BatchedFunction(lambda v: (v, v.sum()), "fn", signature, batching=batching)([x], (6,))
        assert first.dtype == np.float32
        np.testing.assert_array_equal(second, x.sum(axis=1).astype(np.int64))


def test_large_batches_run_in_blocks() -> None:
    x, s = values(8, (60_000, 20), (60_000,))

    def function(v: Any, t: Any) -> Any:
        wide = v[:, None] * np.ones(40) * t
        return wide.sum(axis=1), wide.max()

    spied, seen = spy(function)
    signature = Signature((Leaf((20,)), Leaf()), (Leaf((20,)), Leaf()))
    sums, largest = BatchedFunction(spied, "fn", signature)([x, s], (60_000,))
    np.testing.assert_allclose(sums, x * s[:, None] * 40)
    np.testing.assert_allclose(largest, (x * s[:, None]).max(axis=1))
    blocks = [shape[0] for shape in seen if len(shape) == 2]
    assert sum(blocks) == 60_000
    assert 4 < len(blocks) < 60
    # 20 x 40 numbers an element, twice: a block's intermediates stay within 64 MB and a little.
    assert max(blocks) * 20 * 40 * 8 < 80e6


def test_large_batches_by_paths_and_in_a_loop() -> None:
    (x,) = values(9, (10_000, 16))
    decides = assert_batched(lambda v: v if v[0] > 0 else -v, [x], (10_000,), mode="paths")
    assert decides.mode == "paths"
    rows = np.broadcast_to(x[:200, None], (200, 20, 16))
    assert_batched(lambda v: np.histogram(v, 16)[0], [rows], (200, 20), mode="loop")


def test_states_of_a_fold_go_in_and_out() -> None:
    """As an Accum does it: one call for each folded position, from an init that does not vary."""
    (x,) = values(10, (6, 9, 4))
    batched = BatchedFunction(
        lambda m, total, v: (np.maximum(m, v.max()), total + v),
        "fn",
        Signature((Leaf(), Leaf((4,)), Leaf((4,))), (Leaf(), Leaf((4,)))),
    )
    m: Any = np.broadcast_to(np.array(-np.inf), (6,))
    total: Any = np.broadcast_to(np.zeros(4), (6, 4))
    for position in range(9):
        m, total = batched([m, total, x[:, position]], (6,))
    np.testing.assert_array_equal(m, x.max(axis=(1, 2)))
    np.testing.assert_allclose(total, x.sum(axis=1))
    assert batched.mode == "batched"


def test_the_oracle_itself() -> None:
    (result,) = looped(lambda x: x * 2, [np.arange(6.0).reshape(2, 3)], (2,))
    np.testing.assert_array_equal(result, [[0, 2, 4], [6, 8, 10]])
