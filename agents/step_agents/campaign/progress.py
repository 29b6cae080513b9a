"""A campaign's progress in a line: what is solved, what it cost, how long it may still take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from step_agents.campaign.budget import BudgetGate, counted
from step_agents.campaign.request import BenchRequest
from step_agents.loop.accounting import Round
from step_agents.loop.domain import Judged
from step_agents.usage import dollars


class ProgressLine:
    """Tells every sample and every round. The estimate is for the round: what follows is not known before."""

    def __init__(self, tell: Callable[[str], None], tasks: int, request: BenchRequest, gate: BudgetGate) -> None:
        self._tell, self._tasks, self._gate = tell, tasks, gate
        self._each = request.drawn * len(request.heats)
        self._started = time.monotonic()
        self._round, self._solved = 1, 0
        self._done = 0
        self._passed: set[str] = set()
        self._waiting = tasks

    def sample(self, task: str, judged: Judged[Any] | None) -> None:
        """Notes a sample."""
        self._done += 1
        if judged is not None and judged.passed:
            self._passed.add(task)
        total = self._waiting * self._each
        elapsed = time.monotonic() - self._started
        left = elapsed / self._done * max(0, total - self._done)
        verdict = "no answer" if judged is None else "passed" if judged.passed else "failed"
        self._tell(
            f"round {self._round} · {self._done:,} of {counted(total)} · "
            f"{len(self._passed)} of {self._tasks} solved · {self._money()} · "
            f"about {_duration(left)} left in this round · {task} {verdict}"
        )

    def round(self, done: Round) -> None:
        """Notes a round."""
        self._tell(
            f"round {done.number + 1} done: stratum {done.stratum + 1} of {max(1, len(done.strata))}, "
            f"{len(done.demonstrations)} demonstrations, {len(done.solved)} newly solved, "
            f"{done.solved_total} of {self._tasks} in all · {self._money()} · {self._gate.left_text()}"
        )
        self._round, self._done = done.number + 2, 0
        self._waiting = self._tasks - done.solved_total
        self._started = time.monotonic()

    def _money(self) -> str:
        usage = self._gate.usage
        if not usage.total:
            return counted(self._gate.samples)
        return f"{usage.total:,} tokens, {dollars(usage.cost, 'cost unknown')}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
