"""Exact accounting: pass@k without bias, and the curve of a run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from step_agents.usage import Usage


def pass_at(k: int, samples: int, passes: int) -> float:
    """The unbiased estimate of pass@k from ``samples`` of which ``passes`` passed: 1 − C(n−c, k) / C(n, k).

    With fewer than k samples it is the chance that those there are hold a passing one: 1 if any passed, else 0.

    Raises:
        ValueError: k is less than 1, or the counts make no sense.
    """
    if k < 1 or samples < 0 or not 0 <= passes <= samples:
        raise ValueError(f"pass@{k} of {passes} passes in {samples} samples makes no sense")
    if samples < k:
        return 1.0 if passes else 0.0
    return 1.0 - math.comb(samples - passes, k) / math.comb(samples, k)


@dataclass(frozen=True, slots=True)
class Counts:
    """One task in one round, or several rounds together."""

    samples: int = 0
    passes: int = 0
    errors: int = 0
    mended: int = 0
    corrupted: int = 0
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    candidates: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.samples + other.samples,
            self.passes + other.passes,
            self.errors + other.errors,
            self.mended + other.mended,
            self.corrupted + other.corrupted,
            self.usage + other.usage,
            self.seconds + other.seconds,
            self.candidates + other.candidates,
        )


def total(counts: Iterable[Counts]) -> Counts:
    """The sum."""
    found = Counts()
    for one in counts:
        found += one
    return found


def mean_pass_at(k: int, counts: Mapping[str, Counts]) -> float:
    """pass@k averaged over tasks; 0 for none."""
    if not counts:
        return 0.0
    return sum(pass_at(k, one.samples, one.passes) for one in counts.values()) / len(counts)


@dataclass(frozen=True)
class Round:
    """One round of sampling: every unsolved task with one set of demonstrations.

    ``stratum`` counts from 0, the hardest; ``strata`` are the sizes of the strata of D at that time. ``solved`` are
    the ids of the tasks that it solved, ``pass_at_1`` and ``solved_total`` the state of the whole run after it.
    """

    number: int
    stratum: int
    strata: tuple[int, ...]
    demonstrations: tuple[str, ...]
    counts: Mapping[str, Counts]
    solved: tuple[str, ...]
    solved_total: int
    pass_at_1: float
    usage_total: Usage
