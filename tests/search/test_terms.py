"""What programs are measured by: a constant made of a value and itself is nothing that a person would write."""

from __future__ import annotations

import pytest
from step_agents.benchmark import load_suite
from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.limits import Limit
from step_agents.proposers.search.scene import make_scene, split_choices
from step_agents.proposers.search.schedule import enumeration
from step_agents.proposers.search.terms import TRICK, extract, tricks_of, weight_of

from tests.search.modules import HEAD, search, subject

TWO = """
N, D = step.dims(N=5, D=8)
@step.fn((f32, f32), f32)
def two(x, y): return {two}
def reference(x): return {value}
@step.operator(inputs={{"x": step.stream(f32, [D, N])}}, outputs=step.stream(f32, [D, N]), reference=reference)
def wanted(x): ...
"""


@pytest.mark.parametrize(
    ("two", "value", "tricks"), [("x / y", "x / x", 1), ("np.exp(x - y)", "np.ones_like(x)", 1), ("x * y", "x * x", 0)]
)
def test_a_constant_of_a_value_and_itself_is_a_trick(two: str, value: str, tricks: int) -> None:
    one = subject(HEAD + TWO.format(two=two, value=value), "wanted")
    one_run = enumeration(make_scene(one, split_choices(one)[0], 0), Limit(0, 1), Budget(5.0, 1 << 30))
    found = next(event for event in one_run.run() if event is not None)
    terms = extract(one_run.bank, found.values)
    assert tricks_of(terms) == tricks
    assert weight_of(terms) == 1 + TRICK * tricks


def test_a_detour_of_the_reference_is_not_followed() -> None:
    """It divides by the sum before it weighs the values; the functions divide once, after that."""
    (task,) = load_suite("extended").select("masked_attention")
    answer = search(task.path.read_text(encoding="utf-8"), task.operator, 30.0)
    assert answer["status"] == "solved", answer.get("explanation")
    assert answer["length"] <= 8, answer["body"]


def test_of_as_much_work_the_shorter_layout() -> None:
    text = (
        HEAD
        + """
C, N = step.dim("C", 12, multiple_of=4), step.dim("N", 5)
Group = Buffer(f32, [4])
@step.fn(Group, Group)
def centre(g): return g - g.mean()
@step.fn(Group, f32)
def power(g): return (g ** 2).mean()
@step.fn((Group, f32), Group)
def whiten(g, v): return g / np.sqrt(v + 1e-5)
@step.fn((f32, f32), f32)
def times(x, gain): return x * gain
def reference(x, gain):
    g = x.reshape(x.shape[0], -1, 4)
    g = (g - g.mean(-1, keepdims=True)) / np.sqrt(g.var(-1, keepdims=True) + 1e-5)
    return g.reshape(x.shape) * gain
@step.operator(
    inputs={"x": step.stream(f32, [C, N]), "gain": step.stream(f32, [C])},
    outputs=step.stream(f32, [C, N]),
    reference=reference,
)
def norm(x, gain): ...
"""
    )
    answer = search(text, "norm")
    assert answer["status"] == "solved", answer.get("explanation")
    assert "Map(fn=whiten).apply((centres1, powers))" in answer["body"], "what is normalised is x, not the gain"
