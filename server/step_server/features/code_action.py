"""Code actions. Each kind is a module of :mod:`step_server.actions`."""

from __future__ import annotations

import importlib
import pkgutil

from lsprotocol import types as lsp

from step_server import actions
from step_server.actions import Wanted
from step_server.server import StepServer


def register(server: StepServer) -> None:
    """Registers the handler."""
    names = [one.name for one in pkgutil.iter_modules(actions.__path__)]
    offering = [importlib.import_module(f"{actions.__name__}.{name}") for name in names]
    offering.sort(key=lambda one: int(one.ORDER))
    kinds = list(dict.fromkeys(kind for one in offering for kind in one.KINDS))

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=kinds, resolve_provider=False)
    )
    def code_action(params: lsp.CodeActionParams) -> list[lsp.CodeAction | lsp.Command] | None:
        document = server.session.documents.get(params.text_document.uri)
        if document is None or document.is_silent:
            return None
        snapshot = document.snapshot
        only = tuple(str(getattr(one, "value", one)) for one in params.context.only or ())
        given = tuple(params.context.diagnostics)
        wanted = Wanted(server, snapshot, snapshot.positions.span(params.range), given, only)
        found: list[lsp.CodeAction] = [action for one in offering for action in one.offer(wanted)]
        if server.session.client.code_action_literals:
            return list(found)
        return [one.command for one in found if one.command is not None]
