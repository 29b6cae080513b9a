"""Functions of two arguments that may change places are applied in one order only."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from step_agents.proposers.search.budget import OutOfBudget
from step_agents.proposers.search.limits import Limit
from step_agents.proposers.search.scene import make_scene, split_choices
from step_agents.proposers.search.schedule import enumeration

from tests.search.modules import HEAD, budget_of, search, subject

MODULE = (
    HEAD
    + """
N, D = step.dims(N=5, D=8)

@step.fn((f32, f32), f32)
def product(x, y): return x * y

@step.fn((f32, f32), f32)
def minus(x, y): return x - y

@step.fn((f32, f32), f32, init=0)
def dot(t, x, y): return t + x * y

@step.fn((f32, f32), f32, init=0)
def ratios(t, x, y): return t + x * np.exp(y)

def reference(x, s):
    return np.sin(x) * s[:, None]

@step.operator(
    inputs={"x": step.stream(f32, [D, N]), "s": step.stream(f32, [N])},
    outputs=step.stream(f32, [D, N]),
    reference=reference,
)
def scaled(x, s): ...
"""
)


def test_which_functions_are_symmetric() -> None:
    given = subject(MODULE, "scaled")
    scene = make_scene(given, split_choices(given)[0], 0)
    assert {role.name for role in scene.symmetric} == {"product", "dot"}


def test_every_pair_is_computed_once() -> None:
    given = subject(MODULE, "scaled")
    scene = make_scene(given, split_choices(given)[0], 0)
    for limit in (Limit(0, 1), Limit(2, 1, guided=True)):
        run = enumeration(scene, limit, budget_of(0.5))
        with suppress(OutOfBudget):
            for _ in run.run():
                pass
        products = [
            way.values
            for ways in run.bank.ways
            for way in ways
            if way.recipe is not None and way.recipe.role.name == "product"
        ]
        pairs = [frozenset(values) for values in products]
        assert products and len(pairs) == len(set(pairs))
        made = {tuple(np.sort(values)) for values in products}
        assert {(0, 0), (0, 1), (1, 1)} <= made


def test_a_body_does_not_depend_on_the_order_that_is_tried() -> None:
    for value in ("x * s[:, None]", "s[:, None] * x"):
        answer = search(MODULE.replace("np.sin(x) * s[:, None]", value), "scaled", 2.0)
        assert answer["status"] == "solved" and answer["length"] == 2
