"""A third suite: operators as different people would write them, which the search was never tuned on.

`holes/<group>/<operator>.py` are operator modules, `solutions/<group>/<operator>.py` the function text that fills one,
as under `tests/solutions`. Whoever works on the search measures here, and does not look here for what to build:
``steplang bench --suite tests/search/unseen/holes --proposer search``.
"""

from __future__ import annotations

from pathlib import Path

from step_agents.benchmark import Task, load_suite

from tests.benchmark.solutions import solved

ROOT = Path(__file__).parent
UNSEEN = load_suite(ROOT / "holes")


def solution_path(task: Task) -> Path:
    """The file with a task's solution."""
    return ROOT / "solutions" / task.group / task.path.name


def solved_module(task: Task) -> str:
    """The task's module with its hole filled by its solution."""
    return solved(task, solution_path(task).read_text(encoding="utf-8"))
