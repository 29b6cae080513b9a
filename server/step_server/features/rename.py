"""Rename: streams, functions, dimensions and operators, with everything that must change along."""

from __future__ import annotations

import builtins
import keyword

from lsprotocol import types as lsp
from step.dims import Dim
from step.function import Function
from step.program import Specification
from step.types import Unknown

from step_server.locate import At
from step_server.refusal import Refused
from step_server.scopes import MODULE, NameUse, is_in_broken_text, same, use_at, uses
from step_server.server import StepServer
from step_server.snapshot import Snapshot


def register(server: StepServer) -> None:
    """Registers the handlers."""

    def target(params: At) -> tuple[Snapshot, int, NameUse] | None:
        snapshot = server.snapshot(params.text_document.uri)
        if snapshot is None:
            return None
        found = use_at(snapshot.module, *snapshot.positions.point(params.position))
        if found is None or not is_ours(snapshot, *found):
            return None
        return snapshot, *found

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare_rename(params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
        found = target(params)
        if found is None:
            return None
        snapshot, _, use = found
        return lsp.PrepareRenamePlaceholder(snapshot.positions.range(use.span), use.name)

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    def rename(params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        found = target(params)
        if found is None:
            return None
        snapshot, block, use = found
        refusal = why_not(snapshot, block, use, params.new_name)
        if refusal is not None:
            raise Refused(refusal)
        spans = sorted({one.span for one in same(snapshot.module, block, use)})
        edits = [lsp.TextEdit(snapshot.positions.range(span), params.new_name) for span in spans]
        if server.session.client.document_changes:
            document = lsp.OptionalVersionedTextDocumentIdentifier(snapshot.uri, snapshot.version)
            return lsp.WorkspaceEdit(document_changes=[lsp.TextDocumentEdit(document, list(edits))])
        return lsp.WorkspaceEdit(changes={snapshot.uri: edits})


def is_ours(snapshot: Snapshot, block: int, use: NameUse) -> bool:
    """Whether a name is of the language: a stream of a body, a function, a dimension, an operator. All others belong to
    the Python tools."""
    if use.scope != MODULE:
        last = block + next((one.text.count("\n") for one in snapshot.module.blocks if one.line == block), 0)
        return any(block <= check.operator.line <= last for check in snapshot.checks)
    definition = snapshot.module.definitions.get(use.name)
    if definition is None or definition.imported:
        return False
    value = definition.value
    if isinstance(value, (Function, Dim, Specification)):
        return True
    if isinstance(value, Unknown):
        return any(check.operator.name == use.name or check.operator.reference == use.name for check in snapshot.checks)
    return isinstance(value, tuple) and bool(value) and all(isinstance(one, Function) for one in value)


def why_not(snapshot: Snapshot, block: int, use: NameUse, new: str) -> str | None:
    """The reason against a new name; None where there is none."""
    if not new.isidentifier() or keyword.iskeyword(new):
        return f"`{new}` is not a name"
    if new == use.name:
        return None
    if hasattr(builtins, new) and use.scope == MODULE:
        return f"`{new}` is a name of Python's own"
    if is_in_broken_text(snapshot.module, use.name):
        return f"`{use.name}` occurs in a statement that does not parse: finish that first"
    for other, one in uses(snapshot.module):
        if one.name == new and (one.scope == use.scope or MODULE in (one.scope, use.scope)):
            if use.scope != MODULE and other != block:
                continue
            return f"`{new}` is used already in line {one.span.line + 1}"
    return None
