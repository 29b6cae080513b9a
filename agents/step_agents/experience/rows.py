"""Experiences as rows of the database, and as the objects of JSON Lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from sys import float_info
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Integer, String

from step_agents.experience.errors import ExperienceError
from step_agents.experience.record import Experience
from step_agents.experience.schema import experiences as table
from step_agents.task import Task, TaskError
from step_agents.usage import Usage

_SMALL, _LARGE = 2**31 - 1, 2**63 - 1
"""What a column of whole numbers holds, in PostgreSQL and in SQLite."""


def to_row(one: Experience) -> dict[str, Any]:
    """The row of an experience."""
    return {
        "id": one.id,
        "task_hash": one.task_hash,
        "graph_hash": one.graph_hash,
        "operator": one.task.operator,
        "task_group": one.group,
        "task": one.task.to_json(),
        "module": one.module,
        "body": one.body,
        "length": one.length,
        "passes": one.passes,
        "samples": one.samples,
        "proposer": one.proposer,
        "model": one.model,
        "prompt_version": one.prompt_version,
        "tokens_input": one.usage.input,
        "tokens_output": one.usage.output,
        "tokens_cache_read": one.usage.cache_read,
        "tokens_cache_write": one.usage.cache_write,
        "cost": one.usage.cost,
        "seconds": one.seconds,
        "candidates": one.candidates,
        "fixes": list(one.fixes),
        "source": one.source,
        "created": one.created,
        "tool_version": one.tool_version,
        "accepted": one.accepted,
        "valid": one.valid,
        "invalid_reason": one.invalid_reason,
    }


def from_row(row: Mapping[str, Any]) -> Experience:
    """The experience of a row, or of an object of JSON Lines.

    Raises:
        ExperienceError: a value is missing or of a wrong type.
    """
    try:
        return Experience(
            task=Task.from_json(row["task"]),
            task_hash=_text(row, "task_hash"),
            body=_text(row, "body"),
            graph_hash=_text(row, "graph_hash"),
            module=_text(row, "module"),
            length=int(row["length"]),
            passes=int(row["passes"]),
            samples=int(row["samples"]),
            proposer=_text(row, "proposer"),
            group=str(row.get("task_group") or ""),
            model=row.get("model"),
            prompt_version=row.get("prompt_version"),
            usage=Usage(
                int(row.get("tokens_input") or 0),
                int(row.get("tokens_output") or 0),
                int(row.get("tokens_cache_read") or 0),
                int(row.get("tokens_cache_write") or 0),
                None if row.get("cost") is None else float(row["cost"]),
            ),
            seconds=float(row.get("seconds") or 0.0),
            candidates=int(row.get("candidates") or 0),
            fixes=tuple(dict(fix) for fix in row.get("fixes") or ()),
            source=str(row.get("source") or ""),
            created=_text(row, "created"),
            tool_version=str(row.get("tool_version") or ""),
            accepted=row.get("accepted"),
            valid=bool(row.get("valid", True)),
            invalid_reason=row.get("invalid_reason"),
        )
    except (KeyError, TypeError, ValueError, OverflowError, TaskError) as error:
        what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise ExperienceError("EXPERIENCE-FORMAT", f"not an experience: {what}") from None


def check(one: Experience) -> None:
    """Looks whether an experience from elsewhere can be one, and whether every kind of database can hold it.

    Raises:
        ExperienceError: a number is out of its bounds, a text cannot be kept, the moment is none.
    """
    try:
        row = to_row(one)
    except UnicodeEncodeError:  # half of a character in what its number is made of
        raise ExperienceError("EXPERIENCE-FORMAT", "not an experience: a hash has a text that cannot be kept") from None
    told = next(filter(None, (_unfit(table.c[name].type, value, name) for name, value in row.items())), None)
    if told is None and one.passes > one.samples:
        told = f"{one.passes} of {one.samples} samples passed"
    try:
        datetime.fromisoformat(one.created)
    except ValueError:
        told = told or f"created is {one.created!r}"
    if told is not None:
        raise ExperienceError("EXPERIENCE-FORMAT", f"not an experience: {told}")


def _unfit(kind: Any, value: Any, name: str) -> str | None:
    """What is wrong with the value of a column."""
    if isinstance(kind, JSON) or value is None:
        return None
    if isinstance(kind, Boolean):
        return None if isinstance(value, bool) else f"{name} is {value!r}"
    if isinstance(kind, String):
        if not isinstance(value, str):
            return f"{name} is not a text"
        kept = "\0" not in value and value == value.encode("utf-8", "replace").decode("utf-8")
        return None if kept and len(value) <= (kind.length or len(value)) else f"{name} has a text that cannot be kept"
    most = _LARGE if isinstance(kind, BigInteger) else _SMALL if isinstance(kind, Integer) else float_info.max
    return None if 0 <= value <= most else f"{name} is {value:g}"


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is not a text")
    return value
