"""Definition, references and highlight: of streams by the data, of all other names by their scope."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types as lsp
from step.diagnostic import Span

from step_server.across.meaning import Symbol
from step_server.across.world import World, place_of
from step_server.documents import uri_of
from step_server.locate import At, Place, is_primitive, made_at, occurrences_of, place
from step_server.scopes import same, use_at
from step_server.server import StepServer
from step_server.uses import MODULE


def register(server: StepServer) -> None:
    """Registers the handlers."""

    def at(params: At) -> Place | None:
        snapshot = server.snapshot(params.text_document.uri)
        return place(snapshot, *snapshot.positions.point(params.position)) if snapshot is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: lsp.DefinitionParams) -> list[lsp.Location] | None:
        found = at(params)
        if found is None:
            return None
        primitive = primitive_source(found)
        if primitive is not None:
            return [primitive]
        if not is_of_module(found):
            return declared_here(found) or None
        path = place_of(found.snapshot.uri)
        return await server.asking.ask(
            lambda world: declared_elsewhere(world, path, found) or declared_here(found) or None
        )

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    async def references(params: lsp.ReferenceParams) -> list[lsp.Location] | None:
        found = at(params)
        if found is None:
            return None
        here, path = found.snapshot, place_of(found.snapshot.uri)
        declares = params.context.include_declaration
        if not is_of_module(found):
            spans = [span for span, binds in uses(found) if declares or not binds]
            return [lsp.Location(here.uri, here.positions.range(span)) for span in spans] or None

        def question(world: World) -> list[lsp.Location] | None:
            target = world.target(path, found.line, found.column)
            if target is None or target.symbol is None:
                spans = [span for span, binds in uses(found) if declares or not binds]
                return [lsp.Location(here.uri, here.positions.range(span)) for span in spans] or None
            return list(spoken_of(world, target.symbol, declares=declares)) or None

        return await server.asking.ask(question, everywhere=True)

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    async def highlight(params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight] | None:
        found = at(params)
        if found is None:
            return None
        write, read = lsp.DocumentHighlightKind.Write, lsp.DocumentHighlightKind.Read
        positions = found.snapshot.positions

        def question() -> list[lsp.DocumentHighlight] | None:
            return [
                lsp.DocumentHighlight(positions.range(span), write if binds else read) for span, binds in uses(found)
            ] or None

        return await server.asking.aside(question) if is_of_module(found) else question()


def is_of_module(found: Place) -> bool:
    """Whether what is at a place may be spoken of anywhere in the file, and in others."""
    return not _streams(found)


def declared_here(found: Place) -> list[lsp.Location]:
    """Where what is at a place is made or declared in its own file; of a module's name all of the file is gone
    through."""
    here = found.snapshot
    return [lsp.Location(here.uri, here.positions.range(span)) for span in definitions(found)]


def declared_elsewhere(world: World, path: Path, found: Place) -> list[lsp.Location]:
    """Where what is at a place is declared, if that is another file."""
    target = world.target(path, found.line, found.column, through=True)
    if target is not None and target.place is not None and target.place.path.suffix == ".py":
        view = world.view(target.place.path)
        start = lsp.Position(0, 0)
        return [lsp.Location(view.uri, lsp.Range(start, start))] if view is not None else []
    if target is None or target.symbol is None or target.symbol.path == path:
        return []
    view = world.view(target.symbol.path)
    if view is None:
        return []
    name = target.symbol.name
    imported = (one.local_span for _, one in view.imports if one.local == name and one.scope == MODULE)
    spans = [*view.bindings(name), *imported]
    return [lsp.Location(view.uri, view.positions.range(span)) for span in spans[:1]]


def spoken_of(world: World, symbol: Symbol, *, declares: bool) -> Iterator[lsp.Location]:
    """Every place of the workspace that speaks of a module's name."""
    for view, found in world.search(symbol):
        own = set(view.bindings(symbol.name)) if view.path == symbol.path and not declares else set()
        for span in sorted({*found.spans, *found.renamed_here, *found.kept_there} - own):
            yield lsp.Location(view.uri, view.positions.range(span))


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
