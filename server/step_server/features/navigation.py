"""Definition, references and highlight: of streams by the data, of all other names by their scope."""

from __future__ import annotations

import inspect
from pathlib import Path

from lsprotocol import types as lsp
from step.diagnostic import Span

from step_server.documents import path_of, uri_of
from step_server.elsewhere import local_name, origin, taken_elsewhere
from step_server.locate import At, Place, is_primitive, made_at, occurrences_of, place
from step_server.scopes import MODULE, same, use_at
from step_server.server import StepServer


def register(server: StepServer) -> None:
    """Registers the handlers."""

    def at(params: At) -> Place | None:
        snapshot = server.snapshot(params.text_document.uri)
        return place(snapshot, *snapshot.positions.point(params.position)) if snapshot is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(params: lsp.DefinitionParams) -> list[lsp.Location] | None:
        found = at(params)
        if found is None:
            return None
        primitive = primitive_source(found)
        if primitive is not None:
            return [primitive]
        here = found.snapshot
        name = imported_at(found)
        there = origin(here.module, name, server.session.documents) if name is not None else None
        if there is not None:
            file, span = there
            return [lsp.Location(file.uri, file.positions.range(span))]
        return [lsp.Location(here.uri, here.positions.range(span)) for span in definitions(found)] or None

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    async def references(params: lsp.ReferenceParams) -> list[lsp.Location] | None:
        found = at(params)
        if found is None:
            return None
        here = found.snapshot
        spans = [span for span, binds in uses(found) if params.context.include_declaration or not binds]
        places = [lsp.Location(here.uri, here.positions.range(span)) for span in spans]
        name, path = declared_at(found), path_of(here.uri)
        if name is not None and path is not None:
            for file, there in await taken_elsewhere(Path(path), name, server.session):
                places += [lsp.Location(file.uri, file.positions.range(span)) for span in there.spans]
        return places or None

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def highlight(params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight] | None:
        found = at(params)
        if found is None:
            return None
        write, read = lsp.DocumentHighlightKind.Write, lsp.DocumentHighlightKind.Read
        positions = found.snapshot.positions
        return [
            lsp.DocumentHighlight(positions.range(span), write if binds else read) for span, binds in uses(found)
        ] or None


def imported_at(found: Place) -> str | None:
    """The name at a place, if it is the module's and another module's in truth. In the import statement, where the name
    that it has there may stand beside its own, either of them."""
    module = found.snapshot.module
    use = use_at(module, found.line, found.column)
    if use is not None and use[1].scope == MODULE:
        name: str | None = use[1].name
    else:
        name = local_name(module, found.line, found.column)
    definition = module.definitions.get(name) if name is not None else None
    return name if definition is not None and definition.imported else None


def declared_at(found: Place) -> str | None:
    """The name at a place, if it is one that the module declares and that others may import."""
    use = use_at(found.snapshot.module, found.line, found.column)
    if use is None or use[1].scope != MODULE:
        return None
    definition = found.snapshot.module.definitions.get(use[1].name)
    return use[1].name if definition is not None and not definition.imported else None


def definitions(found: Place) -> list[Span]:
    """Where what is at a place is made or declared, in the file's lines."""
    streams = _streams(found)
    if streams and found.check is not None:
        return list(dict.fromkeys(found.in_file(made_at(found.check, value)) for value in streams))
    use = use_at(found.snapshot.module, found.line, found.column)
    if use is None:
        return []
    binding = [one.span for one in same(found.snapshot.module, *use) if one.binds and not one.also]
    return binding[:1]


def uses(found: Place) -> list[tuple[Span, bool]]:
    """Every place that speaks of the same thing, and whether it makes it; in the file's lines, in order."""
    streams = _streams(found)
    if len(streams) == 1 and found.check is not None:
        named = {
            found.in_file(one.span): one.binds
            for one in occurrences_of(found.check, streams[0])
            if one.kind == "stream"
        }
        return sorted(named.items())
    primitive = found.occurrence
    if primitive is not None and is_primitive(primitive.meaning):
        module_wide = [
            (one.span.shift(check.operator.line), False)
            for check in found.snapshot.checks
            for one in check.operator.body.occurrences
            if one.meaning is primitive.meaning
        ]
        return sorted(set(module_wide))
    use = use_at(found.snapshot.module, found.line, found.column)
    if use is None:
        return []
    return sorted({(one.span, one.binds) for one in same(found.snapshot.module, *use)})


def _streams(found: Place) -> tuple[int, ...]:
    one = found.occurrence
    return one.values if one is not None and one.kind in ("stream", "list") else ()


def primitive_source(found: Place) -> lsp.Location | None:
    """Where a primitive is defined, in the installed package."""
    one = found.occurrence
    if one is None or not is_primitive(one.meaning):
        return None
    assert isinstance(one.meaning, type)
    try:
        path = Path(inspect.getfile(one.meaning))
        line = inspect.getsourcelines(one.meaning)[1] - 1
    except (OSError, TypeError):
        return None
    start = lsp.Position(line, len("class "))
    return lsp.Location(uri_of(path), lsp.Range(start, lsp.Position(line, start.character + len(one.meaning.__name__))))
