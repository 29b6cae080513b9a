"""A run's journal as numbers: per task, per group, per round, per role."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from step_agents.campaign.errors import CampaignError
from step_agents.campaign.journal_file import JOURNAL, check_version, rows, run_folder
from step_agents.loop.accounting import pass_at
from step_agents.loop.strata import stratify
from step_agents.report.lines import GroupLine, RoundLine, RunReport, TaskLine
from step_agents.report.maintainability import maintainability
from step_agents.report.spending import Row, Rows, cost, measured, roles, tokens, usage


def collect(run: str | Path, out: Path | None = None) -> RunReport:
    """Reads a run: its name under ``out`` (the user's runs by default), or its directory.

    Raises:
        CampaignError: there is no such run, or it is of another version.
    """
    directory = run_folder(run, out)
    journal = directory / JOURNAL
    if not journal.exists():
        raise CampaignError("CAMPAIGN-RUN", f"there is no run {run}: {journal} does not exist")
    values = {row["key"]: json.loads(row["value"]) for row in rows(journal, "SELECT key, value FROM run")}
    check_version(values, journal)
    samples = rows(journal, "SELECT * FROM sample ORDER BY round, idx, task")
    requests = rows(journal, "SELECT * FROM request ORDER BY round, idx, task, number")
    failures = rows(journal, "SELECT * FROM failure")
    # What was paid: samples, tries without an answer, and turns of a sample that a kill interrupted.
    whole = {(row["task"], row["round"], row["idx"]) for row in samples}
    turns = [row for row in requests if (row["task"], row["round"], row["idx"]) not in whole]
    paid = [*samples, *failures, *turns]
    tasks = _tasks(rows(journal, "SELECT * FROM task ORDER BY id"), samples, paid)
    settings = values.get("settings") or {}
    outcome = values.get("outcome") or {"reason": "unfinished", "message": "the run was interrupted: resume it"}
    bodies = [task.body for task in tasks if task.body]
    last = _last_rates(samples)
    return RunReport(
        directory.name,
        settings,
        values.get("created") or "",
        float(values.get("seconds") or 0.0),
        outcome["reason"],
        outcome["message"],
        tasks,
        _groups(tasks, last),
        _rounds(rows(journal, "SELECT * FROM round ORDER BY number"), samples, paid, len(tasks)),
        _strata(tasks, int(settings.get("granularity") or 3)),
        usage(paid),
        cost(paid),
        roles(requests, paid),
        _guardian(samples, requests),
        _failures(failures),
        _pass_at_1(tasks, last),
        _pass_at(tasks, samples),
        measured(requests, values.get("prompts") or ()),
        maintainability(bodies) if bodies else None,
    )


def _tasks(tasks: Rows, samples: Rows, paid: Rows) -> tuple[TaskLine, ...]:
    drawn, spent = _by_task(samples), _by_task(paid)
    return tuple(_task(task, drawn[task["id"]], spent[task["id"]]) for task in tasks)


def _by_task(found: Rows) -> Mapping[str, list[Row]]:
    by_task: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        by_task[row["task"]].append(row)
    return by_task


def _task(task: Row, samples: Rows, paid: Rows) -> TaskLine:
    passing = [row for row in samples if row["passed"]]
    solved_in = min((row["round"] for row in passing), default=None)
    rate: float | None = None
    body: str | None = None
    length: int | None = None
    if solved_in is not None:
        drawn = [row for row in samples if row["round"] == solved_in]
        rate = sum(bool(row["passed"]) for row in drawn) / len(drawn)
        # The one that σ chose; in a round that is not complete, the first.
        chosen = next((row for row in drawn if row["chosen"]), next(row for row in drawn if row["passed"]))
        body, length = json.loads(chosen["body"])["body"], chosen["length"]
    messages: dict[str, int] = defaultdict(int)
    for row in samples:
        if row["passed"] == 0:
            messages[str(row["verdict"] or row["message"])[:160]] += 1
    return TaskLine(
        task["id"],
        task["task_group"],
        task["operator"],
        bool(task["validation"]),
        bool(passing),
        solved_in,
        len(samples),
        len(passing),
        rate,
        sum(map(tokens, paid)),
        cost(paid),
        sum(row["seconds"] for row in samples),
        sum(row["candidates"] for row in samples),
        length,
        body,
        sum(bool(row["mended"]) and bool(row["passed"]) for row in samples),
        sum(bool(row["corrupted"]) for row in samples),
        tuple(sorted(messages.items(), key=lambda one: -one[1])[:3]),
    )


def _groups(tasks: Sequence[TaskLine], last: Mapping[str, float]) -> tuple[GroupLine, ...]:
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
            _pass_at_1(members, last),
            sum(one.tokens for one in members),
        )
        for group, members in sorted(found.items())
    )


def _rounds(rounds: Rows, samples: Rows, paid: Rows, tasks: int) -> tuple[RoundLine, ...]:
    found: list[RoundLine] = []
    for row in rounds:
        until = [one for one in paid if one["round"] <= row["number"]]
        here = [one for one in samples if one["round"] == row["number"]]
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
                sum(map(tokens, until)),
                cost(until),
            )
        )
    return tuple(found)


def _strata(tasks: Sequence[TaskLine], granularity: int) -> tuple[tuple[str, ...], ...]:
    solved = [task for task in tasks if task.rate is not None and not task.validation]
    return tuple(tuple(one.id for one in bin) for bin in stratify(solved, granularity, key=lambda one: one.rate or 0.0))


def _guardian(samples: Rows, requests: Rows) -> dict[str, int]:
    """What was judged, mended and corrupted; how often a model was shown what no rule mends, and its tokens."""
    judged = [row for row in samples if row["passed"] is not None]
    asked = [row for row in requests if row["role"] == "guardian"]
    return {
        "judged": len(judged),
        "mended": sum(bool(row["mended"]) and bool(row["passed"]) for row in judged),
        "corrupted": sum(bool(row["corrupted"]) for row in judged),
        "asked": len(asked),
        "asked_tokens": sum(map(tokens, asked)),
    }


def _failures(failures: Rows) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = defaultdict(int)
    for row in failures:
        found[row["code"]] += 1
    return tuple(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _pass_at_1(tasks: Sequence[TaskLine], last: Mapping[str, float]) -> float:
    """The mean success rate of one sample; a task that nobody sampled has passed none."""
    return sum(last.get(task.id, 0.0) for task in tasks) / len(tasks) if tasks else 0.0


def _last_rates(samples: Rows) -> dict[str, float]:
    """The success rate of each task in the last round that it was sampled in."""
    last: dict[str, list[Row]] = {}
    for row in samples:  # in the order of rounds
        known = last.get(row["task"])
        if known is None or known[0]["round"] != row["round"]:
            last[row["task"]] = [row]
        else:
            known.append(row)
    return {task: sum(bool(row["passed"]) for row in drawn) / len(drawn) for task, drawn in last.items()}


def _pass_at(tasks: Sequence[TaskLine], samples: Rows) -> dict[int, float]:
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
