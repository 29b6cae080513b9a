"""The guardian: brings a proposed body to one that checks, by rewrites that explain themselves.

It never makes things worse: a body that checks is not touched, a rewrite is made only if it leaves fewer violations,
and what comes out is verified again by the caller; if that is no better, the proposer's version stays. Corruption
(a right program made wrong) is counted and is 0 by construction.
"""

from __future__ import annotations

import dataclasses
import heapq
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from step.diagnostic import Span
from step.rewrite import Fix as Rewrite
from step.rewrite import apply_text_edits, near_misses, propose, text_edits
from step.rewrite.text import TextEdit, case_of
from step.rewrite.wording import Rewording, rewordings
from step.rewrite.wording.propose import unreadable
from step.source import OperatorSource
from step.source.split import split_lines

from step_agents.reading import Reading, read_candidate
from step_agents.task_source import usable_functions

GuardianKind = Literal["rules", "model", "none"]
"""Who mends: the rewrites; the rewrites, then a model for the rest; nobody."""

MAX_FIXES = 24
MAX_ALTERNATIVES = 4
MAX_BASES = 2
MAX_REWORDINGS = 40
"""Edits of a body's text that are tried in one step."""
WORDS_SECONDS = 5.0
"""Seconds in which a person's text is reworded."""
NEARBY_SECONDS = 10.0
_MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class Fix:
    """One change of a body and why it was made.

    ``before`` is the range in the proposer's body that was changed, ``after`` the range in the final body that came
    of it (lines from 0, of the body's text). ``streams`` are the streams involved, as the body calls them.
    ``old`` and ``new`` are the lines that were changed and what became of them, for people.
    """

    rule: str
    title: str
    before: Span
    after: Span
    reason: str
    streams: tuple[str, ...]
    old: str = ""
    new: str = ""

    def to_json(self) -> dict[str, Any]:
        """The fix as JSON values; ranges are ``[line, column, end line, end column]``."""
        return {
            "rule": self.rule,
            "title": self.title,
            "before": list(self.before),
            "after": list(self.after),
            "reason": self.reason,
            "streams": list(self.streams),
            "old": self.old,
            "new": self.new,
        }


@dataclass(frozen=True)
class Guarded:
    """A body that checks statically, and the fixes that led to it (none: it is the proposer's own)."""

    text: str
    reading: Reading
    fixes: tuple[Fix, ...]


def alternatives(
    operator: OperatorSource, text: str, limit: int = MAX_ALTERNATIVES, *, words: bool = False
) -> Iterator[Guarded]:
    """Bodies that check, the nearest to the proposed one first: itself if it checks; else what rewrites lead to.

    Several may check and only one mean the right thing, so the caller verifies one after the other. Nothing comes
    where no rewrites mend a body. ``words``: the text is a person's, and what cannot be read of it is mended too (a
    misspelt name, a stray import); of a model's answer that is left as it is.
    """
    first = read_candidate(operator, text)
    if first.is_right:
        yield Guarded(text, first, ())
        return
    if operator.specification is None or not (words or first.body.program.is_complete):
        return
    order = itertools.count()
    seen = {_key(text, first)}
    # Fewest fixes first, then fewest remaining faults: a best-first search over short sequences of rewrites.
    waiting: list[tuple[tuple[int, int, int], int, Guarded]] = [((0, 0, 0), next(order), Guarded(text, first, ()))]
    found = 0
    ends = time.monotonic() + WORDS_SECONDS
    for _ in range(_MAX_STEPS):
        if not waiting or found >= limit or (words and time.monotonic() > ends):
            return
        _, _, state = heapq.heappop(waiting)
        if state.fixes and state.reading.is_right:
            found += 1
            yield state
            continue
        if len(state.fixes) >= MAX_FIXES:
            continue
        for after in _steps(operator, state, words):
            key = _key(after.text, after.reading)
            if key not in seen:
                seen.add(key)
                heapq.heappush(waiting, (_cost(after), next(order), after))


def nearby(operator: OperatorSource, text: str, seconds: float = NEARBY_SECONDS) -> Iterator[Guarded]:
    """Bodies that check and differ in one thing from a body that fails (or from what rewrites make of it): one of them
    may be what was meant. Nothing comes where it cannot be read, and nothing more after ``seconds``."""
    ends = time.monotonic() + seconds
    first = read_candidate(operator, text)
    bases = [] if any(unreadable(first.errors)) or not first.body.is_complete else [Guarded(text, first, ())]
    bases += [one for one in alternatives(operator, text, MAX_BASES, words=True) if one.fixes]
    seen: set[object] = {_key(one.text, one.reading) for one in bases}
    for base in bases:
        placed = _placed(operator, base)
        case = case_of(placed)
        if case is None:
            continue
        for miss in near_misses(case, tuple(usable_functions(operator).values()), lambda: time.monotonic() > ends):
            edits = text_edits(placed, miss)
            changed = apply_text_edits(base.text, edits)
            reading = read_candidate(operator, changed)
            key = _key(changed, reading)
            if reading.is_right and key not in seen:
                seen.add(key)
                fixes = (*(_moved(fix, edits) for fix in base.fixes), _fix(base, miss, edits, changed))
                yield Guarded(changed, reading, fixes)


