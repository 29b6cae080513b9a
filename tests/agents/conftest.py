"""Where experience is kept: a file, or a real PostgreSQL server, started here on a socket of its own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.debian import install


def postgres_programs() -> Path:
    """The folder of PostgreSQL's programs; Debian's package is installed where there is none.

    A test that needs a server fails without one: it is never passed over.
    """
    install("postgresql")
    found = _find()
    if found is None:
        pytest.fail("these tests need PostgreSQL's programs (initdb, postgres): apt-get install postgresql")
    return found


def _find() -> Path | None:
    for folder in [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *map(Path, os.get_exec_path())]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a database on a fresh server, without the name of the database."""
    programs = postgres_programs()
    root = os.geteuid() == 0
    user = "postgres" if root else None  # the server refuses to run as root
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        place = Path(folder)
        place.chmod(0o777)
        data = place / "data"
        run = {"check": True, "capture_output": True, "user": user, "cwd": folder}
        subprocess.run([programs / "initdb", "-D", data, "-A", "trust", "-U", "tester", "--no-sync"], **run)  # type: ignore[call-overload]
        options = f"-k {place} -c listen_addresses='' -c fsync=off"
        start = [programs / "pg_ctl", "-D", data, "-o", options, "-w", "-l", place / "log", "start"]
        subprocess.run(start, **run)  # type: ignore[call-overload]
        try:
            yield f"postgresql://tester@/{{}}?host={place}"
        finally:
            stop = [programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"]
            subprocess.run(stop, **run)  # type: ignore[call-overload]


@pytest.fixture
def database(postgres: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database."""
    import psycopg

    name = f"test_{abs(hash(request.node.nodeid))}"
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield postgres.format(name)
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where an experience database may be made, in a folder of its own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder / "experience.db"
