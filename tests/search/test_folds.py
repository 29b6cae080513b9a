"""Folds in closed form give what the loop gives."""

from __future__ import annotations

import numpy as np
import pytest
from step_agents.proposers.search.folds import closed_form, fold_at_once

from tests.search.modules import HEAD, subject

MODULE = (
    HEAD
    + """
N, D = step.dims(N=5, D=8)

@step.fn(f32, f32, init=2)
def total(t, x): return t + x

@step.fn((f32, f32), (f32, f32), init=(0, -np.inf))
def weighted_and_peak(state, x, w): return state[0] + x * w, np.maximum(state[1], x)

@step.fn(f32, f32, init=0)
def decay(t, x): return 0.5 * t + x

@step.fn(f32, (f32, f32), init=(0, 0))
def coupled(state, x): return state[0] + x, state[1] + state[0]

def reference(x): return x

@step.operator(inputs={"x": step.stream(f32, [D, N])}, outputs=step.stream(f32, [D, N]), reference=reference)
def same(x): ...
"""
)


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize(("name", "count", "init"), [("total", 1, (2.0,)), ("weighted_and_peak", 2, (0.0, -np.inf))])
def test_equal_to_the_loop(name: str, count: int, init: tuple[float, ...], every: bool) -> None:
    call = subject(MODULE, "same").problem.functions.batched(name)
    form = closed_form(call)
    assert form is not None
    elements = [np.random.default_rng(k).standard_normal((3, 4)) for k in range(count)]
    starts = [np.asarray(one) for one in init]
    made = fold_at_once(call, form, starts, elements, (3, 4), 1, every)
    state = tuple(np.full(3, one) for one in init)
    states = []
    for step in range(4):
        state = call((*state, *(one[:, step] for one in elements)), (3,))
        states.append(state)
    for place, array in enumerate(made):
        wanted = np.stack([one[place] for one in states], axis=1) if every else state[place]
        assert np.allclose(array, wanted)


@pytest.mark.parametrize("name", ["decay", "coupled"])
def test_other_folds_have_no_closed_form(name: str) -> None:
    assert closed_form(subject(MODULE, "same").problem.functions.batched(name)) is None