def _cost(state: Guarded) -> tuple[int, int, int]:
    errors = len(state.reading.errors)
    return errors * 2 + len(state.fixes), errors, len(state.fixes)


def _key(text: str, reading: Reading) -> object:
    """Equal for bodies that say the same; of one that cannot be read the text is all there is."""
    return text if any(unreadable(reading.errors)) else reading.program


def _steps(operator: OperatorSource, state: Guarded, words: bool) -> Iterator[Guarded]:
    """What one rewrite more makes of a body."""
    if words:
        yield from _reworded(operator, state)
    placed = _placed(operator, state)
    case = case_of(placed)
    if case is None:
        return
    for rewrite in propose(case):
        edits = text_edits(placed, rewrite)
        text = apply_text_edits(state.text, edits)
        if text == state.text:
            continue
        reading = read_candidate(operator, text)
        # What is written must be readable again, and no other fault may have come in. (The rewrite itself leaves fewer
        # violations, or as many and fewer streams of unknown type, so this ends.)
        if not reading.body.is_complete or len(reading.errors) > len(state.reading.errors):
            continue
        yield Guarded(text, reading, (*(_moved(fix, edits) for fix in state.fixes), _fix(state, rewrite, edits, text)))


def _reworded(operator: OperatorSource, state: Guarded) -> Iterator[Guarded]:
    """What one edit more of its text makes of a body that cannot be read: something nearer to being readable, or as
    far, but with other mistakes: what cannot be read hides what is inside of it."""
    before, told = unreadable(state.reading.errors), _told(state.reading)
    if sum(before) > MAX_FIXES:
        return
    found = rewordings(operator, state.text, state.reading.body, state.reading.errors)
    for one in itertools.islice(found, MAX_REWORDINGS):
        text = apply_text_edits(state.text, one.edits)
        reading = read_candidate(operator, text)
        now = unreadable(reading.errors)
        if now < before or (now == before and _told(reading) != told):
            yield Guarded(
                text, reading, (*(_moved(fix, one.edits) for fix in state.fixes), _fix(state, one, one.edits, text))
            )


def _told(reading: Reading) -> frozenset[str]:
    return frozenset(one.message for one in reading.errors)


def _placed(operator: OperatorSource, state: Guarded) -> OperatorSource:
    """The operator as if its text were the body alone, so that edits count the body's own lines."""
    lines = split_lines(state.text)
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    column = len(lines[first]) - len(lines[first].lstrip())
    whole = Span(first, column, len(lines) - 1, len(lines[-1].rstrip()))
    indent = lines[first][:column]
    return dataclasses.replace(
        operator, line=0, text=state.text, body=state.reading.body, body_span=whole, indent=indent, is_hole=False
    )


def _fix(state: Guarded, rewrite: Rewrite | Rewording, edits: tuple[TextEdit, ...], text: str) -> Fix:
    before = _hull([edit.span for edit in edits])
    after = _after(edits)
    old = "\n".join(split_lines(state.text)[before.line : before.end_line + 1])
    new = "\n".join(split_lines(text)[after.line : after.end_line + 1])
    original = before
    for fix in reversed(state.fixes):
        original = _back(original, fix)
    return Fix(rewrite.rule, rewrite.title, original, after, rewrite.reason, rewrite.streams, old, new)


def _hull(spans: list[Span]) -> Span:
    start = min((span.line, span.column) for span in spans)
    end = max((span.end_line, span.end_column) for span in spans)
    return Span(*start, *end)


def _after(edits: tuple[TextEdit, ...]) -> Span:
    """The range that the edits cover once made."""
    hull = _hull([edit.span for edit in edits])
    grown = sum(_growth(edit) for edit in edits)
    last = max(edits, key=lambda edit: edit.span)
    written = last.text.split("\n")
    if len(written) > 1:
        end = len(written[-1])
    else:
        on_line = [edit for edit in edits if edit.span.line == last.span.line and edit.span.end_line == edit.span.line]
        shift = sum(
            len(edit.text) - (edit.span.end_column - edit.span.column) for edit in on_line if "\n" not in edit.text
        )
        end = last.span.end_column + shift
    return Span(hull.line, hull.column, hull.end_line + grown, max(end, 0))


def _growth(edit: TextEdit) -> int:
    return edit.text.count("\n") - (edit.span.end_line - edit.span.line)


def _moved(fix: Fix, edits: tuple[TextEdit, ...]) -> Fix:
    """An earlier fix's place after later edits."""
    start = sum(_growth(edit) for edit in edits if edit.span.line < fix.after.line or _inserts_before(edit, fix.after))
    end = sum(_growth(edit) for edit in edits if edit.span.line <= fix.after.end_line)
    after = fix.after
    return dataclasses.replace(
        fix,
        after=Span(after.line + start, after.column, max(after.end_line + end, after.line + start), after.end_column),
    )


def _inserts_before(edit: TextEdit, place: Span) -> bool:
    return edit.span.line == place.line and edit.span.column <= place.column and edit.text.endswith("\n")


def _back(span: Span, fix: Fix) -> Span:
    """Where a range was before an earlier fix was made."""
    grown = (fix.after.end_line - fix.after.line) - (fix.before.end_line - fix.before.line)
    if span.line > fix.after.end_line:
        return span.shift(-grown)
    if span.line >= fix.after.line and grown:
        return fix.before
    return span
