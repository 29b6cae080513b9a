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
