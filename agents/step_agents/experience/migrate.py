"""Bringing a database to the tables of this version. Each step is one function; several programs may try at once.

Everything happens in one transaction that holds the write lock, so a kill leaves either the old or the new tables.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, inspect, select, text

from step_agents.experience.errors import ExperienceError
from step_agents.experience.rehash import rehashed
from step_agents.experience.rows import from_row
from step_agents.experience.schema import SCHEMA, experiences, meta, metadata

_LOCK = 0x57E9
"""The advisory lock under which tables are made and changed."""


def is_current(connection: Connection) -> bool:
    """Whether the tables are there and those of this version: then there is nothing to prepare, and no lock to take."""
    return _version(connection) == SCHEMA


def prepare(connection: Connection, where: str, *, writable: bool = True) -> None:
    """Makes the tables if there are none, and migrates older ones.

    Raises:
        ExperienceError: the tables are of a newer version of the tool, or older and not writable.
    """
    if connection.dialect.name == "postgresql" and writable:
        # SQLite's write lock is held already; here one is taken until the transaction ends.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    version = _version(connection)
    if version is None:
        if not writable:
            raise ExperienceError("EXPERIENCE-READONLY", f"{where} holds no experience and cannot be written")
        metadata.create_all(connection)
        connection.execute(meta.insert().values(key="schema", value=str(SCHEMA)))
        return
    if version > SCHEMA:
        raise ExperienceError(
            "EXPERIENCE-NEWER",
            f"{where} was written by a newer version of steplang (its tables have version {version}, this one knows "
            f"{SCHEMA}): upgrade steplang, or choose another database with the setting step.experience.url",
        )
    if version == SCHEMA:
        return
    if not writable:
        raise ExperienceError("EXPERIENCE-READONLY", f"{where} has older tables and cannot be written to migrate them")
    for number in range(version, SCHEMA):
        _STEPS[number](connection)
    connection.execute(meta.update().where(meta.c.key == "schema").values(value=str(SCHEMA)))


def _version(connection: Connection) -> int | None:
    tables = inspect(connection)
    if not tables.has_table(meta.name):
        return None
    value = connection.execute(select(meta.c.value).where(meta.c.key == "schema")).scalar()
    return int(value) if value else None


def _from_1_to_2(connection: Connection) -> None:
    """Version 1 knew no prompts' versions, and deleted what did not hold any more."""
    connection.execute(text("ALTER TABLE experience ADD COLUMN prompt_version VARCHAR(40)"))
    connection.execute(text("ALTER TABLE experience ADD COLUMN invalid_reason TEXT"))


def _from_2_to_3(connection: Connection) -> None:
    """Version 2 hashed tasks otherwise, and a server cut names at 200 characters by refusing them."""
    if connection.dialect.name == "postgresql":
        for column in ("operator", "task_group", "model", "source"):
            connection.execute(text(f"ALTER TABLE experience ALTER COLUMN {column} TYPE TEXT"))
    for row in connection.execute(select(experiences)).mappings().all():
        try:
            one = rehashed(from_row(dict(row)))
        except ExperienceError:
            continue  # it is left out wherever it is read
        taken = connection.execute(select(experiences.c.id).where(experiences.c.id == one.id)).first()
        if one.id == row["id"] or taken is not None:
            continue
        change = {"id": one.id, "task_hash": one.task_hash, "graph_hash": one.graph_hash}
        connection.execute(experiences.update().where(experiences.c.id == row["id"]).values(change))


_STEPS: dict[int, Callable[[Connection], None]] = {1: _from_1_to_2, 2: _from_2_to_3}
