"""Hover. What it tells of each kind of thing is a module of :mod:`step_server.hovers`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

from lsprotocol import types as lsp

from step_server import hovers
from step_server.hovers import Hovered
from step_server.locate import Place, place
from step_server.server import StepServer

Teller = Callable[[Place, StepServer], Hovered | None]


def register(server: StepServer) -> None:
    """Registers the handler."""
    modules = [
        importlib.import_module(f"{hovers.__name__}.{one.name}") for one in pkgutil.iter_modules(hovers.__path__)
    ]
    tellers: list[Teller] = [one.hover for one in sorted(modules, key=lambda one: int(one.ORDER))]

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        snapshot = server.snapshot(params.text_document.uri)
        if snapshot is None:
            return None
        at = place(snapshot, *snapshot.positions.point(params.position))
        for teller in tellers:
            found = teller(at, server)
            if found is not None:
                content = lsp.MarkupContent(lsp.MarkupKind.Markdown, found.text)
                return lsp.Hover(content, snapshot.positions.range(found.span))
        return None
