"""The journal of a run: every sample the moment it is answered, every verdict, every round. One SQLite file a run.

A sample is written before it is verified, so that a kill loses no answer that was paid for; a resumed run replays
the journal through the same algorithm and goes on where it ends.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic

from step_agents.campaign.errors import CampaignError
from step_agents.errors import ProposerError
from step_agents.loop.accounting import Round
from step_agents.loop.domain import A, Domain, Draw, Judged, Sample, T
from step_agents.usage import Usage

VERSION = 1
_TABLES = """
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
    PRIMARY KEY (task, round, idx));
CREATE TABLE IF NOT EXISTS mending (
    task TEXT NOT NULL, round INTEGER NOT NULL, idx INTEGER NOT NULL, text TEXT, answer TEXT NOT NULL,
    message TEXT NOT NULL, model TEXT, prompt_version TEXT, tokens_input INTEGER NOT NULL,
    tokens_output INTEGER NOT NULL, tokens_cache_read INTEGER NOT NULL, tokens_cache_write INTEGER NOT NULL, cost REAL,
    seconds REAL NOT NULL, answered TEXT NOT NULL,
    PRIMARY KEY (task, round, idx));
CREATE TABLE IF NOT EXISTS failure (
    task TEXT NOT NULL, round INTEGER NOT NULL, idx INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,
    tokens INTEGER NOT NULL, cost REAL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS round (
    number INTEGER PRIMARY KEY, stratum INTEGER NOT NULL, strata TEXT NOT NULL, demonstrations TEXT NOT NULL,
    solved TEXT NOT NULL, solved_total INTEGER NOT NULL, pass_at_1 REAL NOT NULL, counts TEXT NOT NULL,
    at TEXT NOT NULL);
"""


class Journal(Generic[T, A]):
    """The memory of a run. Not for several threads; several processes must not run the same run."""

    def __init__(self, path: Path, domain: Domain[T, A], tasks: Mapping[str, T]) -> None:
        self._domain, self._tasks = domain, tasks
        self._lock = _lock(path.with_name(path.name + ".lock"))
        self._db = connect(path)

    # the run

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Notes the settings; a run that is resumed must have the same.

        Raises:
            CampaignError: the run was begun with other settings, or by a newer version.
        """
        known = self.value("settings")
        if known is None:
            self.note("version", VERSION)
            self.note("settings", dict(settings))
            self.note("created", _now())
            return
        if int(self.value("version") or 0) > VERSION:
            raise CampaignError("CAMPAIGN-NEWER", "the run was begun by a newer version of steplang: upgrade it")
        differing = sorted(key for key in {*known, *settings} if known.get(key) != settings.get(key))
        if differing:
            was = ", ".join(f"{key}={known.get(key)!r}" for key in differing)
            raise CampaignError("CAMPAIGN-SETTINGS", f"the run was begun with other settings ({was}): begin a new one")

    def note(self, key: str, value: Any) -> None:
        """Keeps a value of the run."""
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO run VALUES (?, ?)", (key, json.dumps(value)))

    def value(self, key: str) -> Any:
        """A value of the run, or None."""
        row = self._db.execute("SELECT value FROM run WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def add_task(self, id: str, group: str, path: str, operator: str, validation: bool) -> None:
        """Notes a task of the run."""
        with self._db:
            row = (id, group, path, operator, int(validation))
            self._db.execute("INSERT OR REPLACE INTO task VALUES (?, ?, ?, ?, ?)", row)

    def spent(self) -> tuple[int, Usage]:
        """How many samples were answered, and what they and the failures cost."""
        query = (
            "SELECT count(*), sum(tokens_input), sum(tokens_output), sum(tokens_cache_read), sum(tokens_cache_write), "
            "sum(cost), sum(cost IS NULL) FROM sample"
        )
        count, into, out, read, written, cost, unknown = self._db.execute(query).fetchone()
        lost, lost_cost = self._db.execute("SELECT sum(tokens), sum(cost) FROM failure").fetchone()
        money = None if unknown else (cost or 0.0) + (lost_cost or 0.0)
        return count, Usage((into or 0) + (lost or 0), out or 0, read or 0, written or 0, money)

    def close(self) -> None:
        """Closes the file; the run can be resumed then, from elsewhere too."""
        self._db.close()
        self._lock.close()

    # the loop's memory

    def recall(self, task: str, draw: Draw) -> tuple[Sample, Judged[A] | None] | None:
        """A sample that was answered before, with its verdict if there is one."""
        query = "SELECT * FROM sample WHERE task = ? AND round = ? AND idx = ?"
        row = self._db.execute(query, (task, draw.round, draw.index)).fetchone()
        if row is None:
            return None
        usage = Usage(row["tokens_input"], row["tokens_output"], row["tokens_cache_read"], row["tokens_cache_write"],
                      row["cost"])  # fmt: skip
        sample = Sample(row["text"], usage, row["seconds"], row["candidates"], row["message"], row["proposer"],
                        row["model"], row["prompt_version"], row["answer"])  # fmt: skip
        if row["passed"] is None:
            return sample, None
        answer = self._domain.load(self._tasks[task], json.loads(row["body"])) if row["passed"] else None
        details = json.loads(row["details"]) if row["details"] else None
        judged: Judged[A] = Judged(
            bool(row["passed"]), answer, row["verdict"], bool(row["mended"]), bool(row["corrupted"]), details
        )
        return sample, judged

    def complete(self, round: int) -> bool:
        """Whether a round was finished."""
        return self._db.execute("SELECT 1 FROM round WHERE number = ?", (round,)).fetchone() is not None

    def sampled(self, task: str, draw: Draw, sample: Sample) -> None:
        """Keeps an answer; it is on the disk when this returns."""
        use = sample.usage
        row = (task, draw.round, draw.index, draw.seed, draw.temperature, sample.text, sample.answer, sample.message,
               sample.proposer, sample.model, sample.prompt_version, use.input, use.output, use.cache_read,
               use.cache_write, use.cost, sample.seconds, sample.candidates, _now())  # fmt: skip
        columns = ("task, round, idx, seed, temperature, text, answer, message, proposer, model, prompt_version, "
                   "tokens_input, tokens_output, tokens_cache_read, tokens_cache_write, cost, seconds, candidates, "
                   "answered")  # fmt: skip
        with self._db:
            self._db.execute(f"INSERT INTO sample ({columns}) VALUES ({', '.join('?' * len(row))})", row)

    def mending(self, task: str, draw: Draw) -> Sample | None:
        """What the guardian's model answered before; what it cost is in the sample already."""
        query = "SELECT * FROM mending WHERE task = ? AND round = ? AND idx = ?"
        row = self._db.execute(query, (task, draw.round, draw.index)).fetchone()
        if row is None:
            return None
        return Sample(row["text"], message=row["message"], model=row["model"], prompt_version=row["prompt_version"],
                      answer=row["answer"])  # fmt: skip

    def mended(self, task: str, draw: Draw, mended: Sample) -> None:
        """Keeps what the guardian's model answered, and adds what it cost to the sample, at once."""
        use = mended.usage
        spent = (use.input, use.output, use.cache_read, use.cache_write, use.cost, mended.seconds)
        place = (task, draw.round, draw.index)
        row = (*place, mended.text, mended.answer, mended.message, mended.model, mended.prompt_version, *spent, _now())
        change = ("tokens_input = tokens_input + ?, tokens_output = tokens_output + ?, tokens_cache_read = "
                  "tokens_cache_read + ?, tokens_cache_write = tokens_cache_write + ?, cost = cost + ?, "
                  "seconds = seconds + ?")  # fmt: skip
        with self._db:
            self._db.execute(f"INSERT INTO mending VALUES ({', '.join('?' * len(row))})", row)
            self._db.execute(f"UPDATE sample SET {change} WHERE task = ? AND round = ? AND idx = ?", (*spent, *place))

    def judged(self, task: str, draw: Draw, judged: Judged[A]) -> None:
        """Keeps a verdict."""
        body = json.dumps(self._domain.dump(judged.answer)) if judged.answer is not None else None
        row = (int(judged.passed), int(judged.mended), int(judged.corrupted), judged.message, body,
               json.dumps(judged.details), task, draw.round, draw.index)  # fmt: skip
        change = "passed = ?, mended = ?, corrupted = ?, verdict = ?, body = ?, details = ?"
        with self._db:
            self._db.execute(f"UPDATE sample SET {change} WHERE task = ? AND round = ? AND idx = ?", row)

    def failed(self, task: str, draw: Draw, error: ProposerError) -> None:
        """Notes that there was no answer, and what it cost all the same."""
        row = (task, draw.round, draw.index, error.code, error.message, error.usage.total, error.usage.cost, _now())
        with self._db:
            self._db.execute("INSERT INTO failure VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def finished(self, round: Round) -> None:
        """Notes that a round is complete."""
        counts = {
            name: [one.samples, one.passes, one.errors, one.mended, one.corrupted, one.usage.total, one.usage.cost,
                   one.seconds, one.candidates]
            for name, one in round.counts.items()
        }  # fmt: skip
        row = (round.number, round.stratum, json.dumps(round.strata), json.dumps(round.demonstrations),
               json.dumps(round.solved), round.solved_total, round.pass_at_1, json.dumps(counts), _now())  # fmt: skip
        with self._db:
            self._db.execute("INSERT OR IGNORE INTO round VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


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
        made.executescript(_TABLES)
    except (OSError, sqlite3.Error) as error:
        raise CampaignError("CAMPAIGN-JOURNAL", f"the journal {path} cannot be used: {error}") from None
    return made


def _lock(path: Path) -> sqlite3.Connection:
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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
