"""The functional checks: a queue, one check at a time for each interpreter, and a status that always ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from step.check import OperatorCheck
from step.simulate.checking import check_operator
from step.simulate.report import Report

from step_server.anchors import anchor
from step_server.children import Children
from step_server.documents import key_of, path_of
from step_server.scheduling import Scheduler
from step_server.session import Session
from step_server.snapshot import Snapshot
from step_server.statuses import VERDICTS, Status, Statuses, meaning_of

log = logging.getLogger(__name__)

Key = tuple[str, str]


@dataclass(eq=False)
class Job:
    """One operator of one version of a document that shall be checked."""

    snapshot: Snapshot
    operator: str
    meaning: str
    task: asyncio.Task[None] | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def text(self) -> str:
        """The operator's own text."""
        operator = self.snapshot.module.operator(self.operator)
        return operator.text if operator is not None else ""

    @property
    def key(self) -> Key:
        """What is checked, apart from its version."""
        return key_of(self.snapshot.uri), self.operator


class Checking:
    """Runs functional checks. The focused file's come first; a newer version of an operator replaces an older one."""

    def __init__(
        self,
        session: Session,
        statuses: Statuses,
        children: Children,
        scheduler: Scheduler,
        current: Callable[[str], Snapshot | None],
        changed: Callable[[str], None],
        rested: Callable[[], None],
    ) -> None:
        self.session, self.statuses, self.children, self.scheduler = session, statuses, children, scheduler
        self.current, self.changed, self.rested = current, changed, rested
        self.focus = ""
        self.trouble = ""
        self._waiting: dict[Key, Job] = {}
        self._running: dict[str, Job] = {}

    @property
    def busy(self) -> bool:
        """Whether a check runs or waits."""
        return bool(self._waiting or self._running)

    def request(self, snapshot: Snapshot, operators: Iterable[str] | None = None, *, force: bool = True) -> list[Job]:
        """Asks for checks of a version's operators (None: of all). Without ``force`` only of those whose meaning is not
        the one that the last verdict was about. Of a hole the declaration is checked; a body with static errors is not
        run."""
        names = None if operators is None else set(operators)
        jobs = []
        for check, status in self.statuses.of(snapshot):
            name = check.operator.name
            if names is not None and name not in names:
                continue
            meaning = meaning_of(snapshot.module, name)
            known = self._known(snapshot.uri, name)
            if known is not None and known.meaning == meaning:
                jobs.append(known)
                continue
            if not force and status.state in (*VERDICTS, "hole") and status.meaning == meaning:
                continue
            if known is not None:
                self._drop(known)
            error = first_error(check)
            if error is not None:
                self.statuses.set(
                    snapshot.uri, Status(name, "error", message=error, meaning=meaning, text=check.operator.text)
                )
                continue
            job = Job(snapshot, name, meaning)
            self._waiting[job.key] = job
            self.statuses.set(snapshot.uri, Status(name, "queued", meaning=meaning))
            jobs.append(job)
        self.focus = key_of(snapshot.uri)
        self.changed(snapshot.uri)
        self._next()
        return jobs

    def cancel(self, uri: str, operators: Iterable[str] | None = None) -> None:
        """Gives up a document's checks; those that run are killed."""
        names = None if operators is None else set(operators)
        for job in (*self._waiting.values(), *self._running.values()):
            if job.key[0] == key_of(uri) and (names is None or job.operator in names):
                self._drop(job)
                self.statuses.set(uri, Status(job.operator))
        self.changed(uri)
        self._next()

    def settings_changed(self) -> None:
        """Gives up what is not trusted any longer, and ends the children whose interpreter is not chosen any longer."""
        for uri in {job.snapshot.uri for job in (*self._waiting.values(), *self._running.values())}:
            if not self.session.settings_of(uri).trusted:
                self.cancel(uri)
        self.children.keep(self._running)

    def cancel_all(self) -> None:
        """Gives up everything."""
        for uri in {job.snapshot.uri for job in (*self._waiting.values(), *self._running.values())}:
            self.cancel(uri)

    def _known(self, uri: str, operator: str) -> Job | None:
        key = (key_of(uri), operator)
        return self._waiting.get(key) or next((one for one in self._running.values() if one.key == key), None)

    def _drop(self, job: Job) -> None:
        if self._waiting.get(job.key) is job:
            del self._waiting[job.key]
        if job.task is not None:
            job.task.cancel()
        job.ended.set()

    def _next(self) -> None:
        """Starts what can start: the focused file's operators first, otherwise as they were asked for."""
        for job in sorted(self._waiting.values(), key=lambda one: one.key[0] != self.focus):
            interpreter = self.children.interpreter(job.snapshot.uri)
            if interpreter not in self._running:
                del self._waiting[job.key]
                self._running[interpreter] = job
                job.task = self.scheduler.start(self._run(job, interpreter), f"check of {job.operator}")

    async def _run(self, job: Job, interpreter: str) -> None:
        uri, name = job.snapshot.uri, job.operator
        status = Status(name)
        try:
            self.statuses.set(uri, Status(name, "running", meaning=job.meaning))
            self.changed(uri)
            settings = self.session.settings_of(uri)
            path = path_of(uri) or str(Path(self.session.folder_path(uri) or ".") / "untitled.py")
            report = await check_operator(
                self.children.for_checks(uri),
                job.snapshot.text,
                path,
                name,
                timeout=settings.check_timeout,
                module=job.snapshot.module,
                cwd=self.children.folder(uri),
            )
            status = from_report(report, job)
            self._watch(report)
            log.info("%s: %s in %.2f s", name, status.state, report.seconds)
        except Exception as error:
            log.exception("the check of %s failed", name)
            status = Status(name, "error", message=f"the check itself failed: {error}", meaning=job.meaning)
        finally:
            if self._running.get(interpreter) is job:
                del self._running[interpreter]
            if not job.ended.is_set():
                self._finish(job, status)
            self._next()
            if not self._running:
                self.children.keep()
                self.rested()

    def _finish(self, job: Job, status: Status) -> None:
        """Takes a verdict, if the operator still means what was checked."""
        uri = job.snapshot.uri
        snapshot = self.current(uri)
        moved_on = snapshot is not None and meaning_of(snapshot.module, job.operator) != job.meaning
        if moved_on and status.state in VERDICTS:
            status = status.stale()
        self.statuses.set(uri, status)
        job.ended.set()
        self.changed(uri)

    def _watch(self, report: Report) -> None:
        """Keeps in mind what is wrong with the child itself, for the server's status."""
        code = next((one.code for one in report.diagnostics), "")
        if code in ("STEP-PROCESS", "STEP-MEMORY", "STEP-TIMEOUT"):
            self.trouble = ""
            log.warning("%s; the next check starts a new process", report.message)
        elif code == "STEP-INTERPRETER":
            self.trouble = report.message
        else:
            self.trouble = ""


def first_error(check: OperatorCheck) -> str | None:
    """The static check's first error, which the functional check would only find again."""
    return next((one.message for one in check.diagnostics if one.severity == "error"), None)


def from_report(report: Report, job: Job) -> Status:
    """A verdict as a status."""
    findings = tuple(anchor(one, job.snapshot.module) for one in report.diagnostics)
    return Status(
        job.operator,
        report.status,
        report.seconds,
        report.max_abs_error,
        report.message,
        findings,
        job.meaning,
        job.text,
        nonfinite=report.mismatch.stream_node if report.mismatch is not None else None,
        differs=report.mismatch.output if report.mismatch is not None else None,
    )
