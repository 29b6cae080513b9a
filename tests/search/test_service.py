"""The service: answers, budgets, seeds, progress, bad modules."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from step.simulate.verify import verify
from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.service import solve
from step_agents.proposers.search.solver import Solver

from tests.search.modules import HEAD, RMS, budget_of, search

HARD = RMS.replace("x / np.sqrt((x * x)", "np.sin(x) / np.sqrt((x * x)")


def test_what_is_solved_passes_the_check() -> None:
    answer = search(RMS, "norm")
    assert answer["status"] == "solved"
    assert verify(RMS, "module.py", "norm", answer["body"]).ok
    assert answer["length"] == 5
    assert answer["candidates"] > 0


def test_one_seed_gives_one_program() -> None:
    assert search(RMS, "norm", seed=3)["body"] == search(RMS, "norm", seed=3)["body"]


def test_a_busy_machine_changes_nothing() -> None:
    def found(seconds_a_look: float) -> object:
        ticks = itertools.count()
        budget = Budget(1e9, 1 << 30, clock=lambda: next(ticks) * seconds_a_look)
        outcome = Solver(RMS, "module.py", "norm", budget, 0, {}, lambda _: None).solve()
        assert outcome.solution is not None
        return outcome.solution.program, budget.candidates

    assert found(1e-6) == found(1.0)


@pytest.mark.parametrize("options", [{"hints": False}, {"backward": False}, {"polish": False}])
def test_what_helps_is_not_needed(options: dict[str, Any]) -> None:
    assert search(RMS, "norm", options=options)["status"] == "solved"


# A function that has no place yet: with it what is missing might be made after all.
SPARE = HARD.replace("def reference", "@step.fn((f32, f32), f32)\ndef minus(x, y): return x - y\n\ndef reference")


def test_a_budget_is_kept() -> None:
    answer = solve({"text": SPARE, "path": "module.py", "operator": "norm", "budget_seconds": 0.5}, lambda _: None)
    assert (answer["status"], answer["reason"]) == ("unsolved", "time")  # with 20 s it is not done either


def test_what_came_nearest_is_told() -> None:
    answer = search(SPARE, "norm", seconds=1.5)
    assert (answer["status"], answer["reason"]) == ("unsolved", "time")
    assert answer["nearest"] is not None
    assert answer["distance"] > 0
    assert len(answer["stages"]) > 1


def test_memory_is_a_budget_too() -> None:
    params = {"text": HARD, "path": "module.py", "operator": "norm", "budget_seconds": 20, "memory_mib": 1}
    answer = solve(params, lambda _: None)
    assert answer["status"] == "unsolved"
    assert answer["reason"] == "memory"
    assert "memory is used up" in answer["explanation"]


def test_progress_tells_stage_candidates_and_what_is_met() -> None:
    told: list[dict[str, Any]] = []
    Solver(HARD, "module.py", "norm", budget_of(2.0), 0, {}, told.append).solve()
    assert told
    assert {"stage", "candidates", "met", "outputs", "nearest", "seconds"} <= told[-1].keys()
    assert [one["candidates"] for one in told] == sorted(one["candidates"] for one in told)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("import step\nraise ValueError('broken')\n", "STEP-MODULE"),
        (RMS.replace("def norm", "def other"), "STEP-NAME"),
        (RMS.replace("return x / np.sqrt", "return x @ np.sqrt"), "STEP-REFERENCE"),
        (RMS.replace("return x / np.sqrt", "return np.random.rand() * x / np.sqrt"), "STEP-REFERENCE"),
        ("def (", "STEP-SYNTAX"),
    ],
)
def test_a_bad_module_is_an_answer(text: str, code: str) -> None:
    answer = solve({"text": text, "path": "module.py", "operator": "norm"}, lambda _: None)
    assert (answer["status"], answer["code"]) == ("error", code)
    assert answer["message"]


COINCIDENCE = (
    HEAD
    + """
N, D = step.dims(N=5, D=8)

