"""How far kinds are from an output: estimates that leave nothing out, and joins that leave nothing out."""

from __future__ import annotations

from itertools import product

import pytest
from step_agents.proposers.search import joining
from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.enumerate import Enumeration
from step_agents.proposers.search.joining import Joiner
from step_agents.proposers.search.kinds import Kind
from step_agents.proposers.search.limits import Limit, Scene
from step_agents.proposers.search.reach import Reach
from step_agents.proposers.search.scene import make_scene, split_choices
from step_agents.proposers.search.schedule import enumeration
from step_agents.proposers.search.terms import extract, weight_of
from step_agents.proposers.search.values import count_uses

from tests.search import modules
from tests.search.modules import HEAD, RMS

PAIRS = (
    HEAD
    + """
N, D = step.dims(N=5, D=8)
Row = Buffer(f32, [D])

@step.fn(f32, (f32, f32), init=(0, 0))
def moments(s, x): return s[0] + x, s[1] + x * x

@step.fn((f32, f32), f32)
def spread(a, b): return b - a * a

@step.fn((Row, f32), Row)
def scale(x, s): return x * s

@step.fn(Row, f32)
def length(x): return x @ x

@step.fn(f32, Multihot(f32, 9))
def sign(x): return np.eye(9)[int(x > 0)]

def reference(x): return x * (x * x).sum(-1, keepdims=True)

@step.operator(inputs={"x": step.stream(f32, [D, N])}, outputs=step.stream(f32, [D, N]), reference=reference)
def norm(x): ...
"""
)


def scene_of(text: str) -> Scene:
    subject = modules.subject(text, "norm")
    return make_scene(subject, split_choices(subject)[0], 0)


def enumerated(scene: Scene, limit: Limit, budget: Budget) -> Enumeration:
    started = enumeration(scene, limit, budget)
    for _ in started.run():
        pass
    return started


@pytest.mark.parametrize("text", [RMS, PAIRS])
def test_no_step_brings_a_value_nearer_by_more_than_it_costs(text: str) -> None:
    scene = scene_of(text)
    reach = Reach(scene.roles, [goal.kind for goals in scene.goals for goal in goals], scene.coverer)
    kinds = {shelf.kind for shelf in enumerated(scene, Limit(0, 1), Budget(60, 1 << 30)).bank.shelves}
    seen = 0
    for role in scene.roles:
        for chosen in (one for n in range(1, len(role.fields) + 1) for one in product(kinds, repeat=n)):
            for recipe in scene.coverer.recipes(role, chosen, 6):
                after = reach.left(recipe.result)
                for kind in chosen:
                    before = reach.left(kind)
                    seen += 1
                    assert after is None or (before is not None and before <= recipe.weight + after)
    assert seen > 50


def test_estimates() -> None:
    scene = scene_of(PAIRS)
    reach = Reach(scene.roles, [goal.kind for goals in scene.goals for goal in goals], scene.coverer)
    made = {role.name: scene.coverer.result(role, ()) for role in scene.roles}
    goal = scene.goals[0][0].kind
    assert reach.left(goal) == 0
    assert reach.left(made["length"]) == reach.left(made["moments"]) == 1
    assert reach.left(Kind(goal.element, goal.dims[::-1])) == 2, "no step exchanges dimensions"
    assert reach.left(made["sign"]) is None, "nothing takes it"


def test_joins_are_all_that_cost_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The looked-up combinations are those that looking at every pair gives."""
    monkeypatch.setattr(joining, "FEW", 4)
    budget = Budget(60, 1 << 30)
    scene = scene_of(RMS)
    bank = enumerated(scene, Limit(0, 1), budget).bank
    large, small = shelves = sorted(bank.shelves, key=lambda shelf: -shelf.count)[:2]
    assert small.count > 20
    joiner = Joiner(bank, 0, 1, budget)
    for chosen in (*product(shelves, repeat=2), (small, small, small), (small, large, small), (small, small, large)):
        for most in (2, 3, 4):
            found = [tuple(row) for one in joiner.join(chosen, most) if one for row in one[0].tolist()]
            assert len(set(found)) == len(found)
            *before, last = chosen
            expected = set()
            for rows in product(*(range(shelf.count) for shelf in before)):
                union = last.cost(slice(0, last.count))
                for shelf, row in zip(before, rows, strict=True):
                    union = union.join(shelf.cost([row]))
                uses = count_uses(union.lanes)
                fine = (uses.sum(axis=1) <= most) & (uses <= 1).all(axis=1)
                expected |= {(*rows, int(row)) for row in fine.nonzero()[0]}
            assert set(found) <= expected
            for rows in expected - set(found):  # bits that collide make a cost too small
                values = [int(shelf.ids[row]) for shelf, row in zip(chosen, rows, strict=True)]
                assert weight_of(extract(bank, values)) > most
