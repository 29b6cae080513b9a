"""The operators of a document with their statuses: asked for, checked on demand and on save, told when they change."""

from __future__ import annotations

import asyncio
from typing import Any

from step_server.documents import Document
from step_server.features.diagnostics import pause
from step_server.refusal import Refused
from step_server.server import StepServer
from step_server.wire import statuses_json, text_document

UNSETTLED = 0.05
"""Seconds for which lenses are not refreshed again: statuses change in bursts."""

PAUSE = 0.15
"""Seconds without typing after which the operators are looked at that use what was edited."""


def register(server: StepServer) -> None:
    """Registers the handlers, and listens to documents and verdicts."""
    session = server.session

    @server.feature("step/operators")
    def operators(params: Any) -> dict[str, Any]:
        snapshot = server.snapshot_of_any(text_document(params))
        return {"operators": statuses_json(snapshot, server.statuses) if snapshot else []}

    @server.feature("step/check")
    async def check(params: Any) -> dict[str, Any]:
        uri = text_document(params)
        names = params.get("operators")
        snapshot = server.snapshot_of_any(uri)
        if snapshot is None:
            return {"operators": []}
        if not session.settings_of(uri).trusted:
            raise Refused("functional checks run the code of this workspace: trust it first")
        wanted = [str(one) for one in names] if isinstance(names, list) else None
        jobs = server.checking.request(snapshot, wanted)
        try:
            for job in jobs:
                await job.ended.wait()
        except asyncio.CancelledError:
            server.checking.cancel(uri, [job.operator for job in jobs if not job.ended.is_set()])
            raise
        found = statuses_json(server.snapshot_of_any(uri) or snapshot, server.statuses)
        return {"operators": [one for one in found if wanted is None or one["operator"] in wanted]}

    @server.command("step.server.check")
    def check_command(argument: Any) -> None:
        uri, name = argument.get("uri"), argument.get("operator")
        snapshot = server.snapshot_of_any(str(uri))
        if snapshot is not None and session.settings_of(snapshot.uri).trusted:
            server.checking.request(snapshot, [name] if isinstance(name, str) else None)

    def saved(document: Document) -> None:
        settings = session.settings_of(document.uri)
        if settings.trusted and settings.check_on_save and document.snapshot.speaks_step:
            server.checking.request(document.snapshot, force=False)

    def restale(document: Document, *, own_text: bool) -> None:
        if server.statuses.restale(document.snapshot, own_text=own_text):
            server.status_changed(document.uri)

    def changed(document: Document) -> None:
        server.checking.focus = document.uri
        if server.statuses.any_of(document.uri):
            own, all_ = ("stale", document.uri), ("stale by others", document.uri)
            server.scheduler.schedule(own, pause(document), lambda: restale(document, own_text=True))
            server.scheduler.schedule(all_, PAUSE, lambda: restale(document, own_text=False))

    def opened(document: Document) -> None:
        server.scheduler.schedule(("status", document.uri), 0, lambda: tell(document.uri))

    def closed(document: Document) -> None:
        server.scheduler.cancel(("stale", document.uri))
        server.scheduler.cancel(("stale by others", document.uri))
        server.scheduler.cancel(("status", document.uri))
        server.checking.cancel(document.uri)
        server.statuses.forget(document.uri)

    def tell(uri: str) -> None:
        document = session.documents.get(uri)
        snapshot = document.snapshot if document is not None else server.snapshot_of_any(uri)
        if snapshot is None or not snapshot.speaks_step:
            return
        server.protocol.notify(
            "step/operatorStatus",
            {"uri": snapshot.uri, "version": snapshot.version, "operators": statuses_json(snapshot, server.statuses)},
        )

    def verdict(uri: str) -> None:
        tell(uri)
        server.scheduler.schedule("refresh", UNSETTLED, server.refresh)

    session.documents.on_open.append(opened)
    session.documents.on_change.append(changed)
    session.documents.on_save.append(saved)
    session.documents.on_close.append(closed)
    server.on_status.append(verdict)
    server.on_shutdown.append(server.checking.cancel_all)
