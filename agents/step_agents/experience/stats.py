"""What an experience buffer holds, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from step_agents.experience.record import Experience
from step_agents.loop.strata import stratify

Stratum = Literal["hard", "mixed", "easy"]
_NAMES: tuple[Stratum, ...] = ("hard", "mixed", "easy")


def strata(known: Sequence[Experience]) -> dict[str, Stratum]:
    """The stratum of each experience by id: of three, as the loop makes them; where there are fewer, from hard on,
    and where all are equally easy (rate 1) they are easy."""
    bins = stratify(known, 3, key=lambda one: one.rate)
    if len(bins) == 1 and all(one.rate == 1.0 for one in known):
        return {one.id: "easy" for one in known}
    named = _NAMES if len(bins) == 3 else ("hard", "easy") if len(bins) == 2 else ("mixed",)
    return {one.id: name for name, bin in zip(named, bins, strict=False) for one in bin}


def summary(known: Sequence[Experience]) -> dict[str, Any]:
    """Counts by validity, proposer, model, group and stratum; tokens and dollars in all."""
    costs = [one.usage.cost for one in known]
    return {
        "experiences": len(known),
        "tasks": len({one.task_hash for one in known}),
        "valid": sum(one.valid for one in known),
        "set_aside": sum(not one.valid for one in known),
        "accepted": sum(one.accepted is True for one in known),
        "rejected": sum(one.accepted is False for one in known),
        "by_proposer": dict(Counter(one.proposer for one in known)),
        "by_model": dict(Counter(one.model or "" for one in known)),
        "by_group": dict(Counter(one.group for one in known)),
        "by_stratum": dict(Counter(strata(known).values())),
        "tokens": sum(one.usage.total for one in known),
        "cost": None if any(cost is None for cost in costs) else sum(cost or 0.0 for cost in costs),
        "seconds": sum(one.seconds for one in known),
    }
