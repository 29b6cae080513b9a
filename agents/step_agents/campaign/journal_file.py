"""The file of a run's journal: its tables, who holds it, and reading it for reports."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from step_agents.campaign.errors import CampaignError

JOURNAL = "journal.db"
"""Its name in the folder of a run."""

VERSION = 2
TABLES = """
CREATE TABLE IF NOT EXISTS run (
    key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS task (
    id TEXT PRIMARY KEY, task_group TEXT NOT NULL, path TEXT NOT NULL, operator TEXT NOT NULL,
    validation INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sample (
    task TEXT NOT NULL, round INTEGER NOT NULL, idx INTEGER NOT NULL, seed INTEGER NOT NULL, temperature REAL,
    text TEXT, answer TEXT NOT NULL, message TEXT NOT NULL, proposer TEXT NOT NULL, model TEXT, prompt_version TEXT,
    tokens_input INTEGER NOT NULL, tokens_output INTEGER NOT NULL, tokens_cache_read INTEGER NOT NULL,
    tokens_cache_write INTEGER NOT NULL, cost REAL, seconds REAL NOT NULL, candidates INTEGER NOT NULL,
    answered TEXT NOT NULL, passed INTEGER, mended INTEGER, corrupted INTEGER, verdict TEXT, body TEXT, details TEXT,
    length INTEGER, chosen INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (task, round, idx));
CREATE TABLE IF NOT EXISTS request (
    task TEXT NOT NULL, round INTEGER NOT NULL, idx INTEGER NOT NULL, number INTEGER NOT NULL, role TEXT NOT NULL,
    text TEXT, answer TEXT NOT NULL, message TEXT NOT NULL, model TEXT, prompt_version TEXT,
    tokens_input INTEGER NOT NULL, tokens_output INTEGER NOT NULL, tokens_cache_read INTEGER NOT NULL,
    tokens_cache_write INTEGER NOT NULL, cost REAL, seconds REAL NOT NULL, answered TEXT NOT NULL,
    PRIMARY KEY (task, round, idx, role, number));
CREATE TABLE IF NOT EXISTS failure (
    task TEXT NOT NULL, round INTEGER NOT NULL, idx INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,
    tokens_input INTEGER NOT NULL, tokens_output INTEGER NOT NULL, tokens_cache_read INTEGER NOT NULL,
    tokens_cache_write INTEGER NOT NULL, cost REAL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS round (
    number INTEGER PRIMARY KEY, stratum INTEGER NOT NULL, strata TEXT NOT NULL, demonstrations TEXT NOT NULL,
    solved TEXT NOT NULL, solved_total INTEGER NOT NULL, pass_at_1 REAL NOT NULL, counts TEXT NOT NULL,
    at TEXT NOT NULL);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Opens a journal, or makes it.

    Raises:
        CampaignError: the file cannot be opened or written, or is no journal.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        made = sqlite3.connect(path, timeout=30.0)
        made.row_factory = sqlite3.Row
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("PRAGMA synchronous=FULL")
        made.executescript(TABLES)
    except (OSError, sqlite3.Error) as error:
        raise CampaignError("CAMPAIGN-JOURNAL", f"the journal {path} cannot be used: {error}") from None
    return made


def settings_of(path: Path) -> dict[str, Any]:
    """The settings that a run was begun with; empty for one that was not.

    Raises:
        CampaignError: the run is of another version of the tool.
    """
    known = {row["key"]: json.loads(row["value"]) for row in rows(path, "SELECT key, value FROM run")}
    check_version(known, path)
    return dict(known.get("settings") or {})


def run_folder(run: str | Path, out: Path | None = None) -> Path:
    """The folder of a run: its path, or its name under ``out`` (the user's runs by default)."""
    return Path(run) if Path(run, JOURNAL).exists() else (out or user_data_path("steplang") / "runs") / str(run)


def kept_budget(path: Path) -> dict[str, float | None]:
    """The limits that a run had when it was last begun or resumed; none for a run that has none."""
    known = rows(path, "SELECT value FROM run WHERE key = 'budget'")
    return dict(json.loads(known[0]["value"])) if known else {}


def check_version(known: dict[str, Any], path: Path) -> None:
    """Refuses the journal of another version; ``known`` are the values of its table ``run``.

    Raises:
        CampaignError: it is one.
    """
    version = int(known.get("version") or 0) if "settings" in known else VERSION
    if version > VERSION:
        raise CampaignError("CAMPAIGN-NEWER", f"{path.parent} was begun by a newer version of steplang: upgrade it")
    if version < VERSION:
        raise CampaignError(
            "CAMPAIGN-OLDER", f"{path.parent} was begun by an earlier version of steplang: begin a new run"
        )


def lock(path: Path) -> sqlite3.Connection:
    """Holds the run: a second program that resumes it is refused. A kill releases it.

    Raises:
        CampaignError: another program runs it, or the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = sqlite3.connect(path, timeout=0.0, isolation_level=None)
        held.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise CampaignError(
                "CAMPAIGN-RUNNING", f"the run {path.parent.name} is running in another program"
            ) from None
        raise CampaignError("CAMPAIGN-JOURNAL", f"{path} cannot be used: {error}") from None
    except OSError as error:
        raise CampaignError("CAMPAIGN-JOURNAL", f"{path.parent} cannot be made: {error}") from None
    return held


def rows(path: Path, query: str) -> list[dict[str, Any]]:
    """The rows of a query over a journal, for reports.

    Raises:
        CampaignError: there is no such journal.
    """
    if not path.exists():
        raise CampaignError("CAMPAIGN-RUN", f"there is no run at {path.parent}")
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(query)]
