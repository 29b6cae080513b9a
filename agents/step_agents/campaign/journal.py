"""The journal of a run: every sample the moment it is answered, every verdict, every round. One SQLite file a run.

A sample is written before it is verified, so that a kill loses no answer that was paid for; a resumed run replays
the journal through the same algorithm and goes on where it ends.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic

from step_agents.campaign.errors import CampaignError
from step_agents.campaign.journal_file import VERSION, check_version, connect, lock
from step_agents.errors import ProposerError
from step_agents.loop.accounting import Round
from step_agents.loop.domain import A, Domain, Draw, Judged, Sample, T
from step_agents.usage import Usage


class Journal(Generic[T, A]):
    """The memory of a run. Not for several threads; several processes must not run the same run."""

    def __init__(self, path: Path, domain: Domain[T, A], tasks: Mapping[str, T]) -> None:
        self._domain, self._tasks, self._path = domain, tasks, path
        self._lock = lock(path.with_name(path.name + ".lock"))
        self._db = connect(path)

    # the run

    def begin(self, settings: Mapping[str, Any], tasks: Mapping[str, str]) -> None:
        """Notes the settings, and what each task is (a digest); a run that is resumed must have the same.

        Raises:
            CampaignError: the run was begun with other settings or tasks, or by another version.
        """
        known = self.value("settings")
        if known is None:
            self.note("version", VERSION)
            self.note("settings", dict(settings))
            self.note("tasks", dict(tasks))
            self.note("created", _now())
            return
        check_version({"settings": known, "version": self.value("version")}, self._path)
        differing = sorted(key for key in {*known, *settings} if known.get(key) != settings.get(key))
        if differing:
            was = ", ".join(f"{key}={known.get(key)!r}" for key in differing)
            raise CampaignError("CAMPAIGN-SETTINGS", f"the run was begun with other settings ({was}): begin a new one")
        before = self.value("tasks")
        changed = sorted(name for name in {*before, *tasks} if before.get(name) != tasks.get(name))
        if changed:
            told = f"since the run was begun, these tasks have changed: {', '.join(changed)}"
            raise CampaignError("CAMPAIGN-TASKS", f"{told}; their answers do not fit any more: begin a new run")

    def note(self, key: str, value: Any) -> None:
        """Keeps a value of the run."""
        with self._writing():
            self._db.execute("INSERT OR REPLACE INTO run VALUES (?, ?)", (key, json.dumps(value)))

    def value(self, key: str) -> Any:
        """A value of the run, or None."""
        row = self._db.execute("SELECT value FROM run WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def add_task(self, id: str, group: str, path: str, operator: str, validation: bool) -> None:
        """Notes a task of the run."""
        with self._writing():
            row = (id, group, path, operator, int(validation))
            self._db.execute("INSERT OR REPLACE INTO task VALUES (?, ?, ?, ?, ?)", row)

    def spent(self) -> tuple[int, Usage]:
        """How many samples were answered, and what was paid: for them, for tries without an answer, and for turns of
        samples that a kill has interrupted."""
        count = int(self._db.execute("SELECT count(*) FROM sample").fetchone()[0])
        turns = (
            "request AS r WHERE NOT EXISTS (SELECT 1 FROM sample WHERE (task, round, idx) = (r.task, r.round, r.idx))"
        )
        return count, sum((self._sum(one) for one in ("sample", "failure", turns)), Usage())

    def _sum(self, rows: str, values: tuple[Any, ...] = ()) -> Usage:
        row = self._db.execute(
            "SELECT sum(tokens_input), sum(tokens_output), sum(tokens_cache_read), sum(tokens_cache_write), sum(cost), "
            f"sum(cost IS NULL) FROM {rows}", values).fetchone()  # fmt: skip
        into, out, read, written = (int(one or 0) for one in row[:4])
        return Usage(into, out, read, written, None if row[5] else float(row[4] or 0.0))

    def close(self) -> None:
        """Closes the file; the run can be resumed then, from elsewhere too."""
        self._db.close()
        self._lock.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction: what is in it is on the disk when it ends.

        Raises:
            CampaignError: it cannot be written (a full disk); what was written before is there.
        """
        try:
            with self._db:
                yield
        except sqlite3.Error as error:
            told = f"the journal {self._path} cannot be written: {error}; once it can, resume the run"
            raise CampaignError("CAMPAIGN-JOURNAL", told) from None

    # the loop's memory

    def recall(self, task: str, draw: Draw) -> tuple[Sample, Judged[A] | None] | None:
        """A sample that was answered before, with its verdict if there is one."""
        query = "SELECT * FROM sample WHERE task = ? AND round = ? AND idx = ?"
        row = self._db.execute(query, (task, draw.round, draw.index)).fetchone()
        if row is None:
            return None
        sample = Sample(row["text"], _usage(row), row["seconds"], row["candidates"], row["message"], row["proposer"],
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
        with self._writing():
            self._db.execute(f"INSERT INTO sample ({columns}) VALUES ({', '.join('?' * len(row))})", row)

    def turn(self, task: str, draw: Draw, number: int) -> Sample | None:
        """What the proposer's model answered before in that turn, and what it cost."""
        return self._request(task, draw, "proposer", number)

    def turned(self, task: str, draw: Draw, number: int, turn: Sample) -> None:
        """Keeps a turn's answer; it is on the disk when this returns."""
        with self._writing():
            self._keep_request(task, draw, "proposer", number, turn)

    def mending(self, task: str, draw: Draw) -> Sample | None:
        """What the guardian's model answered before; what it cost is in the sample already."""
        found = self._request(task, draw, "guardian", 0)
        return None if found is None else replace(found, usage=Usage(), seconds=0.0)

    def mended(self, task: str, draw: Draw, mended: Sample) -> None:
        """Keeps what the guardian's model answered, and adds what it cost to the sample, at once."""
        use = mended.usage
        spent = (use.input, use.output, use.cache_read, use.cache_write, use.cost, mended.seconds)
        change = ("tokens_input = tokens_input + ?, tokens_output = tokens_output + ?, tokens_cache_read = "
                  "tokens_cache_read + ?, tokens_cache_write = tokens_cache_write + ?, cost = cost + ?, "
                  "seconds = seconds + ?")  # fmt: skip
        with self._writing():
            self._keep_request(task, draw, "guardian", 0, mended)
            place = (task, draw.round, draw.index)
            self._db.execute(f"UPDATE sample SET {change} WHERE task = ? AND round = ? AND idx = ?", (*spent, *place))

    def _request(self, task: str, draw: Draw, role: str, number: int) -> Sample | None:
        query = "SELECT * FROM request WHERE (task, round, idx, role, number) = (?, ?, ?, ?, ?)"
        row = self._db.execute(query, (task, draw.round, draw.index, role, number)).fetchone()
        if row is None:
            return None
        return Sample(row["text"], _usage(row), row["seconds"], 1, row["message"], model=row["model"],
                      prompt_version=row["prompt_version"], answer=row["answer"])  # fmt: skip

    def _keep_request(self, task: str, draw: Draw, role: str, number: int, one: Sample) -> None:
        use = one.usage
        row = (task, draw.round, draw.index, number, role, one.text, one.answer, one.message, one.model,
               one.prompt_version, use.input, use.output, use.cache_read, use.cache_write, use.cost, one.seconds,
               _now())  # fmt: skip
        self._db.execute(f"INSERT INTO request VALUES ({', '.join('?' * len(row))})", row)

    def judged(self, task: str, draw: Draw, judged: Judged[A]) -> None:
        """Keeps a verdict."""
        answer = judged.answer
        body = json.dumps(self._domain.dump(answer)) if answer is not None else None
        length = self._domain.length(answer) if answer is not None else None
        row = (int(judged.passed), int(judged.mended), int(judged.corrupted), judged.message, body,
               json.dumps(judged.details), length, task, draw.round, draw.index)  # fmt: skip
        change = "passed = ?, mended = ?, corrupted = ?, verdict = ?, body = ?, details = ?, length = ?"
        with self._writing():
            self._db.execute(f"UPDATE sample SET {change} WHERE task = ? AND round = ? AND idx = ?", row)

    def failed(self, task: str, draw: Draw, error: ProposerError) -> None:
        """Notes that there was no answer, and what it cost all the same."""
        use = error.usage
        row = (task, draw.round, draw.index, error.code, error.message, use.input, use.output, use.cache_read,
               use.cache_write, use.cost, _now())  # fmt: skip
        with self._writing():
            self._db.execute(f"INSERT INTO failure VALUES ({', '.join('?' * len(row))})", row)

    def lost(self, task: str, draw: Draw) -> Usage:
        """What was paid for tries of a sample that got no answer."""
        return self._sum("failure WHERE (task, round, idx) = (?, ?, ?)", (task, draw.round, draw.index))

    def chosen(self, task: str, draw: Draw) -> None:
        """Notes which answer of a round entered D. A round that was interrupted may choose again."""
        with self._writing():
            change = "UPDATE sample SET chosen = (idx = ?) WHERE task = ? AND round = ?"
            self._db.execute(change, (draw.index, task, draw.round))

    def finished(self, round: Round) -> None:
        """Notes that a round is complete."""
        counts = {
            name: [one.samples, one.passes, one.errors, one.mended, one.corrupted, one.usage.total, one.usage.cost,
                   one.seconds, one.candidates]
            for name, one in round.counts.items()
        }  # fmt: skip
        row = (round.number, round.stratum, json.dumps(round.strata), json.dumps(round.demonstrations),
               json.dumps(round.solved), round.solved_total, round.pass_at_1, json.dumps(counts), _now())  # fmt: skip
        with self._writing():
            self._db.execute("INSERT OR IGNORE INTO round VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _usage(row: sqlite3.Row) -> Usage:
    return Usage(
        row["tokens_input"], row["tokens_output"], row["tokens_cache_read"], row["tokens_cache_write"], row["cost"]
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
