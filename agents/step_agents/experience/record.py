"""One experience: a task, the program that solved it, and what it took."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from step_agents.task import Task
from step_agents.usage import Usage


@dataclass(frozen=True, slots=True)
class Experience:
    """A verified solution.

    ``task_hash`` is equal for tasks that differ in names only, ``graph_hash`` for programs that do. ``module`` is the
    text of a module with the operator as a hole, from which the solution can be verified again. ``passes`` of
    ``samples`` candidates passed: that rate is the task's difficulty. ``length`` counts primitives, Copy apart.
    ``accepted`` says whether a person kept the result (None: nobody was asked). ``valid`` is False where a recheck
    found that the solution does not hold any more, and ``invalid_reason`` says why.
    """

    task: Task
    task_hash: str
    body: str
    graph_hash: str
    module: str
    length: int
    passes: int
    samples: int
    proposer: str
    group: str = ""
    model: str | None = None
    prompt_version: str | None = None
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    candidates: int = 0
    fixes: tuple[dict[str, Any], ...] = ()
    source: str = "editor"
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    tool_version: str = ""
    accepted: bool | None = None
    valid: bool = True
    invalid_reason: str | None = None

    @property
    def id(self) -> str:
        """Names the pair of task and program: the same on every machine, so that exports of a team merge."""
        return hashlib.blake2b(f"{self.task_hash}:{self.graph_hash}".encode(), digest_size=8).hexdigest()

    @property
    def rate(self) -> float:
        """The success rate c(x), 0 to 1: low is hard-earned."""
        return self.passes / self.samples if self.samples else 1.0
