"""Choosing what to show for a task: by difficulty as in the loop, among equals by likeness."""

from __future__ import annotations

from collections.abc import Sequence

from step_agents.canonical import canonical_hash, likeness
from step_agents.experience.record import Experience
from step_agents.loop.strata import stratify
from step_agents.proposers.base import Demonstration
from step_agents.task import Task

GRANULARITY = 3


def demonstrations(
    known: Sequence[Experience], task: Task, count: int, granularity: int = GRANULARITY
) -> tuple[Demonstration, ...]:
    """At most ``count`` solved tasks: the hardest stratum first, in each the likest first; one a task, never this one.

    Experience that was set aside, or that a person rejected, is not shown.
    """
    own = canonical_hash(task)
    best: dict[str, Experience] = {}
    for one in known:
        if not one.valid or one.accepted is False or one.task_hash == own:
            continue
        other = best.get(one.task_hash)
        if other is None or one.length < other.length:
            best[one.task_hash] = one
    chosen: list[Experience] = []
    for stratum in stratify(list(best.values()), granularity, key=lambda one: one.rate):
        chosen.extend(sorted(stratum, key=lambda one: (-likeness(one.task, task), one.id)))
    return tuple(Demonstration(one.task, one.body, one.rate) for one in chosen[:count])
