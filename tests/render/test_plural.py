"""The names of streams after functions."""

from __future__ import annotations

import pytest
from step.render import body_text, spelling_of
from step.render.plural import plural
from step.source import read

MODULE = """import step
D = step.dim("D", 4)
@step.fn((step.f32, step.f32), step.f32)
def times(a, b): return a * b
@step.fn(step.f32, step.f32)
def loss(a): return a
@step.operator(inputs={"x": step.stream(step.f32, [D]), "y": step.stream(step.f32, [D])},
               outputs=step.stream(step.f32, [D]))
def op(x, y):
    return step.Map(fn=loss).apply(step.Map(fn=loss).apply(step.Map(fn=times).apply((x, y))))
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("square", "squares"),
        ("key", "keys"),
        ("query", "queries"),
        ("loss", "losses"),
        ("softmax", "softmaxes"),
        ("match", "matches"),
        ("finish", "finishes"),
        ("bias", "biases"),
        ("minus", "minuses"),
        ("axis", "axes"),
        ("basis", "bases"),
        ("epoch", "epochs"),
        ("matrix", "matrices"),
        ("half", "halves"),
        ("inv_rms", "inv_rms_out"),
        ("top2", "top2_out"),
        ("mx", "mx_out"),
    ],
)
def test_one_becomes_many(name: str, expected: str) -> None:
    assert plural(name) == expected


@pytest.mark.parametrize("name", ["times", "distances", "sums", "statistics", "stats", "deltas", "rms", "eps", "data"])
def test_what_is_many_already_has_no_second_plural(name: str) -> None:
    assert plural(name) == f"{name}_out"


def test_a_body_names_streams_by_it() -> None:
    (operator,) = read(MODULE, "module.py").operators
    assert operator.body is not None and operator.specification is not None
    text = body_text(operator.body.program, operator.specification, spelling_of(operator.scope), "")
    assert text.splitlines() == [
        "times_out = step.Map(fn=times).apply((x, y))",
        "losses = step.Map(fn=loss).apply(times_out)",
        "return step.Map(fn=loss).apply(losses)",
    ]
