"""Several runs together: mean and spread over runs that differ in their seed alone, beside those of other settings."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from step_agents.report.lines import RoundLine, RunReport


@dataclass(frozen=True, slots=True)
class Spread:
    """A number over several runs. ``deviation`` is the sample standard deviation (n - 1); None for one run."""

    mean: float
    deviation: float | None
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least one value."""
        deviation = statistics.stdev(values) if len(values) > 1 else None
        return cls(statistics.fmean(values), deviation, min(values), max(values))


@dataclass(frozen=True)
class RunLine:
    """One run. ``pass_at_1`` is as in its own report; ``cost`` None: a price is not known."""

    run: str
    seed: int
    solved: int
    tasks: int
    pass_at_1: float
    pass_at_n: float
    tokens: int
    cost: float | None
    seconds: float
    reason: str


@dataclass(frozen=True)
class RoundSpread:
    """A round over all runs. A run that ended before counts with what it had then. ``runs`` had this round."""

    number: int
    runs: int
    pass_at_1: Spread
    pass_at_n: Spread
    tokens_total: Spread
    cost_total: Spread | None


@dataclass(frozen=True)
class Configuration:
    """Runs with equal settings but the seed. ``label`` names the settings that differ from other configurations.

    ``solved_in`` says in how many runs each task was solved.
    """

    label: str
    runs: tuple[RunLine, ...]
    rounds: tuple[RoundSpread, ...]
    pass_at_1: Spread
    pass_at_n: Spread
    tokens: Spread
    cost: Spread | None
    seconds: Spread
    solved_in: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Comparison:
    """What a report over several runs shows."""

    configurations: tuple[Configuration, ...]

    def to_json(self) -> dict[str, Any]:
        """The comparison as JSON values."""
        return asdict(self)


def compare(reports: Sequence[RunReport]) -> Comparison:
    """The comparison of runs, in the order given.

    Raises:
        ValueError: there are none.
    """
    if not reports:
        raise ValueError("there are no runs to compare")
    groups: dict[str, list[RunReport]] = defaultdict(list)
    for one in reports:
        groups[json.dumps(_settings(one), sort_keys=True, default=str)].append(one)
    settings = [_settings(members[0]) for members in groups.values()]
    names = sorted({name for one in settings for name in one})
    differing = [name for name in names if len({str(one.get(name)) for one in settings}) > 1]
    return Comparison(
        tuple(
            _configuration(", ".join(f"{name} {_said(one.get(name))}" for name in differing) or "all runs", members)
            for one, members in zip(settings, groups.values(), strict=True)
        )
    )


def _settings(report: RunReport) -> dict[str, Any]:
    return {name: value for name, value in report.settings.items() if name != "seed"}


def _said(value: Any) -> str:
    match value:
        case None:
            return "none"
        case list():
            return "+".join(map(_said, value)) or "all"
    return str(value)


def _configuration(label: str, reports: Sequence[RunReport]) -> Configuration:
    runs = tuple(_line(one) for one in reports)
    names = sorted({task.id for one in reports for task in one.tasks})
    solved = {one.run: {task.id for task in one.tasks if task.solved} for one in reports}
    return Configuration(
        label,
        runs,
        _rounds(reports),
        Spread.of([one.pass_at_1 for one in runs]),
        Spread.of([one.pass_at_n for one in runs]),
        Spread.of([one.tokens for one in runs]),
        _known(one.cost for one in runs),
        Spread.of([one.seconds for one in runs]),
        tuple((name, sum(name in solved[one.run] for one in reports)) for name in names),
    )


def _line(report: RunReport) -> RunLine:
    total = len(report.tasks)
    return RunLine(
        report.run,
        int(report.settings.get("seed") or 0),
        report.solved,
        total,
        report.pass_at_1,
        report.solved / total if total else 0.0,
        sum(report.usage.values()),
        report.cost,
        report.seconds,
        report.reason,
    )


def _rounds(reports: Sequence[RunReport]) -> tuple[RoundSpread, ...]:
    found: list[RoundSpread] = []
    for number in range(max(len(one.rounds) for one in reports)):
        at = [_at(one.rounds, number) for one in reports if one.rounds]
        found.append(
            RoundSpread(
                number,
                sum(len(one.rounds) > number for one in reports),
                Spread.of([one.pass_at_1 for one in at]),
                Spread.of([one.pass_at_n for one in at]),
                Spread.of([one.tokens_total for one in at]),
                _known(one.cost_total for one in at),
            )
        )
    return tuple(found)


def _at(rounds: Sequence[RoundLine], number: int) -> RoundLine:
    return rounds[min(number, len(rounds) - 1)]


def _known(costs: Iterable[float | None]) -> Spread | None:
    """The spread of costs; None where one is not known."""
    found = list(costs)
    known = [one for one in found if one is not None]
    return Spread.of(known) if len(known) == len(found) else None
