"""What a report on a run says: the run, its tasks, groups, rounds and roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from step_agents.report.maintainability import Maintainability


@dataclass(frozen=True)
class TaskLine:
    """One task of a run. ``rate`` is its difficulty: the success rate in the round that solved it."""

    id: str
    group: str
    operator: str
    validation: bool
    solved: bool
    round: int | None
    samples: int
    passes: int
    rate: float | None
    tokens: int
    cost: float | None
    seconds: float
    candidates: int
    length: int | None
    body: str | None
    mended: int
    corrupted: int
    messages: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class RoundLine:
    """One round: what the run had solved after it, and spent until then."""

    number: int
    stratum: int
    strata: tuple[int, ...]
    demonstrations: int
    samples: int
    passes: int
    errors: int
    solved: int
    pass_at_n: float
    pass_at_1: float
    tokens_total: int
    cost_total: float | None


@dataclass(frozen=True)
class GroupLine:
    """The tasks of one group together; ``pass_at_1`` is the run's, of these tasks: each in its last round."""

    group: str
    tasks: int
    solved: int
    samples: int
    passes: int
    pass_at_1: float
    tokens: int


@dataclass(frozen=True)
class RoleLine:
    """What one role took: ``proposer``, ``guardian``, or ``unanswered`` (tries that came to nothing).

    ``requests`` are answers of the model; a broken one that was asked for again is part of the whole one's tokens.
    ``model`` is None where there are several, or it is not known.
    """

    role: str
    model: str | None
    requests: int
    input: int
    output: int
    cache_read: int
    cache_write: int
    cost: float | None


@dataclass(frozen=True)
class Prompts:
    """The measured tokens of a prompt, as the service counted them, and the budget of one.

    ``digests`` name the prompts (several where they changed before the run was resumed); ``shared`` is the part of all
    prompts' tokens that came from the cache, 0 to 1.
    """

    requests: int
    mean: float
    largest: int
    budget: int
    shared: float
    digests: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunReport:
    """Everything that a report shows. ``usage`` are tokens: in, out, read from and written to the cache.

    ``pass_at_1`` is the mean success rate of one sample, each task in the last round it was sampled in; ``pass_at``
    the unbiased pass@k of the first round, in which every task is sampled alike.
    """

    run: str
    settings: Mapping[str, Any]
    created: str
    seconds: float
    reason: str
    message: str
    tasks: tuple[TaskLine, ...]
    groups: tuple[GroupLine, ...]
    rounds: tuple[RoundLine, ...]
    strata: tuple[tuple[str, ...], ...]
    usage: Mapping[str, int]
    cost: float | None
    roles: tuple[RoleLine, ...]
    guardian: Mapping[str, int]
    failures: tuple[tuple[str, int], ...]
    pass_at_1: float
    pass_at: Mapping[int, float]
    prompts: Prompts | None
    maintainability: Maintainability | None

    @property
    def solved(self) -> int:
        """How many tasks were solved."""
        return sum(task.solved for task in self.tasks)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        values = asdict(self)
        return {**values, "solved": self.solved, "total": len(self.tasks)}
