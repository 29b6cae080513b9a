"""The operators of a document with their statuses: asked for, checked on demand and on save, told when they change."""

from __future__ import annotations

import asyncio
from typing import Any

from step_server.documents import Document, key_of
from step_server.features.diagnostics import pause
from step_server.refusal import Refused
from step_server.server import StepServer
from step_server.snapshot import Snapshot
from step_server.wire import argument_of, statuses_json, text_document

UNSETTLED = 0.05
"""Seconds for which lenses are not refreshed again: statuses change in bursts."""

PAUSE = 0.15
"""Seconds without typing after which it is looked at which operators there are, and which use what was edited."""

FEW = 25
"""Operators whose statuses are told at once; those of more are told together, so that it costs no more."""

TOGETHER = 0.1
"""Seconds for which the changes of many are gathered."""

UNUSED = 0.5
"""Seconds after which the child of a closed file's interpreter ends, where no other file has that interpreter."""

Standing = tuple[tuple[str, bool, int], ...]
"""The operators of a document: each with its name, whether it is a hole, and its line."""


def register(server: StepServer) -> None:
    """Registers the handlers, and listens to documents and verdicts."""
    session = server.session
    told: dict[str, Standing] = {}

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
        if server.scheduler.cancel(("status", snapshot.uri)):
            tell(uri)  # the notification comes before the answer
        found = statuses_json(server.snapshot_of_any(uri) or snapshot, server.statuses)
        return {"operators": [one for one in found if wanted is None or one["operator"] in wanted]}

    @server.command("step.server.check")
    def check_command(*arguments: Any) -> None:
        argument = argument_of(arguments)
        name = argument.get("operator")
        snapshot = server.snapshot_of_any(argument["uri"])
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
        server.checking.focus = key_of(document.uri)
        if server.statuses.any_of(document.uri):
            own = ("stale", document.uri)
            server.scheduler.schedule(own, pause(document), lambda: restale(document, own_text=True))
        server.scheduler.schedule(("operators", document.uri), PAUSE, lambda: paused(document))

    def paused(document: Document) -> None:
        restale(document, own_text=False)
        if standing(document.snapshot) != told.get(document.uri, ()):
            tell(document.uri)

    def opened(document: Document) -> None:
        server.scheduler.schedule(("status", document.uri), 0, lambda: tell(document.uri))

    def closed(document: Document) -> None:
        for job in ("stale", "operators", "status"):
            server.scheduler.cancel((job, document.uri))
        told.pop(document.uri, None)
        server.checking.cancel(document.uri)
        server.statuses.forget(document.uri)
        server.scheduler.schedule("children", UNUSED, server.checking.settings_changed)

    def tell(uri: str) -> None:
        document = session.documents.get(uri)
        snapshot = document.snapshot if document is not None else server.snapshot_of_any(uri)
        if snapshot is None or not (snapshot.speaks_step or told.get(snapshot.uri)):
            return
        if document is not None:
            told[document.uri] = standing(snapshot)
        operators = statuses_json(snapshot, server.statuses) if snapshot.speaks_step else []
        server.protocol.notify(
            "step/operatorStatus", {"uri": snapshot.uri, "version": snapshot.version, "operators": operators}
        )

    def verdict(uri: str) -> None:
        document = session.documents.get(uri)
        if document is None or len(document.snapshot.checks) <= FEW:
            tell(uri)
        else:
            where = document.uri
            server.scheduler.once(("status", where), TOGETHER, lambda: tell(where))
        server.scheduler.schedule("refresh", UNSETTLED, server.refresh)

    session.documents.on_open.append(opened)
    session.documents.on_change.append(changed)
    session.documents.on_save.append(saved)
    session.documents.on_close.append(closed)
    server.on_status.append(verdict)
    server.on_configured.append(server.checking.settings_changed)
    server.on_shutdown.append(server.checking.cancel_all)


def standing(snapshot: Snapshot) -> Standing:
    """Which operators a document has, and where: what clients are told of although no verdict changed."""
    if not snapshot.speaks_step:
        return ()
    operators = (one.operator for one in snapshot.checks)
    return tuple((one.name, one.is_hole, one.line) for one in operators)
