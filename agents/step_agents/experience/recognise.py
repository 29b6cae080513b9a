"""Whether a file is an experience database: nobody's other file may be changed or moved because an address names it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from step_agents.experience.errors import ExperienceError
from step_agents.experience.location import VARIABLE, own_file
from step_agents.experience.schema import meta

HEADER = b"SQLite format 3\x00"
"""How every SQLite file begins (https://www.sqlite.org/fileformat2.html, 1.3)."""


def is_blank(path: Path) -> bool:
    """Whether a file holds nothing at all, not even in a write-ahead log."""
    return path.is_file() and path.stat().st_size == 0 and not path.with_name(f"{path.name}-wal").exists()


def check_file(path: Path) -> None:
    """Looks whether a file may be used, and set aside if it is broken, without changing anything.

    That is: there is none, it is empty, it is the user's own file, or it begins as SQLite's do and its tables are not
    another program's (a broken file whose tables cannot be read is taken to be ours).

    Raises:
        ExperienceError: it is somebody's other file.
    """
    if path == own_file().absolute() or not path.exists() or is_blank(path):
        return
    try:
        with path.open("rb") as file:
            begins = file.read(len(HEADER))
    except OSError:
        return  # what cannot be read is told where it is opened
    if begins != HEADER:
        raise _other(path, "it does not begin as SQLite files do")
    if _has_other_tables(path):
        raise _other(path, "its tables are another program's")


def _other(path: Path, why: str) -> ExperienceError:
    return ExperienceError(
        "EXPERIENCE-OTHER",
        f"{path} is no experience database ({why}), and was left as it is: correct the address (${VARIABLE}, an option "
        "of the command, or the setting step.experience.url)",
    )


def _has_other_tables(path: Path) -> bool:
    # Immutable: no log is made beside a file that is another program's. Tables that are only in our own log are missed,
    # which is no harm: a file without tables is not another program's.
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as connection:
            names = {str(name) for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error:
        return False
    return bool(names) and meta.name not in names
