"""Experience as lists show it, in the editor and on the command line alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from step_agents.experience import Experience, ExperienceBuffer


def entries(buffer: ExperienceBuffer) -> list[dict[str, Any]]:
    """Every experience, the oldest first, with its stratum among all."""
    from step_agents.experience.stats import strata

    known = buffer.all()
    bins = strata(known)
    return [entry(one, bins.get(one.id, "mixed")) for one in known]


def entry(one: Experience, stratum: str) -> dict[str, Any]:
    """An experience as lists show it."""
    return {
        "id": one.id,
        "operator": one.task.operator,
        "group": one.group or None,
        "passRate": one.rate,
        "stratum": stratum,
        "samples": one.samples,
        "proposer": one.proposer,
        "model": one.model,
        "tokens": one.usage.total,
        "seconds": one.seconds,
        "created": one.created,
        "valid": one.valid,
        "accepted": one.accepted,
    }
