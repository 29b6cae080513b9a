"""The buffer itself: adding, finding and counting experiences. Safe for threads and for several programs at once.

All methods block; in an event loop they belong into a thread (``asyncio.to_thread``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Select, case, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from step_agents.experience.engine import WRITES, check_place, empty_engine, is_writable, make_engine
from step_agents.experience.errors import Corrupted, ExperienceError, translate
from step_agents.experience.location import file_of, resolve_url, shown
from step_agents.experience.migrate import is_current, prepare
from step_agents.experience.recognise import check_file, is_blank
from step_agents.experience.record import Experience
from step_agents.experience.rows import from_row, to_row
from step_agents.experience.schema import experiences as table
from step_agents.experience.setaside import salvage, set_aside

_T = TypeVar("_T")
_CHECKED = 64 * 1024 * 1024
_COUNTS = ("samples", "passes", "tokens_input", "tokens_output", "tokens_cache_read", "tokens_cache_write", "cost",
           "seconds", "candidates")  # fmt: skip
"""What a row counts; dollars that nobody knows make a sum that nobody knows."""
_ORIGIN = ("proposer", "model", "prompt_version", "source")
"""Where the counts come from."""


class ExperienceBuffer:
    """Experience in a database: a SQLite file, or PostgreSQL by its address.

    Nothing is opened before the first use, and reading makes no file: where there is none, there is no experience.
    Writing makes the file, but no folder, apart from the user's own data directory. A broken file is set aside by what
    writes, and only told by what reads; a file that is no experience database is never touched. ``notices`` are told
    once each to ``report``: a broken file that was set aside, for example.

    Every method raises :class:`ExperienceError` where the database cannot do what is asked.
    """

    def __init__(
        self, address: str | None = None, *, report: Callable[[str], None] | None = None, wait: float = 15.0
    ) -> None:
        self.url = resolve_url(address)
        self.where = shown(self.url)
        self.notices: list[str] = []
        self._report, self._wait = report, wait
        self._engine: Engine | None = None
        self._identity: tuple[int, int] | None = None
        self._lock = threading.RLock()

    def add(self, one: Experience, *, replace: bool = False) -> Experience:
        """Keeps an experience. If the same program for the same task is known, its counts are added, and what they
        took; its text stays, unless only the new one has fixes to explain, which are of its own text.

        ``replace`` is for imports and campaigns: the counts of the better sampled one are kept instead, with what they
        took and who proposed them, so that importing a file twice changes nothing.
        """
        row = to_row(one)

        def write(connection: Connection) -> Experience:
            insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            statement = insert(table).values(**row)
            new = statement.excluded
            if replace:
                better = new.samples > table.c.samples
                changes: dict[str, Any] = {
                    name: case((better, new[name]), else_=table.c[name]) for name in (*_COUNTS, *_ORIGIN)
                }
            else:
                changes = {name: table.c[name] + new[name] for name in _COUNTS}
                changes |= {name: new[name] for name in ("valid", "invalid_reason", "tool_version")}
            changes["accepted"] = func.coalesce(new.accepted, table.c.accepted)
            changes["task_group"] = case((table.c.task_group == "", new.task_group), else_=table.c.task_group)
            known = _one(connection, one.id) if one.fixes and not replace else None
            if known is not None and not known.fixes:
                changes |= {name: new[name] for name in ("operator", "task", "module", "body", "length", "fixes")}
            connection.execute(statement.on_conflict_do_update(index_elements=[table.c.id], set_=changes))
            return _one(connection, one.id) or one

        return self._run(write, writes=True)

    def get(self, id: str) -> Experience | None:
        """The experience of an id, or of the only one whose id begins so; None if there is none."""

        def read(connection: Connection) -> Experience | None:
            query = select(table).where(table.c.id.startswith(id, autoescape=True)).limit(2)
            rows = list(connection.execute(query).mappings())
            return from_row(dict(rows[0])) if len(rows) == 1 else None

        return self._run(read)

    def ids(self, beginning: str) -> list[str]:
        """The ids that begin so."""

        def read(connection: Connection) -> list[str]:
            query = select(table.c.id).where(table.c.id.startswith(beginning, autoescape=True)).order_by(table.c.id)
            return list(connection.execute(query).scalars())

        return self._run(read)

    def all(self, *, valid_only: bool = False) -> list[Experience]:
        """Every experience, the oldest first."""
        query = select(table).order_by(table.c.created, table.c.id)
        return self._list(query.where(table.c.valid) if valid_only else query)

    def of_task(self, task_hash: str) -> list[Experience]:
        """What holds for a task, up to renaming: what a person kept first, then the shortest."""
        query = (
            select(table)
            .where(table.c.task_hash == task_hash, table.c.valid, or_(table.c.accepted.is_(None), table.c.accepted))
            .order_by(case((table.c.accepted.is_(True), 0), else_=1), table.c.length, table.c.id)
        )
        return self._list(query)

    def delete(self, id: str) -> bool:
        """Forgets an experience; says whether there was one."""
        return self._run(lambda c: c.execute(table.delete().where(table.c.id == id)).rowcount > 0, writes=True)

    def accept(self, id: str, accepted: bool) -> bool:
        """Notes whether a person kept the result; says whether there is such an experience."""
        change = table.update().where(table.c.id == id).values(accepted=accepted)
        return self._run(lambda c: c.execute(change).rowcount > 0, writes=True)

    def judge(self, id: str, valid: bool, reason: str | None = None) -> bool:
        """Sets an experience aside (``valid`` False), or takes it back; says whether there is such an experience."""
        change = table.update().where(table.c.id == id).values(valid=valid, invalid_reason=reason)
        return self._run(lambda c: c.execute(change).rowcount > 0, writes=True)

    def count(self) -> int:
        """How many experiences there are."""
        return self._run(lambda c: int(c.execute(select(func.count()).select_from(table)).scalar_one()))

    def mend(self) -> None:
        """Sets a broken file aside and begins a new one, for work that is going to write; else nothing changes."""
        if self.exists:
            self._run(lambda _: None, writes=True)

    def close(self) -> None:
        """Gives back connections; a later use opens them again."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def _list(self, query: Select[Any]) -> list[Experience]:
        found: list[Experience] = []
        for row in self._run(lambda c: [dict(one) for one in c.execute(query).mappings()]):
            try:
                found.append(from_row(row))
            except ExperienceError as error:
                self._notice(f"{self.where}: experience {row.get('id')} is left out: {error.message}")
        return found

    def _notice(self, text: str) -> None:
        if text not in self.notices:
            self.notices.append(text)
            if self._report:
                self._report(text)

    def _run(self, work: Callable[[Connection], _T], *, writes: bool = False) -> _T:
        for last in (False, True):
            try:
                return self._once(work, writes)
            except SQLAlchemyError as error:
                told = translate(error, self.where)
            except OSError as error:
                told = translate(DBAPIError("", (), error), self.where)
            except Corrupted as error:
                told = error
            if not isinstance(told, Corrupted):
                raise told from None
            if last or self.url.get_backend_name() != "sqlite":
                raise ExperienceError("EXPERIENCE-CORRUPT", f"{self.where} is broken: {told}")
            if not writes:
                raise ExperienceError(
                    "EXPERIENCE-CORRUPT",
                    f"{self.where} is broken ({told}) and was left as it is: put back a copy of it, or go on: what is "
                    "solved next sets it aside and begins a new one with what can still be read",
                )
            self._set_aside(str(told))
        raise AssertionError("unreachable: the second time returns or raises")

    @property
    def exists(self) -> bool:
        """Whether there is a database; a server's is taken to be there."""
        path = file_of(self.url)
        return path is None or path.exists()

    def check_place(self) -> None:
        """Looks whether there could be a database at the address, without making anything.

        Raises:
            ExperienceError: there could not.
        """
        check_place(self.url)
        path = file_of(self.url)
        if path is not None:
            check_file(path)

    def _once(self, work: Callable[[Connection], _T], writes: bool) -> _T:
        path = file_of(self.url)
        if path is not None and (not path.exists() or is_blank(path)):
            self.close()  # it may have been there, and be gone
            if not writes:
                with empty_engine().connect() as connection:
                    return work(connection)
        engine = self._open()
        with engine.connect().execution_options(**{WRITES: writes}) as connection, connection.begin():
            return work(connection)

    def _open(self) -> Engine:
        with self._lock:
            if self._engine is None:
                path = file_of(self.url)
                if path is not None:
                    check_file(path)
                engine = make_engine(self.url, wait=self._wait)
                writable = is_writable(self.url)
                with engine.connect() as connection, connection.begin():
                    self._identity = _identity(self.url.database)
                    self._check(connection)
                    current = is_current(connection)
                if not current:
                    with engine.connect().execution_options(**{WRITES: writable}) as connection, connection.begin():
                        prepare(connection, self.where, writable=writable)
                self._engine = engine
            return self._engine

    def _check(self, connection: Connection) -> None:
        if connection.dialect.name != "sqlite":
            return
        path = Path(str(self.url.database))
        if path.exists() and path.stat().st_size <= _CHECKED:
            told = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            if told != "ok":
                raise Corrupted(" ".join(str(told).split()))

    def _set_aside(self, reason: str) -> None:
        with self._lock:
            path = Path(str(self.url.database))
            self.close()
            check_file(path)  # it may have become another one since it was opened
            try:
                aside = set_aside(path, self._identity)
            except OSError as error:
                told = f"{self.where} is broken and cannot be moved: {error}"
                raise ExperienceError("EXPERIENCE-CORRUPT", told) from None
            if aside is None:  # another program has done it
                return
            saved = 0
            for one in salvage(aside):
                self._once(lambda connection, row=one: connection.execute(  # type: ignore[misc]
                    sqlite.insert(table).values(**to_row(row)).on_conflict_do_nothing()), True)  # fmt: skip
                saved += 1
            notice = f"{self.where} was broken ({reason}): it is kept as {aside.name}, a new one was begun"
            notice += f", and {saved} experiences could be read and were taken over" if saved else ""
            self._notice(notice)


def _one(connection: Connection, id: str) -> Experience | None:
    row = connection.execute(select(table).where(table.c.id == id)).mappings().first()
    return from_row(dict(row)) if row is not None else None


def _identity(database: str | None) -> tuple[int, int] | None:
    try:
        found = Path(str(database)).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
