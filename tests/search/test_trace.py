"""Tracing a reference: what it computes on its way."""

from __future__ import annotations

from typing import Any

import numpy as np
from step_agents.proposers.search.trace import trace

X = np.random.default_rng(0).standard_normal((4, 6))
X.setflags(write=False)


def seen(reference: Any, *arguments: Any) -> Any:
    arrays = trace(reference, arguments).wholes
    return lambda wanted: any(one.shape == np.shape(wanted) and np.allclose(one, wanted) for one in arrays)


def test_operations_and_what_is_inside_mean_and_var() -> None:
    has = seen(lambda x: (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5), X)
    assert has(X.sum(-1, keepdims=True))
    assert has(X.mean(-1, keepdims=True))
    assert has((X - X.mean(-1, keepdims=True)) ** 2)
    assert has(X.var(-1, keepdims=True) + 1e-5)


def test_the_products_of_contractions() -> None:
    other = np.random.default_rng(1).standard_normal((6, 3))
    assert seen(lambda x, y: x @ y, X, other)(X[:, :, None] * other)
    assert seen(lambda x, y: np.einsum("ab,bc->ac", x, y), X, other)(X[:, :, None] * other)


def test_what_is_inside_functions_that_leave_traced_arrays() -> None:
    has = seen(lambda x: np.corrcoef(x[0], x[1])[0, 1] * np.linalg.norm(x), X)
    deviations = X - X.mean(axis=1, keepdims=True)
    assert has(deviations[0] * deviations[1])
    assert has(X**2)


def test_functions_and_methods_that_no_protocol_covers() -> None:
    assert seen(lambda x: x.cumsum(axis=1) * 2, X)(X.cumsum(axis=1))
    assert seen(lambda x: np.where(x > 0, x, 0.0), X)(np.maximum(X, 0))


def test_the_arguments_of_a_reference_are_not_changed() -> None:
    before = X.copy()

    def reference(x: Any) -> Any:
        y = x.copy()
        y += 1
        return y

    assert seen(reference, X)(X + 1)
    assert np.array_equal(X, before)


def test_a_reference_that_cannot_be_traced_leaves_what_was_seen() -> None:
    def reference(x: Any) -> Any:
        y = np.exp(x)
        raise TypeError("no traced arrays here")
        return y

    assert seen(reference, X)(np.exp(X))
