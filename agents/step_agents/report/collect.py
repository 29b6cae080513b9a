"""A run's journal as numbers: per task, per group, per round."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from step_agents.campaign.bench import JOURNAL
from step_agents.campaign.errors import CampaignError
from step_agents.campaign.journal import rows
from step_agents.loop.accounting import pass_at
from step_agents.loop.strata import stratify
from step_agents.report.maintainability import Maintainability, maintainability


@dataclass(frozen=True)
class TaskLine:
    """One task of a run. ``rate`` is its difficulty: the success rate in the round that solved it."""

    id: str
    group: str
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
    """The tasks of one group together."""

    group: str
    tasks: int
    solved: int
    samples: int
    passes: int
    pass_at_1: float
    tokens: int


@dataclass(frozen=True)
class RunReport:
    """Everything that a report shows. ``usage`` are tokens: in, out, read from and written to the cache."""

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
    cost_by_model: Mapping[str, float | None]
    guardian: Mapping[str, int]
    failures: tuple[tuple[str, int], ...]
    pass_at: Mapping[int, float]
    mean_prompt_tokens: float
    maintainability: Maintainability | None

    @property
    def solved(self) -> int:
        """How many tasks were solved."""
        return sum(task.solved for task in self.tasks)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        values = asdict(self)
        return {**values, "solved": self.solved, "total": len(self.tasks)}


def collect(run: str | Path, out: Path | None = None) -> RunReport:
    """Reads a run: its name under ``out`` (the user's runs by default), or its directory.

    Raises:
        CampaignError: there is no such run.
    """
    directory = Path(run) if Path(run, JOURNAL).exists() else (out or user_data_path("steplang") / "runs") / str(run)
    journal = directory / JOURNAL
    if not journal.exists():
        raise CampaignError("CAMPAIGN-RUN", f"there is no run {run}: {journal} does not exist")
    values = {row["key"]: json.loads(row["value"]) for row in rows(journal, "SELECT key, value FROM run")}
    samples = rows(journal, "SELECT * FROM sample ORDER BY round, idx, task")
    rounds = rows(journal, "SELECT * FROM round ORDER BY number")
    tasks = _tasks(rows(journal, "SELECT * FROM task ORDER BY id"), samples)
    failures = rows(
        journal, "SELECT code, count(*) AS n, sum(tokens) AS tokens, sum(cost) AS cost FROM failure GROUP BY code"
    )
    settings = values.get("settings") or {}
    outcome = values.get("outcome") or {"reason": "unfinished", "message": "the run was interrupted: resume it"}
    bodies = [task.body for task in tasks if task.body]
    return RunReport(
        directory.name,
        settings,
        values.get("created") or "",
        float(values.get("seconds") or 0.0),
        outcome["reason"],
        outcome["message"],
        tasks,
        _groups(tasks),
        _rounds(rounds, samples, len(tasks)),
        _strata(tasks, int(settings.get("granularity") or 3)),
        {
            kind: sum(row[f"tokens_{kind}"] for row in samples)
            for kind in ("input", "output", "cache_read", "cache_write")
        },
        _cost(samples),
        _cost_by_model(samples),
        {**_guardian(samples), **_model_guardian(journal)},
        tuple((row["code"], row["n"]) for row in failures),
        _pass_at(tasks, samples),
        _mean_prompt(samples),
        maintainability(bodies) if bodies else None,
    )


def _tasks(tasks: Sequence[Mapping[str, Any]], samples: Sequence[Mapping[str, Any]]) -> tuple[TaskLine, ...]:
    by_task: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in samples:
        by_task[row["task"]].append(row)
    return tuple(_task(task, by_task[task["id"]]) for task in tasks)


def _task(task: Mapping[str, Any], samples: Sequence[Mapping[str, Any]]) -> TaskLine:
    passing = [row for row in samples if row["passed"]]
    solved_in = min((row["round"] for row in passing), default=None)
    rate: float | None = None
    body: str | None = None
    length: int | None = None
    if solved_in is not None:
        drawn = [row for row in samples if row["round"] == solved_in]
        rate = sum(bool(row["passed"]) for row in drawn) / len(drawn)
        bodies = [json.loads(row["body"])["body"] for row in passing if row["round"] == solved_in]
        body = min(bodies, key=lambda one: (_length(one), len(one)))
        length = _length(body)
    messages: dict[str, int] = defaultdict(int)
    for row in samples:
        if row["passed"] == 0:
            messages[str(row["verdict"] or row["message"])[:160]] += 1
    return TaskLine(
        task["id"],
        task["task_group"],
        bool(task["validation"]),
        bool(passing),
        solved_in,
        len(samples),
        len(passing),
        rate,
        sum(_tokens(row) for row in samples),
        _cost(samples),
        sum(row["seconds"] for row in samples),
        sum(row["candidates"] for row in samples),
        length,
        body,
        sum(bool(row["mended"]) and bool(row["passed"]) for row in samples),
        sum(bool(row["corrupted"]) for row in samples),
        tuple(sorted(messages.items(), key=lambda one: -one[1])[:3]),
    )


def _length(body: str) -> int:
    """Primitives, Copy apart: every application is one ``apply``."""
    return body.count(".apply(") - body.count("Copy()")


def _groups(tasks: Sequence[TaskLine]) -> tuple[GroupLine, ...]:
    found: dict[str, list[TaskLine]] = defaultdict(list)
    for task in tasks:
        found[task.group].append(task)
    return tuple(
        GroupLine(
            group,
            len(members),
            sum(one.solved for one in members),
            sum(one.samples for one in members),
            sum(one.passes for one in members),
            sum(pass_at(1, one.samples, one.passes) for one in members) / len(members),
            sum(one.tokens for one in members),
        )
        for group, members in sorted(found.items())
    )


def _rounds(
    rounds: Sequence[Mapping[str, Any]], samples: Sequence[Mapping[str, Any]], tasks: int
) -> tuple[RoundLine, ...]:
    found: list[RoundLine] = []
    for row in rounds:
        until = [one for one in samples if one["round"] <= row["number"]]
        here = [one for one in until if one["round"] == row["number"]]
        counts = json.loads(row["counts"])
        found.append(
            RoundLine(
                row["number"],
                row["stratum"],
                tuple(json.loads(row["strata"])),
                len(json.loads(row["demonstrations"])),
                len(here),
                sum(bool(one["passed"]) for one in here),
                sum(one[2] for one in counts.values()),
                row["solved_total"],
                row["solved_total"] / tasks if tasks else 0.0,
                row["pass_at_1"],
                sum(map(_tokens, until)),
                _cost(until),
            )
        )
    return tuple(found)


def _strata(tasks: Sequence[TaskLine], granularity: int) -> tuple[tuple[str, ...], ...]:
    solved = [task for task in tasks if task.rate is not None and not task.validation]
    return tuple(tuple(one.id for one in bin) for bin in stratify(solved, granularity, key=lambda one: one.rate or 0.0))


def _guardian(samples: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    judged = [row for row in samples if row["passed"] is not None]
    return {
        "judged": len(judged),
        "mended": sum(bool(row["mended"]) and bool(row["passed"]) for row in judged),
        "corrupted": sum(bool(row["corrupted"]) for row in judged),
    }


def _model_guardian(journal: Path) -> dict[str, int]:
    """How often a model was shown what no rule mends, and its tokens (they are in the samples' tokens too)."""
    if not rows(journal, "SELECT 1 FROM sqlite_master WHERE name = 'mending'"):
        return {"asked": 0, "asked_tokens": 0}  # a run of an earlier version
    asked = rows(journal, "SELECT * FROM mending")
    return {"asked": len(asked), "asked_tokens": sum(map(_tokens, asked))}


def _pass_at(tasks: Sequence[TaskLine], samples: Sequence[Mapping[str, Any]]) -> dict[int, float]:
    """The unbiased pass@k of the first round, in which every task is sampled alike, for k = 1, 2, 4 …"""
    first: dict[str, list[bool]] = {task.id: [] for task in tasks}
    for row in samples:
        if row["round"] == 0:
            first[row["task"]].append(bool(row["passed"]))
    most = min((len(one) for one in first.values()), default=0)
    found: dict[int, float] = {}
    k = 1
    while k <= most:
        found[k] = sum(pass_at(k, len(one), sum(one)) for one in first.values()) / len(first)
        k *= 2
    return found


def _mean_prompt(samples: Sequence[Mapping[str, Any]]) -> float:
    asked = [row for row in samples if row["model"]]
    if not asked:
        return 0.0
    prompts = (row["tokens_input"] + row["tokens_cache_read"] + row["tokens_cache_write"] for row in asked)
    return float(sum(prompts)) / len(asked)


def _tokens(row: Mapping[str, Any]) -> int:
    return int(row["tokens_input"] + row["tokens_output"] + row["tokens_cache_read"] + row["tokens_cache_write"])


def _cost(samples: Sequence[Mapping[str, Any]]) -> float | None:
    costs = [row["cost"] for row in samples]
    return None if any(one is None for one in costs) else float(sum(one or 0.0 for one in costs))


def _cost_by_model(samples: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in samples:
        found[row["model"] or row["proposer"] or "none"].append(row)
    return {name: _cost(members) for name, members in sorted(found.items())}
