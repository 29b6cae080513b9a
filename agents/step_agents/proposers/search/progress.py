"""What a running search tells: its stage, how much it tried, how near it came."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from step_agents.faults import Fault
from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.failures import Record, faults_of
from step_agents.proposers.search.misses import MET
from step_agents.proposers.search.outcome import Solution
from step_agents.proposers.search.scene import Subject
from step_agents.proposers.search.setting import Stage

Announce = Callable[[dict[str, Any]], None]

ANNOUNCE_EVERY = 0.25
"""Seconds."""


class Progress:
    """Announces what a search does, a few times a second."""

    def __init__(self, announce: Announce, budget: Budget) -> None:
        self._announce, self._budget = announce, budget
        self._told = 0.0
        self._failing: dict[str, Fault | None] = {}

    def tell(self, stage: Stage, subject: Subject, best: Solution | None, now: bool = False) -> None:
        """Announces where a stage is, if the last time is long enough ago or ``now``; and at once a function that
        fails whatever it is given."""
        now = self._fails(stage.enumeration.scene.evaluator.record, subject) or now
        elapsed = self._budget.elapsed
        if not now and elapsed - self._told < ANNOUNCE_EVERY:
            return
        self._told = elapsed
        gaps = [one.gap for one in stage.enumeration.nearest]
        self._announce(
            {
                "stage": stage.record.limit,
                "setting": stage.record.setting,
                "seconds": round(elapsed, 3),
                "candidates": self._budget.candidates,
                "values": len(stage.enumeration.bank),
                "level": stage.enumeration.length,
                "outputs": len(gaps),
                "met": sum(gap <= MET for gap in gaps),
                "nearest": [round(gap, 6) if math.isfinite(gap) else None for gap in gaps],
                "best": best.program.length if best is not None else None,
                "failing": [_told(fault) for fault in self._failing.values() if fault is not None],
            }
        )

    def _fails(self, record: Record, subject: Subject) -> bool:
        """Whether another function turned out to fail on every input."""
        fresh = [
            one
            for one in subject.functions
            if one.name in record.failed and one.name not in record.worked and one.name not in self._failing
        ]
        if not fresh:
            return False
        always = {one.function: one for one in faults_of(record, fresh, subject.problem.functions) if one.always}
        self._failing.update({one.name: always.get(one.name) for one in fresh})
        return bool(always)


def _told(fault: Fault) -> str:
    place = f" (line {fault.line + 1})" if fault.line is not None else ""
    return f"{fault.message} on every input{place}"
