"""Where the experience is: a file in the user's data directory, or a database by its address."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_data_path
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from step_agents.experience.errors import ExperienceError

VARIABLE = "STEPLANG_EXPERIENCE"
"""The environment variable that names another database."""


def default_url(environment: Mapping[str, str] | None = None) -> str:
    """The address used where none is given: ``$STEPLANG_EXPERIENCE``, or a SQLite file in the user's data directory."""
    given = (os.environ if environment is None else environment).get(VARIABLE)
    return given or str(own_file())


def own_file() -> Path:
    """The file in the user's data directory: the only one whose folders are made where they are missing."""
    return user_data_path("steplang") / "experience.db"


def file_of(url: URL) -> Path | None:
    """The file of a SQLite database; None for a server's."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def resolve_url(address: str | None) -> URL:
    """The address as SQLAlchemy takes it: a path is a SQLite file, ``postgresql://…`` a shared server.

    Raises:
        ExperienceError: the address is none, or of a database that is not supported.
    """
    text = address or default_url()
    if "://" not in text:
        return URL.create("sqlite", database=str(Path(text).expanduser().absolute()))
    try:
        url = make_url(text)
    except ArgumentError:
        raise ExperienceError("EXPERIENCE-URL", f"not a database's address: {_hidden(text)}") from None
    match url.get_backend_name():
        case "sqlite" if url.database and url.database != ":memory:":
            return url.set(database=str(Path(url.database).expanduser().absolute()))
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise ExperienceError(
                "EXPERIENCE-URL", f"experience is kept in sqlite:///FILE or postgresql://…; got {other}://…"
            )


def shown(url: URL) -> str:
    """The address for messages: a file's path, or the URL without its password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.render_as_string(hide_password=True)


def _hidden(text: str) -> str:
    return text.split("://", 1)[0] + "://…"
