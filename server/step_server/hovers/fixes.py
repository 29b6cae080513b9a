"""Hover on a line that the guardian changed: what it changed, and why."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from step.check import OperatorCheck
from step.diagnostic import Span

from step_server.hovers import Hovered
from step_server.locate import Place
from step_server.server import StepServer

ORDER = 90


def hover(place: Place, server: StepServer) -> Hovered | None:
    """The explanations of the fixes that changed the line."""
    check = place.check
    if check is None or check.operator.is_hole:
        return None
    from step_agents.placing import written_body

    fixes = server.remembering.fixes_of(written_body(check.operator))
    first = first_line(check)
    told = [explanation(fix) for fix in fixes if place.line - first in changed_lines(fix)]
    if not told:
        return None
    text = place.snapshot.positions.line(place.line)
    start = len(text) - len(text.lstrip())
    return Hovered("\n\n---\n\n".join(told), Span(place.line, start, place.line, len(text.rstrip())), extra=True)


def first_line(check: OperatorCheck) -> int:
    """The file's line that is the first of the body's text."""
    return check.operator.line + check.operator.body_span.line


def changed_lines(fix: Mapping[str, Any]) -> frozenset[int]:
    """The lines of the final body that a fix wrote: not all that lie between two places that it changed."""
    after = fix.get("after")
    if not isinstance(after, (list, tuple)) or len(after) != 4:
        return frozenset()
    old, new = str(fix.get("old", "")).split("\n"), str(fix.get("new", "")).split("\n")
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    changed = [line for tag, _, _, start, end in matcher.get_opcodes() if tag != "equal" for line in range(start, end)]
    return frozenset(int(after[0]) + line for line in changed)


def explanation(fix: Mapping[str, Any]) -> str:
    """A fix in words."""
    title = str(fix.get("title") or fix.get("rule") or "a fix")
    return f"**guardian** · {title} (`{fix.get('rule', '')}`)\n\n{fix.get('reason', '')}"
