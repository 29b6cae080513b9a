"""Code actions that ask the proposer: Synthesize on a hole, Repair on a body that fails."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from step_server.actions import Wanted
from step_server.commands import REPAIR, SYNTHESIZE, command
from step_server.features.code_lens import needs_repair

ORDER = 40
KINDS = (lsp.CodeActionKind.QuickFix,)


def offer(wanted: Wanted) -> Iterator[lsp.CodeAction]:
    """One action for the operator that the cursor is in."""
    server, snapshot = wanted.server, wanted.snapshot
    if not wanted.wants(lsp.CodeActionKind.QuickFix.value) or not server.session.settings_of(snapshot.uri).trusted:
        return
    check = snapshot.check_at(wanted.span.line)
    if check is None or snapshot.check(check.operator.name) is not check:
        return
    name = check.operator.name
    status = server.statuses.get(snapshot.uri, name)
    if check.operator.is_hole:
        verb, which = "Synthesize", SYNTHESIZE
    elif needs_repair(check, status):
        verb, which = "Repair", REPAIR
    else:
        return
    title = f"{verb} `{name}`"
    errors = [one for one in wanted.given if one.source == "step"]
    yield lsp.CodeAction(
        title,
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=errors or None,
        command=command(server.session.client, which, title, snapshot.uri, name),
    )
