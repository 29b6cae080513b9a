"""A search that finds nothing tells what the reference computes and no function gives."""

from __future__ import annotations

import pytest
from step_agents.proposers.search import solver
from step_agents.proposers.search.instrument import expressions

from tests.search.modules import HEAD, search

DIMS = "N, D = step.dims(N=5, D=8)\n"
SQUARE = "@step.fn(f32, f32)\ndef square(x): return x * x\n"
ADD = "@step.fn(f32, f32, init=0)\ndef add(t, x): return t + x\n"
MEAN = "@step.fn(f32, f32)\ndef mean(t): return t / D.size\n"
DIV = "@step.fn((f32, f32), f32)\ndef div(x, y): return x / y\n"
SUB = "@step.fn((f32, f32), f32)\ndef sub(x, y): return x - y\n"
TAIL = """
def reference(x):
    return {value}

@step.operator(inputs={{"x": step.stream(f32, [D, N])}}, outputs=step.stream(f32, [D, N]), reference=reference)
def wanted(x): ...
"""
RMS = "x / np.sqrt((x ** 2).mean(-1, keepdims=True) + 1e-6)"
BUDGET = 8.0


def module(functions: str, value: str) -> str:
    return HEAD + DIMS + functions + TAIL.format(value=value)


def test_what_is_missing_ends_the_search_early() -> None:
    text = module(SQUARE + ADD + MEAN + DIV, RMS)
    answer = search(text, "wanted", BUDGET)
    assert answer["seconds"] < 0.7 * BUDGET
    assert answer["status"] == "unsolved"
    assert answer["reason"] == "missing"
    line = text[: text.index("    return x / np.sqrt")].count("\n") + 1
    assert f"`np.sqrt((x ** 2).mean(-1, keepdims=True) + 1e-6)` (line {line})" in answer["explanation"]
    assert "f32, [N]" in answer["explanation"]


def test_a_function_without_a_place_may_give_it_after_all() -> None:
    answer = search(module(SQUARE + ADD + MEAN + DIV + SUB, RMS), "wanted", 4.0)
    assert answer["reason"] == "time"
    assert "`np.sqrt((x ** 2).mean(-1, keepdims=True) + 1e-6)`" in answer["explanation"]
    assert "or the functions compute otherwise" in answer["explanation"]


def test_an_answer_is_not_lost_where_the_end_leaves_no_time_to_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "CLUES_SHARE", 0.0)
    answer = search(module(SQUARE + ADD + MEAN + DIV + SUB, RMS), "wanted", 2.0)
    assert answer["reason"] == "time"
    assert "+ 1e-6)` (line" in answer["explanation"] and "is missing" in answer["explanation"]


def test_the_place_up_to_which_the_reference_was_followed() -> None:
    answer = search(module(SQUARE, "np.sin(x * x)"), "wanted", BUDGET)
    assert "`x * x` (line" in answer["explanation"] and "was made, but not `np.sin(x * x)`" in answer["explanation"]


def test_expressions_have_the_numbers_that_the_recording_tells() -> None:
    text = "def reference(x):\n    y = x * 2\n    return y.sum()\n"
    shown = {node.lineno for node in expressions(text).values()}
    assert shown == {2, 3}
    assert expressions("def broken(:\n") == {}


EXPERTS = (
    HEAD
    + """
N, D = step.dims(N=6, D=4)
E = step.dim("E", 2, fixed=True)
Row, Scores = Buffer(f32, [D]), Buffer(f32, [E])
router, w = step.parameter([E, D]), step.parameter([D, D, 2])

@step.fn(Row, Scores)
def score(x): return x @ router

@step.fn(Row, Row)
def first(x): return np.tanh(x @ w[0])

@step.fn(Row, Row)
def second(x): return np.sin(x @ w[1])

@step.fn(Row, Row, init=0)
def collect(t, y): return t + y

def reference(x):
    chosen = {chosen}
    return np.stack([np.tanh(row @ w[0]) if e == 0 else np.sin(row @ w[1]) for row, e in zip(x, chosen)])

@step.operator(inputs={{"x": step.stream(Row, [N])}}, outputs=step.stream(Row, [N]), reference=reference)
def mixture(x): ...
"""
)


def test_the_choice_among_experts_is_told_after_the_first_round() -> None:
    answer = search(EXPERTS.format(chosen="np.argmax(x @ router, axis=-1)"), "mixture", 60.0)
    assert (answer["status"], answer["reason"]) == ("unsolved", "missing")
    assert answer["seconds"] < 15.0
    assert "no function gives Multihot(f32, 2), which chooses among experts" in answer["explanation"]
    assert "`np.argmax(x @ router, axis=-1)` (line" in answer["explanation"]
    assert "(Multihot(f32, 2), [N])" in answer["explanation"]


def test_a_choice_that_leads_nowhere_is_not_told() -> None:
    text = EXPERTS.format(chosen="np.argmax(x @ router, axis=-1)").replace("np.sin(row", "np.cos(row")
    answer = search(text, "mixture", 8.0)
    assert "chooses among experts" not in answer["explanation"]


PICKED = EXPERTS.replace(
    "def reference",
    """
@step.fn(Scores, f32)
def lean(s): return s[0] - s[1]

@step.fn(f32, f32)
def risen(v): return np.exp(v)

@step.fn(f32, f32)
def grown(v): return 3 * v + 1

@step.fn((f32, Row, Row), Row)
def pick(v, a, b): return a if v >= 4.0 else b

def reference""",
)


def test_where_a_body_without_a_choice_is_possible_the_search_goes_on() -> None:
    text = PICKED.format(chosen="np.argmax(x @ router, axis=-1)")
    answer = search(text, "mixture", 2.0)  # with 7 it finds one
    assert answer["reason"] == "time"
    assert "no function gives Multihot(f32, 2), which chooses among experts" in answer["explanation"]