@step.fn(f32, f32)
def size(x): return abs(x)

@step.fn(f32, f32)
def root(x): return np.sqrt(x)

@step.fn(f32, f32)
def square(x): return x * x

def reference(x): return x

@step.operator(
    inputs={"x": step.stream(f32, [D, N], data="uniform")},
    outputs=step.stream(f32, [D, N]), reference=lambda x: np.sqrt(x * x * x * x)
)
def fourth(x): ...
"""
)


def test_uniform_data_are_searched_on_normal_data() -> None:
    answer = search(COINCIDENCE, "fourth")
    assert answer["status"] == "solved"
    assert "normal data" in answer["stages"][0]["setting"]


WHAT_IT_CAN = {
    "used three times": (
        "@step.fn((f32, f32), f32)\ndef mul(x, y): return x * y\n",
        "x * x * x * x * x",
        "f32, [D, N]",
    ),
    "two outputs share work": (
        "@step.fn(f32, f32)\ndef double(x): return 2 * x\n@step.fn(f32, f32, init=0)\ndef add(t, x): return t + x\n",
        "2 * x, (2 * x).sum(-1)",
        "f32, [D, N]), step.stream(f32, [N]",
    ),
    "repeated to the output": (
        "@step.fn(f32, f32, init=0)\ndef add(t, x): return t + x\n",
        "np.broadcast_to(x.sum(-1, keepdims=True), x.shape)",
        "f32, [D, N]",
    ),
    "every row with every row": (
        "Row = Buffer(f32, [D])\n@step.fn((Row, Row), f32)\ndef dot(a, b): return a @ b\n",
        "x @ x.T",
        "f32, [N, N]",
    ),
    "only layout": ("", "x", "Buffer(f32, [D]), [N]"),
}


@pytest.mark.parametrize("name", WHAT_IT_CAN)
def test_what_it_can(name: str) -> None:
    functions, value, outputs = WHAT_IT_CAN[name]
    text = (
        HEAD
        + "N, D = step.dims(N=5, D=8)\n"
        + functions
        + f"def reference(x, unused): return {value}\n"
        + '@step.operator(inputs={"x": step.stream(f32, [D, N]), "unused": step.stream(f32, [N])}, '
        + f"outputs=(step.stream({outputs}),), reference=reference)\n"
        + "def wanted(x, unused): ...\n"
    )
    answer = search(text, "wanted")
    assert answer["status"] == "solved", answer.get("explanation")
    assert verify(text, "module.py", "wanted", answer["body"]).ok


LAYERS = (
    HEAD
    + """
M, K, D = step.dims(M=6, K=5, D=7)
E = step.dim("E", 2, fixed=True)
Row, Wide = Buffer(f32, [K]), Buffer(f32, [D])
w_in = [step.parameter([D, K]) for _ in range(2)]
w_out = [step.parameter([K, D]) for _ in range(2)]

@step.fn(Row, Wide)
def up0(x): return x @ w_in[0]

@step.fn(Row, Wide)
def up1(x): return x @ w_in[1]

@step.fn(Wide, Wide)
def relu(x): return np.maximum(x, 0)

@step.fn(Wide, Row)
def down0(x): return x @ w_out[0]

@step.fn(Wide, Row)
def down1(x): return x @ w_out[1]

@step.fn(Row, Row, init=0)
def add(total, x): return total + x

def reference(x, sel):
    return sum(sel[:, i : i + 1] * (np.maximum(x @ w_in[i], 0) @ w_out[i]) for i in range(2))

@step.operator(
    inputs={"x": step.stream(f32, [K, M]), "sel": step.stream(Multihot(f32, E), [M], ones=(0, 2))},
    outputs=step.stream(f32, [K, M]), reference=reference,
)
def layers(x, sel): ...
"""
)


def test_experts_of_several_functions_share_an_activation() -> None:
    answer = search(LAYERS, "layers")
    assert answer["status"] == "solved", answer.get("explanation")
    assert verify(LAYERS, "module.py", "layers", answer["body"]).ok
