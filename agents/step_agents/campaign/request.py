"""What a campaign is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from step_agents.campaign.budget import Budget
from step_agents.guardian import GuardianKind

PAPER_TEMPERATURES = (0.4, 0.7, 1.0)
PAPER_SAMPLES = 64
SEARCH_SECONDS = 60.0
MODEL_SECONDS = 300.0
"""Models that reason before they answer may take minutes."""


@dataclass(frozen=True)
class BenchRequest:
    """What a campaign does.

    ``seconds`` is what a proposer may take for one sample (None: 60 for the search, 300 for a model); ``budget`` limits
    the whole campaign. ``samples`` candidates
    are drawn at each of ``temperatures``; None is 1 for the search, which is deterministic, and else the paper's 64.
    ``guardian`` "model" shows the proposer's model what no rule mends, "none" leaves bodies as they are proposed.
    ``repairs`` is how often a model is shown the verifiers' diagnostics of an answer (the paper: never).
    ``validation`` is the part of the tasks (0 to 1) that is never shown as a demonstration. ``resume`` names a run to
    go on with; ``cluster`` is the address of a Dask scheduler. Only models are improved by demonstrations: the search
    draws one round.
    """

    suite: str = "paper"
    tasks: tuple[str, ...] = ()
    proposer: str = "search"
    model: str | None = None
    base_url: str | None = None
    samples: int | None = None
    temperatures: tuple[float | None, ...] | None = None
    granularity: int = 3
    improve: bool = True
    guardian: GuardianKind = "rules"
    repairs: int = 0
    seconds: float | None = None
    budget: Budget = field(default_factory=Budget)
    seed: int = 0
    validation: float = 0.0
    resume: str | None = None
    out: Path | None = None
    workers: int | None = None
    parallel: int | None = None
    cluster: str | None = None
    max_tokens: int | None = None
    prompt_version: str = "v1"
    experience: str | None = None
    keep_experience: bool = True
    environment: Mapping[str, str] | None = None

    def settings(self) -> dict[str, Any]:
        """What a resumed run must have the same."""
        names = ("suite", "tasks", "proposer", "model", "base_url", "granularity", "improve", "guardian", "repairs",
                 "seed", "validation", "prompt_version", "max_tokens")  # fmt: skip
        found = {name: getattr(self, name) for name in names}
        drawn = {"samples": self.drawn, "temperatures": list(self.heats), "seconds": self.allowed}
        return {**found, "tasks": list(self.tasks), **drawn}

    def resuming(self, settings: Mapping[str, Any]) -> BenchRequest:
        """The request with the settings that a run was begun with, wherever it says nothing else itself."""
        own = {one.name: one.default for one in fields(self)}
        given = {**settings, "tasks": tuple(settings["tasks"]), "temperatures": tuple(settings["temperatures"])}
        same = {name: value for name, value in given.items() if getattr(self, name) == own.get(name)}
        return replace(self, **same)

    @property
    def drawn(self) -> int:
        """Candidates at each temperature."""
        return self.samples if self.samples is not None else 1 if self.proposer == "search" else PAPER_SAMPLES

    @property
    def allowed(self) -> float:
        """Seconds that a proposer may take for one sample."""
        if self.seconds is not None:
            return self.seconds
        return SEARCH_SECONDS if self.proposer == "search" else MODEL_SECONDS

    @property
    def heats(self) -> tuple[float | None, ...]:
        """The temperatures."""
        if self.temperatures is not None:
            return self.temperatures
        return (None,) if self.proposer == "search" else PAPER_TEMPERATURES
