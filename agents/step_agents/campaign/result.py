"""What a campaign comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from step_agents.loop.algorithm import Outcome
from step_agents.loop.step_domain import OperatorAnswer, OperatorTask


@dataclass(frozen=True)
class BenchResult:
    """What a campaign came to. ``run`` names it: resume it or report on it by that."""

    run: str
    directory: Path
    outcome: Outcome[OperatorTask, OperatorAnswer]
    seconds: float
    left: Mapping[str, float | None]
    notices: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What ``steplang bench --json`` prints."""
        outcome = self.outcome
        solved = {one.task.id: one for one in outcome.solved}
        tasks = []
        for task in sorted([one.task for one in outcome.solved] + list(outcome.unsolved), key=lambda one: one.id):
            counts = outcome.counts[task.id]
            found = solved.get(task.id)
            status = "solved" if found else "unsolved" if counts.samples else "error" if counts.errors else "waiting"
            tasks.append(
                {
                    "id": task.id,
                    "group": task.group,
                    "operator": task.operator.name,
                    "status": status,
                    "seconds": round(counts.seconds, 3),
                    "candidates": counts.candidates,
                    "passes": counts.passes,
                    "samples": counts.samples,
                    "tokens": counts.usage.total,
                    "length": found.answer.program.length if found else None,
                    "body": found.answer.body if found else None,
                }
            )
        usage = [one.usage for one in outcome.counts.values()]
        return {
            "run": self.run,
            "reason": outcome.reason,
            "message": outcome.message,
            "tasks": tasks,
            "solved": len(outcome.solved),
            "total": len(tasks),
            "seconds": round(self.seconds, 3),
            "tokens": sum(one.total for one in usage),
            "cost": None if any(one.cost is None for one in usage) else sum(one.cost or 0.0 for one in usage),
            "pass_at_1": outcome.pass_at_1,
            "pass_at_n": outcome.pass_at_n,
            "rounds": len(outcome.rounds),
            "corrupted": sum(one.corrupted for one in outcome.counts.values()),
            "left": dict(self.left),
            "notices": list(self.notices),
        }
