"""PyTorch functions: vmap, and the loop where vmap refuses."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from step.simulate.batch import BatchedFunction, Element, FunctionError, Leaf, Signature

from tests.simulate.batch_oracle import values

SCALAR, VECTOR = Leaf(), Leaf((4,))


def run(
    function: Any, arguments: list[Any], batch: tuple[int, ...], results: Element, mode: str = "batched"
) -> list[Any]:
    """The results of vmap and of the loop, which must agree."""
    entries = tuple(Leaf(argument.shape[len(batch) :]) for argument in arguments)
    signature = Signature(entries, results, "torch")
    batched = BatchedFunction(function, "fn", signature)
    actual = batched(arguments, batch)
    expected = BatchedFunction(function, "fn", signature, batching=False)(arguments, batch)
    for one, other in zip(actual, expected, strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=1e-10)
    assert batched.mode == mode, batched.reason
    return list(actual)


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


def test_functions_run_under_vmap(torch: Any) -> None:
    x, s = values(1, (3, 5, 4), (3, 5))
    (result,) = run(lambda v: torch.softmax(v, -1), [x], (3, 5), VECTOR)
    np.testing.assert_allclose(result, np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True))
    run(lambda v, t: (v * t, v.sum()), [x, s], (3, 5), (VECTOR, SCALAR))
    run(lambda v, t: torch.special.erf(v) @ v + t, [np.broadcast_to(x[:1], x.shape), s], (3, 5), SCALAR)
    run(lambda v, t: v + t, [np.broadcast_to(x[:1], x.shape), np.broadcast_to(s[:, :1], s.shape)], (3, 5), VECTOR)


def test_elements_are_float64_tensors(torch: Any) -> None:
    seen = []

    def function(v: Any) -> Any:
        seen.append((v.dtype, tuple(v.shape)))
        return v

    run(function, values(2, (6, 4)), (6,), VECTOR)
    assert set(seen) == {(torch.float64, (4,))}


def test_constants_and_other_dtypes_are_cast(torch: Any) -> None:
    (result, other) = run(lambda v: (3.0, v.to(torch.bfloat16)), values(3, (6, 4)), (6,), (SCALAR, VECTOR))
    np.testing.assert_array_equal(result, np.full(6, 3.0))
    assert other.dtype == np.float64


def test_decisions_and_randomness_take_the_loop(torch: Any) -> None:
    run(lambda s: s * 2 if s > 0 else -s, values(4, (6,)), (6,), SCALAR, mode="loop")
    batched = BatchedFunction(lambda v: v + torch.rand(4), "fn", Signature((VECTOR,), VECTOR, "torch"))
    (result,) = batched([np.zeros((6, 4))], (6,))
    assert batched.mode == "loop"
    assert len(np.unique(result)) == 24


@pytest.mark.parametrize("count", [1, 6])
def test_writing_to_an_argument_is_an_error(torch: Any, count: int) -> None:
    def multiplies(v: Any) -> Any:
        return v.mul_(2)

    def assigns(v: Any) -> Any:
        v[1:][0] = 3
        return v.sum() + v

    for function in (multiplies, assigns):
        (x,) = values(5, (count, 4))
        before = x.copy()
        with pytest.raises(FunctionError) as caught:
            BatchedFunction(function, "fn", Signature((VECTOR,), VECTOR, "torch"))([x], (count,))
        assert caught.value.kind == "mutated"
        np.testing.assert_array_equal(x, before)


def test_errors_have_their_line(torch: Any) -> None:
    def fails(v: Any) -> Any:
        return v @ torch.ones(7, dtype=torch.float64)

    with pytest.raises(FunctionError) as caught:
        BatchedFunction(fails, "fn", Signature((VECTOR,), SCALAR, "torch"))(values(6, (6, 4)), (6,))
    assert caught.value.line == fails.__code__.co_firstlineno + 1
    with pytest.raises(FunctionError) as caught:
        BatchedFunction(lambda v: v[:2], "fn", Signature((VECTOR,), VECTOR, "torch"))(values(7, (6, 4)), (6,))
    assert (caught.value.expected, caught.value.actual) == ((4,), (2,))


def test_an_empty_batch(torch: Any) -> None:
    batched = BatchedFunction(lambda v: v, "fn", Signature((VECTOR,), VECTOR, "torch"))
    assert batched([np.zeros((0, 3, 4))], (0, 3))[0].shape == (0, 3, 4)


def test_without_torch_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(FunctionError, match="pip install") as caught:
        BatchedFunction(lambda v: v, "fn", Signature((VECTOR,), VECTOR, "torch"))
    assert caught.value.kind == "library"
