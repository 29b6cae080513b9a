"""Small operator modules for the search's tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from step_agents.proposers.search.scene import Subject, load_subjects
from step_agents.proposers.search.service import solve

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


def search(
    text: str, name: str, seconds: float = 30.0, seed: int = 0, options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What the service answers."""
    params = {
        "text": text,
        "path": "module.py",
        "operator": name,
        "budget_seconds": seconds,
        "seed": seed,
        "options": dict(options or {}),
    }
    return solve(params, lambda _: None)
