"""Hover. What it tells of each kind of thing is a module of :mod:`step_server.hovers`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

from lsprotocol import types as lsp

from step_server import hovers
from step_server.documents import Document
from step_server.hovers import Hovered
from step_server.locate import Place, place
from step_server.markup import markup
from step_server.server import StepServer

PATIENCE = 0.4
"""Seconds that the first hover waits for the experience."""
LATER = 2.0
"""Seconds after the last document opened: the experience is read when everything else is done."""

Teller = Callable[[Place, StepServer], Hovered | None]


def register(server: StepServer) -> None:
    """Registers the handler."""
    modules = [
        importlib.import_module(f"{hovers.__name__}.{one.name}") for one in pkgutil.iter_modules(hovers.__path__)
    ]
    tellers: list[Teller] = [one.hover for one in sorted(modules, key=lambda one: int(one.ORDER))]

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    async def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        snapshot = server.snapshot(params.text_document.uri)
        if snapshot is None:
            return None
        at = place(snapshot, *snapshot.positions.point(params.position))
        if at.check is not None and not at.check.operator.is_hole:
            await server.remembering.load_fixes(PATIENCE)
        found = [one for teller in tellers if (one := teller(at, server)) is not None]
        explained = [one for one in found if one.extra]
        main = next((one for one in found if not one.extra), None)
        shown = [main, *explained] if main is not None else explained
        if not shown:
            return None
        text = "\n\n---\n\n".join(one.text for one in shown)
        content = markup(text, markdown=server.session.client.markdown_hovers)
        return lsp.Hover(content, snapshot.positions.range(shown[0].span))

    def opened(_: Document) -> None:
        server.scheduler.schedule(
            "fixes", LATER, lambda: server.scheduler.start(server.remembering.load_fixes(), "explanations")
        )

    server.session.documents.on_open.append(opened)
    server.on_shutdown.append(server.remembering.close)
