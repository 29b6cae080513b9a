"""Fix all: every safe rewrite of the document at once."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp
from step.diagnostic import Span
from step.rewrite import fix_all
from step.source.split import split_lines

from step_server.actions import Wanted, edit_of

KIND = "source.fixAll.step"
ORDER = 50
KINDS = (KIND,)


def offer(wanted: Wanted) -> Iterator[lsp.CodeAction]:
    """One action for the document, where there is something safe to fix."""
    snapshot = wanted.snapshot
    if not wanted.wants(KIND) or not snapshot.speaks_step:
        return
    safe = [
        fix
        for check in snapshot.checks
        if any(one.severity == "error" for one in check.diagnostics)
        for fix in wanted.server.proposing.fixes(check)
        if fix.safe
    ]
    if not safe:
        return
    text, made = fix_all(snapshot.text, snapshot.module.path)
    if text == snapshot.text:
        return
    title = f"Fix all safe STeP problems ({len(made)})"
    yield lsp.CodeAction(title, kind=KIND, edit=edit_of(wanted, [smallest(snapshot.text, text)]))


def smallest(before: str, after: str) -> tuple[Span, str]:
    """The lines that differ, as one edit."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[len(old) - 1 - end] == new[len(new) - 1 - end]:
        end += 1
    first = len(split_lines("".join(old[:start]))) - 1
    gone = split_lines("".join(old[start : len(old) - end]))
    last = first + len(gone) - 1
    return Span(first, 0, last, len(gone[-1])), "".join(new[start : len(new) - end])
