"""Quick fixes that are rewrites of the program: the same that the guardian makes."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp
from step.check import OperatorCheck
from step.diagnostic import Diagnostic
from step.rewrite import TextEdit, text_edits

from step_server.actions import Wanted, edit_of, matching
from step_server.proposing import answered

ORDER = 10
KINDS = (lsp.CodeActionKind.QuickFix,)
MOST = 6


def offer(wanted: Wanted) -> Iterator[lsp.CodeAction]:
    """A fix for each mistake at the range; the first that is safe is preferred."""
    if not wanted.wants(lsp.CodeActionKind.QuickFix.value) or not wanted.snapshot.speaks_step:
        return
    for check in wanted.snapshot.checks_in(wanted.span):
        here = [one for one in check.diagnostics if wanted.touches(one.span.shift(check.operator.line))]
        if not any(one.severity == "error" for one in here):
            continue
        preferred = True
        for fix in wanted.server.proposing.fixes(check)[:MOST]:
            told = [one for one in answered(fix, check) if one in here]
            if not told:
                continue
            edits = text_edits(check.operator, fix)
            yield action(wanted, check, fix.title, edits, told, preferred=preferred and fix.safe)
            preferred = preferred and not fix.safe


def action(
    wanted: Wanted,
    check: OperatorCheck,
    title: str,
    edits: tuple[TextEdit, ...],
    told: list[Diagnostic],
    *,
    preferred: bool,
) -> lsp.CodeAction:
    """A quick fix with its edits, whose lines count from the operator's first."""
    changes = [(one.span.shift(check.operator.line), one.text) for one in edits]
    return lsp.CodeAction(
        title,
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=matching(wanted, told, check.operator.line) or None,
        is_preferred=preferred or None,
        edit=edit_of(wanted, changes),
    )
