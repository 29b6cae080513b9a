"""Functions that fail while the search applies them are told, with the code and the line that a check gives."""

from __future__ import annotations

from typing import Any

from step_agents.proposers.search.solver import Solver

from tests.search.modules import HEAD, RMS, budget_of, search

MODULE = (
    HEAD
    + """
N, D = step.dims(N=5, D=8)

@step.fn({type}, {type})
def square(x):
    {square}

@step.fn((f32, f32), f32)
def times(x, y):
    return x * y

@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x

def reference(x):
    return {value}

@step.operator(inputs={{"x": step.stream(f32, [D, N])}}, outputs=step.stream(f32, [N]), reference=reference)
def power(x): ...
"""
)


def found(square: str, value: str = "(x * x).sum(-1)", type: str = "f32") -> dict[str, Any]:
    return search(MODULE.format(square=square, value=value, type=type), "power", 3)


def test_a_function_that_always_fails_is_told_where_a_body_was_found_without_it() -> None:
    answer = found("return x.no_such_thing")
    assert answer["status"] == "solved"
    assert "times" in answer["body"]
    (fault,) = answer["faults"]
    assert (fault["function"], fault["code"], fault["line"]) == ("square", "STEP-FN-RUN", 9)
    assert fault["message"].startswith("square: raised AttributeError")
    assert fault["always"]
    assert "f32, [D, N]" in fault["tried"]


def test_what_always_fails_is_told_as_soon_as_it_shows() -> None:
    told: list[dict[str, Any]] = []
    text = MODULE.format(square="return x.no_such_thing", value="np.sin(x).sum(-1)", type="f32")
    outcome = Solver(text, "module.py", "power", budget_of(1.0), 0, {}, told.append).solve()
    assert outcome.solution is None
    (message,) = told[0]["failing"]
    assert message.startswith("square: raised AttributeError") and message.endswith("on every input (line 10)")
    assert told[0]["candidates"] < outcome.budget.candidates


def test_what_refuses_some_values_is_not_told_as_always_failing() -> None:
    told: list[dict[str, Any]] = []
    text = MODULE.format(square="if x < 0: raise ValueError('no')\n    return x", value="np.sin(x).sum(-1)", type="f32")
    Solver(text, "module.py", "power", budget_of(1.0), 0, {}, told.append).solve()
    assert told and not any(one["failing"] for one in told)


def test_a_result_of_another_shape_is_a_failure_too() -> None:
    (fault,) = found("return np.zeros(3)")["faults"]
    assert (fault["function"], fault["always"]) == ("square", True)


def test_a_function_that_refuses_some_values_is_not_accused() -> None:
    for condition in ("x < 0", "x > 100", "x == 0"):
        answer = found(f"if {condition}: raise ValueError('no')\n    return np.sqrt(x)")
        assert not [fault for fault in answer["faults"] if fault["always"]]


def test_a_function_that_nothing_fits_is_not_accused() -> None:
    assert found("raise ValueError", type="Buffer(f32, [D, D])")["faults"] == []


def test_where_nothing_is_found_both_kinds_are_told() -> None:
    always = found("raise ValueError('never')", "np.sin(x).sum(-1)")["explanation"]
    assert "line 10: STEP-FN-RUN: square: raised ValueError: never, on every input that the search tried" in always
    partly = found("if x < 0: raise ValueError('negative')\n    return np.sqrt(x)", "np.sin(x).sum(-1)")
    assert "raised ValueError: negative, on some inputs that the search tried" in partly["explanation"]


def test_what_a_function_refuses_does_not_hide_what_it_takes() -> None:
    """Candidates are computed in stacks: a root that refuses one of them is still a root of the others."""
    refusing = "def root(total):\n    if total < 0: raise ValueError\n    return"
    shift = "@step.fn(f32, f32)\ndef shift(x): return x - 3\n\n@step.fn((f32, f32), f32)"
    text = RMS.replace("def root(total): return", refusing).replace("@step.fn((f32, f32), f32)", shift)
    answer = search(text, "norm", 5, options={"hints": False})
    assert answer["status"] == "solved"
    assert not any(fault["always"] for fault in answer["faults"])
