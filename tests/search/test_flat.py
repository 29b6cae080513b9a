"""Data on which an output is one number everywhere tell nothing: other data are searched on."""

from __future__ import annotations

import numpy as np
from step.choice import Choice
from step.simulate.load import load
from step.simulate.problem import pose
from step_agents.proposers.search.scene import SEARCH_SEED

from tests.search.modules import HEAD, search, subject

MODULE = (
    HEAD
    + """
N = step.dim("N", 3)

@step.fn(f32, f32)
def excess(x): return np.maximum(x - 1.2, 0)

@step.fn(f32, f32)
def twice(x): return {twice}

def reference(x):
    return 2 * np.maximum(x - 1.2, 0)

@step.operator(inputs={{"x": step.stream(f32, [N])}}, outputs=step.stream(f32, [N]), reference=reference)
def rare(x): ...
"""
)


def test_an_output_of_zeros_is_searched_on_other_data() -> None:
    text = MODULE.format(twice="2 * x")
    module = load(text, "module.py", Choice({}, SEARCH_SEED))
    (flat,) = pose(module, module.operators["rare"], SEARCH_SEED).expected
    assert not flat.arrays[0].any(), "these data would not do"
    (expected,) = subject(text, "rare").problem.expected
    assert expected.arrays[0].any()
    assert search(text, "rare", 2.0)["status"] == "solved"


def test_data_that_the_reference_refuses_are_passed_over() -> None:
    text = MODULE.format(twice="2 * x")
    module = load(text, "module.py", Choice({}, SEARCH_SEED))
    (given,) = pose(module, module.operators["rare"], SEARCH_SEED).inputs
    only = f"    if abs(x.sum() - {float(given.arrays[0].sum())!r}) > 1e-9: raise ValueError\n"
    picky = text.replace("    return 2 * np.max", only + "    return 2 * np.max")
    assert picky != text
    assert not subject(picky, "rare").problem.expected[0].arrays[0].any()


def test_an_output_that_is_always_flat_is_no_reason_to_look_further() -> None:
    text = MODULE.format(twice="2 * x").replace("return 2 * np.maximum(x - 1.2, 0)", "return np.ones_like(x)")
    assert np.ptp(subject(text, "rare").problem.expected[0].arrays[0]) == 0
