"""What the functional check last said of each operator, and whether that still holds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from step.check import OperatorCheck
from step.source import Module
from step.source.meaning import Meanings

from step_server.anchors import Anchored
from step_server.documents import key_of
from step_server.snapshot import Snapshot

State = Literal["notRun", "queued", "running", "passed", "failed", "error", "timeout", "stale", "hole", "skipped"]

ENDED = frozenset({"notRun", "passed", "failed", "error", "timeout", "stale", "hole", "skipped"})
VERDICTS = frozenset({"passed", "failed", "error", "timeout", "skipped"})
BUSY = frozenset({"queued", "running"})


@dataclass(frozen=True, slots=True)
class Status:
    """The state of one operator's functional check.

    ``findings`` keep their places while the text moves. ``meaning`` is
    what was checked: the normalised source of the operator and of everything that it uses. ``nonfinite`` is the node
    that made the first value that is not finite, ``differs`` the output that is not the reference's. ``was`` is the
    verdict that went stale: it holds again where an edit is undone.
    """

    operator: str
    state: State = "notRun"
    seconds: float | None = None
    max_abs_error: float | None = None
    message: str | None = None
    findings: tuple[Anchored, ...] = ()
    meaning: str = ""
    text: str = ""
    cost: str | None = None
    nonfinite: int | None = None
    differs: int | None = None
    was: Status | None = None

    def stale(self) -> Status:
        """The same after the operator's meaning changed: what was found no longer counts."""
        return replace(
            self, state="stale", findings=(), message=None, cost=None, nonfinite=None, differs=None, was=self
        )


class Statuses:
    """The statuses of the operators of open documents. Changes are applied here and nowhere else."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Status]] = {}

    def of(self, snapshot: Snapshot) -> tuple[tuple[OperatorCheck, Status], ...]:
        """Each operator of a document with its status."""
        known = self._known.get(key_of(snapshot.uri), {})
        return tuple((check, self._present(check, known)) for check in _last_of_each_name(snapshot.checks))

    def get(self, uri: str, operator: str) -> Status:
        """The status of one operator; never run, where nothing is known."""
        return self._known.get(key_of(uri), {}).get(operator, Status(operator))

    def set(self, uri: str, status: Status) -> None:
        """Takes a new status."""
        self._known.setdefault(key_of(uri), {})[status.operator] = status

    def any_of(self, uri: str) -> bool:
        """Whether anything is known of a document."""
        return bool(self._known.get(key_of(uri)))

    def forget(self, uri: str) -> None:
        """Forgets a document."""
        self._known.pop(key_of(uri), None)

    def restale(self, snapshot: Snapshot, *, own_text: bool = False) -> bool:
        """Marks the verdicts stale whose operators mean something else now; what is again as it was checked has its
        verdict again; those of operators that are gone are dropped. With ``own_text`` only operators whose own text
        changed are looked at, which is quick. Returns whether anything changed."""
        known = self._known.get(key_of(snapshot.uri))
        if not known:
            return False
        changed = False
        for name, status in tuple(known.items()):
            check = snapshot.check(name)
            if check is None:
                if snapshot.module.problems or any(one.operator.problems for one in snapshot.checks):
                    continue  # half typed: it may come back
                del known[name]
                changed = True
            elif status.was is not None and (not own_text or check.operator.text == status.text):
                if status.meaning == meaning_of(snapshot.module, name):
                    known[name] = replace(status.was, text=check.operator.text)
                    changed = True
            elif own_text and check.operator.text == status.text:
                continue
            elif status.state in VERDICTS:
                if status.meaning != meaning_of(snapshot.module, name):
                    known[name] = status.stale()
                    changed = True
                elif check.operator.text != status.text:
                    known[name] = replace(status, text=check.operator.text)
        return changed

    def _present(self, check: OperatorCheck, known: dict[str, Status]) -> Status:
        status = known.get(check.operator.name) or Status(check.operator.name)
        if not check.operator.is_hole:
            return status if status.state != "hole" else Status(check.operator.name)
        if status.state in BUSY:
            return status
        if status.text != check.operator.text or status.state not in ("hole", "error", "timeout", "skipped"):
            return Status(check.operator.name, "hole")
        return status  # "error": no body can meet the declaration; "skipped": it is not declared here


_recent: deque[Meanings] = deque(maxlen=4)


def meaning_of(module: Module, operator: str) -> str:
    """The fingerprint of an operator and of everything that it uses; empty where there is no such operator."""
    known = next((one for one in reversed(_recent) if one.module is module and one.is_current), None)
    if known is None:
        known = Meanings(module)
        _recent.append(known)
    return known.of(operator)


def holds(status: Status, check: OperatorCheck, snapshot: Snapshot) -> bool:
    """Whether a verdict is still about the operator. What an edit made stale is marked so a moment later
    (:meth:`Statuses.restale`); what is shown until then must not be of yesterday either."""
    return check.operator.text == status.text or status.meaning == meaning_of(snapshot.module, check.operator.name)


def _last_of_each_name(checks: Iterable[OperatorCheck]) -> Iterator[OperatorCheck]:
    last = {one.operator.name: one for one in checks}
    yield from (one for one in last.values())
