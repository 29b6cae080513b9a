"""Rename: streams, functions, dimensions and operators, with everything that must change along, in other files too.

A stream is its operator's: one block of the open document is looked at. What a module declares is renamed wherever the
workspace speaks of it (:mod:`step_server.across`).
"""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types as lsp

from step_server.across.renaming import Change, edited, is_ours, not_a_name, renamed
from step_server.across.view import is_read_only
from step_server.across.world import Target, World, place_of
from step_server.documents import path_of
from step_server.locate import At
from step_server.refusal import Refused
from step_server.scopes import Text, same, use_at
from step_server.server import StepServer
from step_server.snapshot import Snapshot
from step_server.uses import MODULE, NameUse


def register(server: StepServer) -> None:
    """Registers the handlers."""

    def stream_at(params: At) -> tuple[Snapshot, int, NameUse] | None:
        """A name of an operator's body, if it is not the module's."""
        snapshot = server.snapshot(params.text_document.uri)
        if snapshot is None:
            return None
        found = use_at(snapshot.module, *snapshot.positions.point(params.position))
        return (snapshot, *found) if found is not None and is_in_operator(snapshot, *found) else None

    def seen_from(params: At) -> tuple[Path, int, int] | None:
        """The place in a file from which something else is asked for: in a package's own file too, say, which passes
        names of the language on and knows nothing of it."""
        snapshot = server.session.documents.snapshot(params.text_document.uri)
        if snapshot is None:
            return None
        return place_of(snapshot.uri), *snapshot.positions.point(params.position)

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    async def prepare_rename(params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
        stream = stream_at(params)
        if stream is not None:
            snapshot, _, use = stream
            return lsp.PrepareRenamePlaceholder(snapshot.positions.range(use.span), use.name)
        place = seen_from(params)
        if place is None:
            return None

        def question(world: World) -> lsp.PrepareRenamePlaceholder | None:
            found = ours_at(world, *place)
            return lsp.PrepareRenamePlaceholder(found.view.positions.range(found.span), found.name) if found else None

        return await server.asking.ask(question)

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    async def rename(params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        stream = stream_at(params)
        place = seen_from(params)
        if stream is not None:
            changes: list[Change] | None = [renamed_stream(*stream, params.new_name)]
        elif place is None:
            return None
        else:

            def question(world: World) -> list[Change] | None:
                found = ours_at(world, *place)
                if found is None or found.symbol is None:
                    return None
                return renamed(found.symbol, params.new_name, world)

            changes = await server.asking.ask(question, everywhere=True, anew=True)
        return edited(changes, versioned=server.session.client.document_changes) if changes is not None else None


def ours_at(world: World, path: Path, line: int, column: int) -> Target | None:
    """The module's name that stands at a place, if it is of the language."""
    found = world.target(path, line, column)
    return found if found is not None and found.symbol is not None and is_ours(found.symbol, world) else None


def is_in_operator(snapshot: Snapshot, block: int, use: NameUse) -> bool:
    """Whether a name is of an operator's body, and not the module's."""
    if use.scope == MODULE:
        return False
    last = block + next((one.text.count("\n") for one in snapshot.module.blocks if one.line == block), 0)
    return any(block <= check.operator.line <= last for check in snapshot.checks)


def renamed_stream(snapshot: Snapshot, block: int, use: NameUse, new: str) -> Change:
    """The change that gives a stream another name."""
    path = path_of(snapshot.uri)
    refusal = not_a_name(new) or (why_not(snapshot, block, use, new) if new != use.name else None)
    if refusal is None and path is not None and is_read_only(Path(path)):
        refusal = f"{Path(path).name} is read-only"
    if refusal is not None:
        raise Refused(refusal)
    spans = sorted({one.span for one in same(snapshot.module, block, use)}) if new != use.name else []
    edits = tuple(lsp.TextEdit(snapshot.positions.range(span), new) for span in spans)
    return Change(snapshot.uri, snapshot.version, edits)


def why_not(snapshot: Snapshot, block: int, use: NameUse, new: str) -> str | None:
    """The reason against a new name of a stream: its uses would stand for something else then, or others for it."""
    found = Text.of(snapshot.module).at(block)
    if found is None or found[0].line != block:
        return None
    uses = found[1]
    if use.name in uses.broken or use.name in uses.unplaced:
        return f"`{use.name}` occurs in a statement that does not parse: finish that first"
    for one in uses.named.get(new, ()):
        if one.scope in (use.scope, MODULE):
            return f"`{new}` is used already in line {block + one.span.line + 1}"
    for one in (*uses.named[use.name], *uses.named.get(new, ())):
        is_it = one.name == use.name and one.scope == use.scope
        if not is_it and one.name != new:
            continue
        # From where it stands outwards: who comes first, the stream's own scope or another that has the new name?
        scope, hidden, reached = one.inside, False, False
        while scope != MODULE and not reached:
            reached = scope == use.scope
            hidden |= not reached and new in uses.scopes[scope].owned
            scope = uses.scopes[scope].parent
        if (is_it and hidden) or (not is_it and reached and not hidden):
            return f"`{new}` would mean something else in line {block + one.span.line + 1}"
    return None
