"""What no body can compute is said before anything is searched, and never of what some body computes."""

from __future__ import annotations

import pytest
from step_agents.benchmark import load_suite
from step_agents.proposers.search.proofs import proofs
from step_agents.proposers.search.scene import load_subjects

from tests.search.modules import HEAD, search, subject
from tests.search.unseen import UNSEEN

TAIL = """
def reference(x): return {value}

@step.operator(inputs={{"x": step.stream({input})}}, outputs=step.stream({output}), reference=reference)
def wanted(x): ...
"""
DIMS = "N, D, K = step.dims(N=5, D=8, K=3)\n"
DIV = "@step.fn((f32, f32), f32)\ndef div(x, y): return x / y\n"
EXP = "@step.fn(f32, f32)\ndef exp(x): return np.exp(x)\n"
FOLD = "@step.fn(f32, f32, init=0)\ndef add(t, x): return t + x\n"
SUM_ROWS = "@step.fn(Buffer(f32, [{dim}]), f32)\ndef total(row): return row.sum()\n"
SOFTMAX = "np.exp(x) / np.exp(x).sum(-1, keepdims=True)"


def module(functions: str, value: str, output: str = "f32, [D, N]", input: str = "f32, [D, N]") -> str:
    return HEAD + DIMS + functions + TAIL.format(value=value, output=output, input=input)


@pytest.mark.parametrize(
    ("functions", "value", "output", "told"),
    [
        (DIV + EXP, SOFTMAX, "f32, [D, N]", "several elements of x along D"),
        (DIV + EXP + SUM_ROWS.format(dim="N"), SOFTMAX, "f32, [D, N]", "several elements of x along D"),
        (EXP, "np.cumsum(x, axis=-1)", "f32, [D, N]", "several elements of x along D"),
        (EXP, "np.exp(x).max(axis=0)", "f32, [D]", "several elements of x along N"),
        (EXP, "np.exp(x)[..., None] * np.arange(3)", "f32, [K, D, N]", "varies along K"),
    ],
)
def test_shown_at_once(functions: str, value: str, output: str, told: str) -> None:
    answer = search(module(functions, value, output), "wanted")
    assert answer["status"] == "unsolved"
    assert answer["reason"] == "impossible"
    assert told in answer["explanation"]
    assert answer["candidates"] == 0


@pytest.mark.parametrize(
    ("functions", "value", "output"),
    [
        (DIV + EXP + FOLD, SOFTMAX, "f32, [D, N]"),
        (DIV + EXP + SUM_ROWS.format(dim="D"), SOFTMAX, "f32, [D, N]"),
        (EXP, "np.exp(x).reshape(x.shape[::-1])", "f32, [N, D]"),
        (EXP, "np.exp(x)[:, :, None] + np.zeros(3)", "f32, [K, D, N]"),
    ],
)
def test_silent_where_a_body_may_be(functions: str, value: str, output: str) -> None:
    assert not list(proofs(subject(module(functions, value, output), "wanted")))


@pytest.mark.parametrize("suite", ["paper", "extended", "unseen"])
def test_silent_on_what_is_solved(suite: str) -> None:
    for task in UNSEEN if suite == "unseen" else load_suite(suite):
        text = task.path.read_text(encoding="utf-8")
        assert not list(proofs(next(load_subjects(text, str(task.path), task.operator, 0)))), task.id
