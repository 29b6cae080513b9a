"""Rename: streams, functions, dimensions and operators, with everything that must change along, in other files too."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable
from pathlib import Path

from lsprotocol import types as lsp
from step.diagnostic import Span
from step.dims import Dim
from step.function import Function
from step.program import Specification
from step.source.split import split_lines
from step.types import Unknown

from step_server.documents import path_of
from step_server.elsewhere import taken_elsewhere, why_not_there
from step_server.locate import At
from step_server.positions import Positions
from step_server.refusal import Refused
from step_server.scopes import MODULE, NameUse, block_uses, is_in_broken_text, own, same, use_at, uses
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
    async def rename(params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        found = target(params)
        if found is None:
            return None
        snapshot, block, use = found
        refusal = why_not(snapshot, block, use, params.new_name)
        if refusal is not None:
            raise Refused(refusal)
        spans = sorted({one.span for one in same(snapshot.module, block, use)})
        edits = [(snapshot.uri, snapshot.version, edits_of(snapshot.positions, spans, params.new_name))]
        if use.scope == MODULE and (path := path_of(snapshot.uri)) is not None:
            for file, there in await taken_elsewhere(Path(path), use.name, server.session):
                refusal = why_not_there(file, there, use.name, params.new_name)
                if refusal is not None:
                    raise Refused(refusal)
                edits.append((file.uri, file.version, edits_of(file.positions, there.spans, params.new_name)))
        if server.session.client.document_changes:
            return lsp.WorkspaceEdit(
                document_changes=[
                    lsp.TextDocumentEdit(lsp.OptionalVersionedTextDocumentIdentifier(uri, version), list(changes))
                    for uri, version, changes in edits
                ]
            )
        return lsp.WorkspaceEdit(changes={uri: changes for uri, _, changes in edits})


def edits_of(positions: Positions, spans: Iterable[Span], new: str) -> list[lsp.TextEdit]:
    """The edits that write a name in places of a file."""
    return [lsp.TextEdit(positions.range(span), new) for span in spans]


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
    return captured(snapshot, block, use, new)


def captured(snapshot: Snapshot, block: int, use: NameUse, new: str) -> str | None:
    """Whether some name would stand for something else afterwards: the target of a comprehension hides what has its
    name outside. Every name of a block must be of the same scope when the block is read again with the new one."""
    spans: dict[int, set[Span]] = {}
    for line, one in own(snapshot.module, block, use):
        spans.setdefault(line, set()).add(one.span.shift(-line))
    for here in snapshot.module.blocks:
        changed = spans.get(here.line)
        if not changed:
            continue
        before = block_uses(here.text).uses
        after = block_uses(replaced(here.text, changed, new)).uses
        if len(before) != len(after):
            return f"`{new}` would mean something else in line {here.line + 1}"
        for one, then in zip(before, after, strict=True):
            name = new if one.span in changed else one.name
            if (then.name, then.scope) != (name, one.scope):
                return f"`{new}` would mean something else in line {here.line + one.span.line + 1}"
    return None


def replaced(text: str, spans: Iterable[Span], new: str) -> str:
    """A block's text with a name in each of some places, none of which spans lines."""
    lines = list(split_lines(text))
    for span in sorted(spans, reverse=True):
        line = lines[span.line]
        lines[span.line] = f"{line[: span.column]}{new}{line[span.end_column :]}"
    return "\n".join(lines)
