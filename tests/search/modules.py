"""Small operator modules for the search's tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.scene import Subject, load_subjects
from step_agents.proposers.search.service import answer
from step_agents.proposers.search.solver import Solver

HEAD = "import numpy as np\nimport step\nfrom step import Buffer, Multihot, f32\n\n"

RMS = (
    HEAD
    + """
N, D = step.dims(N=5, D=8)

@step.fn(f32, f32)
def square(x): return x * x

@step.fn(f32, f32, init=0)
def add(total, x): return total + x

@step.fn((f32, f32), f32)
def div(x, y): return x / y

@step.fn(f32, f32)
def root(total): return np.sqrt(total / D.size + 1e-5)

def reference(x):
    return x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-5)

@step.operator(inputs={"x": step.stream(f32, [D, N])}, outputs=step.stream(f32, [D, N]), reference=reference)
def norm(x): ...
"""
)


def subject(text: str, name: str, seed: int = 0) -> Subject:
    """An operator, loaded."""
    return next(load_subjects(text, "module.py", name, seed))


def budget_of(seconds: float, memory_mib: int = 4096) -> Budget:
    """A budget whose clock is the work that is done: what is found does not depend on how busy the machine is."""
    made: list[Budget] = []
    budget = Budget(seconds, memory_mib << 20, clock=lambda: made[0].work if made else 0.0)
    made.append(budget)
    return budget


def search(
    text: str,
    name: str,
    seconds: float = 30.0,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    path: str = "module.py",
) -> dict[str, Any]:
    """What the service answers after so many nominal seconds (:attr:`.budget.Budget.work`)."""
    solver = Solver(text, path, name, budget_of(seconds), seed, dict(options or {}), lambda _: None)
    return answer(solver.solve())
