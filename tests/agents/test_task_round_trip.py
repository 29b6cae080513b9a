"""A task is a module again, whatever that one calls its imports, its dimensions and its reference."""

from __future__ import annotations

from typing import Any

import pytest
from step.source import read
from step_agents.canonical import canonical_hash
from step_agents.task import Task
from step_agents.task_module import module_text
from step_agents.task_source import task_of

MODULE = """import numpy
import functools
import step as st
from step import Buffer as B, f32 as F, parameter

rows = st.dim("N", 7, at_least=3)
d = st.dim("D", 16)
w = parameter([d])

def scaled(k, x):
    return x * k * w

@st.fn(B(F, [d]), B(F, [d]))
def act(x):
    return numpy.tanh(x) * w

@st.operator(
    inputs={"x": st.stream(B(F, [d]), [rows])}, outputs=st.stream(B(F, [d]), [rows]), reference=REFERENCE
)
def scale(x):
    \"\"\"Multiplies rows.\"\"\"
    ...
"""


def task(text: str) -> Task:
    module = read(text, "a.py")
    (operator,) = module.operators
    return task_of(module, operator)


@pytest.mark.parametrize(
    "reference", ["scaled", "functools.partial(scaled, 2.0)", "lambda x: scaled(2.0, x)", "numpy.tanh"]
)
def test_the_module_of_a_task_runs_and_is_the_same_task(reference: str) -> None:
    first = task(MODULE.replace("REFERENCE", reference))
    assert first.reference.startswith("def scaled" if reference == "scaled" else f"reference = {reference}")
    text = module_text(first)
    names: dict[str, Any] = {}
    exec(compile(text, "generated", "exec"), names)  # our own text, from the module above
    assert names["scale"].reference is not None
    again = task(text)
    assert again == first
    assert canonical_hash(again) == canonical_hash(first)


def test_tasks_that_differ_in_a_lambda_are_different_tasks() -> None:
    one, other = (task(MODULE.replace("REFERENCE", f"lambda x: scaled({k}, x)")) for k in (1.0, 2.0))
    assert canonical_hash(one) != canonical_hash(other)


def test_a_name_that_the_module_has_is_not_taken_for_the_reference() -> None:
    text = MODULE.replace("def scaled(k", "def reference(k").replace("REFERENCE", "lambda x: reference(2.0, x)")
    assert task(text).reference == "reference_ = lambda x: reference(2.0, x)"
