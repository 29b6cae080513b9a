"""Connections to the database: SQLite in WAL mode with explicit transactions, PostgreSQL as it is."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from step_agents.experience.errors import ExperienceError
from step_agents.experience.location import VARIABLE, file_of, own_file
from step_agents.experience.schema import metadata

PATIENCE = 3.0
"""Seconds that a synthesis waits for a database that another program holds, or that does not answer: once before it
goes on without, and once more to keep what it found."""

WRITES = "steplang_writes"
"""The execution option of a connection whose transaction will write: it takes the write lock at once."""


def is_writable(url: URL) -> bool:
    """Whether the database's file, and its folder (for the write-ahead log), can be written."""
    if url.get_backend_name() != "sqlite":
        return True
    path = Path(str(url.database))
    if path.exists():
        return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    existing = next((one for one in path.parents if one.exists()), path)
    return os.access(existing, os.W_OK)


def make_engine(url: URL, *, wait: float = 15.0) -> Engine:
    """An engine for the database. ``wait`` (seconds) is how long it waits for other programs that hold it.

    Raises:
        ExperienceError: the driver is not installed; the file's folder is missing, or cannot be made.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, wait)
    try:
        engine = create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": max(1, int(wait))})
    except ModuleNotFoundError:
        raise ExperienceError(
            "EXPERIENCE-EXTRA-MISSING", "a PostgreSQL database needs an extra: pip install 'steplang[postgres]'"
        ) from None

    def bound_waits(connection: Any, _: object) -> None:
        connection.execute(f"SET lock_timeout = {max(1, int(1000 * wait))}")
        connection.commit()

    event.listen(engine, "connect", bound_waits)
    return engine


def _sqlite(url: URL, wait: float) -> Engine:
    path = Path(str(url.database))
    writable = is_writable(url)
    check_place(url)
    if not path.parent.is_dir():
        _make_folder(path)

    def connect() -> sqlite3.Connection:
        return _connect(path, wait, writable)

    # No pool: a program that waits holds no file open, so that a broken file can be set aside under it.
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


def check_place(url: URL) -> None:
    """Looks whether a file could be at the address, without making anything.

    Raises:
        ExperienceError: it is a folder, or in one that is missing: any address but the user's own file that names a
            missing folder is probably mistyped.
    """
    path = file_of(url)
    if path is None:
        return
    if path.is_dir():
        raise ExperienceError("EXPERIENCE-URL", f"{path} is a folder: name a file in it, such as {path}/experience.db")
    if not path.parent.is_dir() and path != own_file().absolute():
        raise ExperienceError(
            "EXPERIENCE-FOLDER",
            f"{path}: there is no folder {path.parent}: make it (mkdir -p {path.parent}), or correct the address "
            f"(${VARIABLE}, an option of the command, or the setting step.experience.url)",
        )


def _make_folder(path: Path) -> None:
    """Makes the folders of the user's own file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExperienceError(
            "EXPERIENCE-READONLY",
            f"{path}: the folder cannot be made ({error.strerror or error}): results are not remembered; name another "
            f"place with ${VARIABLE}",
        ) from None


def empty_engine() -> Engine:
    """A database in memory with empty tables: what there is to read where there is no file yet."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    return engine


def _connect(path: Path, wait: float, writable: bool) -> sqlite3.Connection:
    if writable:
        made = sqlite3.connect(path, timeout=wait, isolation_level=None, check_same_thread=False)
        try:
            # Writers and readers of several programs at once; a commit is on the disk before it is reported.
            made.execute("PRAGMA journal_mode=WAL")
            made.execute("PRAGMA synchronous=FULL")
        except BaseException:
            made.close()
            raise
        return made
    # A read-only folder cannot hold the index of a write-ahead log: then the file is taken as it is.
    for mode in ("mode=ro", "immutable=1"):
        made = sqlite3.connect(
            f"{path.absolute().as_uri()}?{mode}", timeout=wait, isolation_level=None, check_same_thread=False, uri=True
        )
        try:
            made.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            made.close()
            if mode == "immutable=1":
                raise
        else:
            return made
    raise AssertionError("unreachable: the last mode returns or raises")


def _begin(connection: Connection) -> None:
    options: dict[str, Any] = dict(connection.get_execution_options())
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) else "BEGIN")
