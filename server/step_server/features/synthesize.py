"""Synthesis in place: a request that a client can cancel, and a command for editors that have only commands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from lsprotocol import types as lsp

from step_server.progress import Progress
from step_server.refusal import BadParameters
from step_server.server import StepServer
from step_server.synthesis import Asked, failure
from step_server.wire import argument_of, text_document


def register(server: StepServer) -> None:
    """Registers the handlers."""
    by_token: dict[str | int, str] = {}

    @server.feature("step/synthesize")
    async def synthesize(params: Any) -> dict[str, Any]:
        asked = read_asked(params, text_document(params))
        progress = Progress(server, params.get("workDoneToken"))
        id, task = server.syntheses.start(asked, progress.report)
        return await watch(asked, progress, id, task)

    async def watch(asked: Asked, progress: Progress, id: str, task: asyncio.Task[dict[str, Any]]) -> dict[str, Any]:
        """Waits for a job. Who cancels is let go at once; the job ends its child by itself."""
        progress.begin(f"{'Repair' if asked.repair else 'Synthesize'} {asked.operator}")
        if progress.token is not None:
            by_token[progress.token] = id
        message = "cancelled"
        try:
            await asyncio.wait({task})
            if task.cancelled():
                return failure(asked, "cancelled", "cancelled")
            result = task.result()
            message = str(result["message"] or result["status"])
            return result
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            if progress.token is not None:
                by_token.pop(progress.token, None)
            progress.end(message)

    @server.command("step.server.synthesize")
    def synthesize_command(*arguments: Any) -> dict[str, str]:
        argument = argument_of(arguments)
        asked = read_asked(argument, argument["uri"])
        document = server.session.documents.get(asked.uri)
        if document is not None:
            asked = replace(asked, version=document.version)
        progress = Progress(server, None)
        id, task = server.syntheses.start(asked, progress.report)

        async def follow() -> None:
            await progress.obtain()
            show(asked, await watch(asked, progress, id, task))

        server.scheduler.start(follow(), f"following {id}")
        return {"id": id}

    def show(asked: Asked, result: dict[str, Any]) -> None:
        name = asked.operator
        match result["status"]:
            case "solved" if result["applied"]:
                kind, text = (
                    lsp.MessageType.Info,
                    f"{name}: verified body by {result['proposer']}, {result['seconds']:.1f} s",
                )
            case "solved":
                kind, text = lsp.MessageType.Info, f"{name}: a body passed, but {result['notApplied']}"
                text += "; it is in the log" if result["diff"] else ""
            case "unsolved":
                kind, text = lsp.MessageType.Warning, f"{name}: no body passed. {result['message'] or ''}"
            case "cancelled":
                return
            case _:
                kind, text = lsp.MessageType.Error, f"{name}: {result['message']}"
        server.window_show_message(lsp.ShowMessageParams(kind, text.strip()))
        if result["diff"] and not result["applied"]:
            server.window_log_message(lsp.LogMessageParams(lsp.MessageType.Info, f"{name}\n{result['diff']}"))

    @server.command("step.server.cancelSynthesis")
    def cancel_synthesis(*arguments: Any) -> dict[str, list[str]]:
        given = arguments[0].get("id") if arguments and isinstance(arguments[0], dict) else None
        return {"cancelled": server.syntheses.cancel(given)}

    @server.feature(lsp.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def progress_cancelled(params: lsp.WorkDoneProgressCancelParams) -> None:
        id = by_token.get(params.token)
        if id is not None:
            server.syntheses.cancel(id)

    def stop() -> None:
        server.syntheses.cancel()

    server.on_configured.append(server.syntheses.settings_changed)
    server.on_shutdown.append(stop)


def read_asked(values: Any, uri: str) -> Asked:
    """What the parameters ask for.

    Raises:
        BadParameters: the operator is missing, or something else makes no sense.
    """
    operator = values.get("operator") if isinstance(values, dict) else None
    if not isinstance(operator, str):
        raise BadParameters("`operator` is missing")
    document = values.get("textDocument")
    version = document.get("version") if isinstance(document, dict) else None
    budget, proposer, mode = values.get("budget"), values.get("proposer"), values.get("applyMode")
    if not isinstance(proposer, str | None):
        raise BadParameters("`proposer` is no text")
    if mode not in (None, "apply", "preview"):
        raise BadParameters(f"`applyMode` is apply or preview; got {mode}")
    return Asked(
        uri,
        operator,
        version if isinstance(version, int) else None,
        bool(values.get("repair", False)),
        proposer,
        float(budget) if isinstance(budget, (int, float)) and budget > 0 else None,
        mode,
    )
