"""A broken database file: moved out of the way, never deleted, and read as far as it can be."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from step_agents.experience.errors import ExperienceError
from step_agents.experience.record import Experience
from step_agents.experience.rows import from_row

_JSON = ("task", "fixes")


def set_aside(path: Path, identity: tuple[int, int] | None) -> Path | None:
    """Renames a broken file (and its log) and returns its new name; None if another program was quicker.

    ``identity`` is the device and inode of the file that was found broken, where known.

    Raises:
        OSError: it cannot be renamed.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    if identity is not None and identity != (found.st_dev, found.st_ino):
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    aside = path.with_name(f"{path.name}.broken-{stamp}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + suffix))
    return aside


def salvage(aside: Path) -> Iterator[Experience]:
    """What can still be read of a broken file: from its beginning, then from its end."""
    seen: set[str] = set()
    for order in ("ASC", "DESC"):
        try:
            with closing(sqlite3.connect(f"{aside.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                connection.row_factory = sqlite3.Row
                cursor = connection.execute(f"SELECT * FROM experience ORDER BY rowid {order}")
                for row in cursor:
                    one = _read(dict(row))
                    if one is not None and one.id not in seen:
                        seen.add(one.id)
                        yield one
        except sqlite3.Error:
            continue


def _read(row: dict[str, Any]) -> Experience | None:
    try:
        return from_row({key: json.loads(value) if key in _JSON else value for key, value in row.items()})
    except (ValueError, TypeError, ExperienceError):
        return None
