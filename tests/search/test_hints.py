"""Recognising what the reference computes, and inverting functions from the outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from step.dims import Dim
from step.types import f32
from step_agents.proposers.search.hints import MAX_SAME, MAX_SIMILAR, Hints, core
from step_agents.proposers.search.kinds import Kind
from step_agents.proposers.search.scene import make_hints, make_scene, split_choices
from step_agents.proposers.search.values import Shelf

from tests.search.modules import RMS, subject

RANDOM = np.random.default_rng(3)
X = RANDOM.standard_normal((5, 7))


def recognised(hints: Hints, *rows: Any) -> list[bool]:
    """Rows are of shape (5, 7): a value of [D, N] with D=7, N=5."""
    shelf = Shelf(0, Kind(f32, (Dim.symbol("D"), Dim.symbol("N"))), {"D": 7, "N": 5}, 1, 1, 0, True)
    flat = np.stack([np.broadcast_to(row, (5, 7)).reshape(-1) for row in rows]).astype(float)
    return hints.recognise(shelf, flat, shelf.project(flat)).tolist()


def test_axes_and_broadcasting_do_not_matter() -> None:
    peak = X.max(axis=1, keepdims=True)
    repeated = np.broadcast_to(peak, X.shape)
    assert recognised(Hints((X.T, repeated)), X, peak, X + X * X) == [True, True, False]
    assert recognised(Hints((X.T, peak)), X, peak) == [True, False]  # no step makes what the reference only broadcasts


def test_what_leads_to_something_reached_and_what_is_nearly_an_input_is_no_hint() -> None:
    hints = Hints((X,))
    assert recognised(hints, X) == [True]
    assert recognised(hints.fresh(), 2 * X) == [True]
    assert recognised(hints.fresh(exact=True), 2 * X) == [False]
    shelf = Shelf(0, Kind(f32, (Dim.symbol("D"), Dim.symbol("N"))), {"D": 7, "N": 5}, 1, 1, 0, True)
    for row, known in ((X, True), (2 * X, False)):
        flat = row.reshape(1, -1)
        assert hints.recognise(shelf, flat, shelf.project(flat)).tolist() == [known]
    assert recognised(Hints((X * X,), given=(X,)), 2 * X, 3 * X * X) == [False, False]


def test_a_factor_and_a_summand_do_not_matter_a_few_times() -> None:
    near = [X * factor + 1 for factor in range(2, 8)]
    assert recognised(Hints((X,)), *near) == [True] * MAX_SIMILAR + [False] * (6 - MAX_SIMILAR)


def test_exact_hints_note_what_is_nearly_met() -> None:
    hints = Hints((X,), exact=True)
    assert recognised(hints, np.sin(X)) == [False] and not hints.nearly
    assert recognised(hints, 2 * X + 1) == [False] and hints.nearly
    assert recognised(hints, X) == [True] and not hints.fresh(exact=True).nearly


def test_what_is_only_broadcast_is_no_part_of_a_hint() -> None:
    assert core(np.broadcast_to(X[:, :1], (5, 7))).shape == (5,)


def test_a_target_that_loses_a_dimension_is_found_by_inversion() -> None:
    text = RMS.replace("x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5)", "x * (ROOT) ** -0.5")
    one = subject(text.replace("ROOT", "(x * x).mean(axis=-1, keepdims=True) + 1e-5"), "norm")
    splits = split_choices(one)[0]
    scene = make_scene(one, splits, 0)
    x = one.problem.inputs[0].arrays[0]
    root = np.sqrt((x * x).mean(axis=-1) + 1e-5)
    targets = make_hints(one, scene, splits)._targets
    assert any(target.core.shape == root.shape and np.allclose(target.core, root) for target in targets)


def test_what_differs_by_rounding_leads_on_only_a_few_times() -> None:
    nearly = [X * (1 + 1e-8 * step) for step in range(6)]
    assert sum(recognised(Hints((X,), exact=True), *nearly)) == MAX_SAME
    assert recognised(Hints((X,), exact=True), X, X, X, X) == [True] * 4


def test_sizes_tell_what_may_be_recognised() -> None:
    hints = Hints((np.ones((3, 5)) * np.arange(5.0), np.array(2.5)))
    assert hints.fits((5,)) and hints.fits((5, 3)) and hints.fits(())
    assert not hints.fits((3, 3)) and not hints.fits((7,))
