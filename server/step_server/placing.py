"""Where a synthesised body goes in a document that may have moved on since it was asked for."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from lsprotocol import types as lsp
from step.source import read

from step_server.positions import Positions
from step_server.snapshot import Snapshot
from step_server.statuses import meaning_of


@dataclass(frozen=True)
class Placed:
    """One edit of one version: ``text`` is the whole document after it."""

    snapshot: Snapshot
    range: lsp.Range
    replacement: str
    text: str

    def meaning(self, operator: str) -> str:
        """What the operator means with the body in place: a body uses more than a hole."""
        return meaning_of(read(self.text, self.snapshot.module.path), operator)

    @property
    def diff(self) -> str:
        """The change as a unified diff."""
        return unified(self.snapshot.text, self.text)


def reanchored(asked: Snapshot, now: Snapshot | None, operator: str, body: str) -> Placed | None:
    """The edit that puts a body into the document as it is now; None where it may not go there.

    It may, if the document is still the version that was asked about, or if the operator's own text and everything it
    uses are what they were: then the operator is found again by its name, wherever it moved.
    """
    if now is None:
        return None
    before, after = asked.check(operator), now.check(operator)
    if before is None or after is None:
        return None
    if now.version != asked.version or now.text != asked.text:
        if before.operator.text != after.operator.text:
            return None
        then, here = placed(asked, operator, body), placed(now, operator, body)
        if then is None or here is None or then.meaning(operator) != here.meaning(operator):
            return None
    return placed(now, operator, body)


def placed(now: Snapshot, operator: str, body: str) -> Placed | None:
    """The edit that puts a body into an operator of a document; None where the operator is gone, or where the document
    would not hold the program of a body that checks."""
    from step_agents.placing import body_edit, misplaced, place_body
    from step_agents.reading import read_candidate

    check = now.check(operator)
    if check is None:
        return None
    span, replacement = body_edit(now.text, check.operator, body)
    text = place_body(now.text, check.operator, body)
    reading = read_candidate(check.operator, body)
    if reading.is_right and misplaced(text, now.module.path, operator, reading.program) is not None:
        return None
    return Placed(now, Positions(now.positions.lines, now.positions.encoding).range(span), replacement, text)


def offered(now: Snapshot, operator: str, body: str) -> tuple[str, str] | None:
    """The document as it is and as it would be with a body, for a diff; None where the operator is gone."""
    found = placed(now, operator, body)
    return (now.text, found.text) if found is not None else None


def unified(before: str, after: str) -> str:
    """The change as a unified diff."""
    lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), "before", "after")
    return "".join(lines)
