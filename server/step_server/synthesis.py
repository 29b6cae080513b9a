"""Synthesis for an editor: one job an operator, which can be cancelled at any moment and ends with an edit, a diff or
a reason."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from step_server.documents import path_of
from step_server.placing import Placed, offered, reanchored, unified
from step_server.snapshot import Snapshot
from step_server.statuses import Status

if TYPE_CHECKING:
    from step_agents.synthesis import Synthesis, SynthesisRequest

    from step_server.server import StepServer
    from step_server.settings import Settings

log = logging.getLogger(__name__)

Tell = Callable[[str], None]

ATTEMPTS = 3
"""Edits that are tried of a document in which somebody types."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks for. None: what the settings say."""

    uri: str
    operator: str
    version: int | None = None
    repair: bool = False
    proposer: str | None = None
    budget: float | None = None
    apply_mode: str | None = None


class Syntheses:
    """The jobs that run now, by their ids."""

    def __init__(self, server: StepServer) -> None:
        self.server = server
        self._numbers = itertools.count(1)
        self._running: dict[str, tuple[Asked, asyncio.Task[dict[str, Any]]]] = {}

    def start(self, asked: Asked, tell: Tell) -> tuple[str, asyncio.Task[dict[str, Any]]]:
        """Begins a job; its task gives the result of ``step/synthesize``, and never raises but when cancelled."""
        id = f"synthesis-{next(self._numbers)}"
        task = self.server.scheduler.start(self._run(asked, tell), f"synthesis of {asked.operator}")
        self._running[id] = (asked, task)
        task.add_done_callback(lambda _: self._running.pop(id, None))
        return id, task

    def cancel(self, id: str | None = None) -> list[str]:
        """Stops a job, or all of them; the ids of those that were stopped."""
        stopped = []
        for known, (_, task) in tuple(self._running.items()):
            if id in (None, known) and task.cancel():
                stopped.append(known)
        return stopped

    def settings_changed(self) -> None:
        """Stops the jobs of workspaces that are not trusted any longer."""
        for asked, task in tuple(self._running.values()):
            if not self.server.session.settings_of(asked.uri).trusted:
                task.cancel()

    @property
    def running(self) -> tuple[str, ...]:
        """The ids of the jobs that run now."""
        return tuple(self._running)

    async def _run(self, asked: Asked, tell: Tell) -> dict[str, Any]:
        server = self.server
        snapshot = server.snapshot_of_any(asked.uri)
        settings = server.session.settings_of(asked.uri)
        if not settings.trusted:
            return failure(asked, "synthesis runs the code of this workspace to verify bodies: trust it first")
        check = snapshot.check(asked.operator) if snapshot is not None else None
        if snapshot is None or check is None:
            return failure(asked, f"there is no operator {asked.operator} in this document")
        if asked.version is not None and snapshot.version is not None and asked.version > snapshot.version:
            return failure(asked, "the document is older here than in the editor: try again")
        sandbox = server.children.for_synthesis(asked.uri)
        try:
            from step_agents.synthesize import synthesize

            request = request_of(asked, snapshot.text, settings)
            experience = await server.remembering.get()
            found = await synthesize(
                request, sandbox=sandbox, experience=experience, progress=tell, cancelled=log_cancelled
            )
            log.info(
                "%s: %s by %s, %d candidates in %.1f s",
                asked.operator,
                found.status,
                found.proposer or "nobody",
                found.candidates,
                found.seconds,
            )
            for notice in found.notices:
                log.warning("%s", notice)
            return await self._deliver(asked, snapshot, found)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.exception("the synthesis of %s failed", asked.operator)
            return failure(asked, f"the synthesis failed by itself: {error}")
        finally:
            await asyncio.shield(server.children.release(sandbox))

    async def _deliver(self, asked: Asked, snapshot: Snapshot, found: Synthesis) -> dict[str, Any]:
        """The body in its place, where it may go there; otherwise as a text to look at."""
        server = self.server
        fixes = tuple(fix.to_json() for fix in found.fixes)
        result = as_json(found)
        if found.status == "solved" and found.body is not None:
            server.remembering.learn(found.body, fixes)
            placed, reason = await self._put(asked, snapshot, found.body)
            if placed is not None:
                self._keep_verdict(asked, found, placed)
                return {**result, "applied": True, "diff": placed.diff}
            now = server.snapshot_of_any(asked.uri)
            return {**result, "notApplied": reason, **_offer(offered(now or snapshot, asked.operator, found.body))}
        if found.nearest is not None:
            now = server.snapshot_of_any(asked.uri)
            return {**result, **_offer(offered(now or snapshot, asked.operator, found.nearest))}
        return result

    async def _put(self, asked: Asked, snapshot: Snapshot, body: str) -> tuple[Placed | None, str]:
        """Puts a body into the document; None, with the reason, where that may not be. An edit that the client refuses
        because somebody typed just then is made again for what the document has become."""
        server = self.server
        if (asked.apply_mode or server.session.settings_of(asked.uri).apply_mode) != "apply":
            return None, "it is shown as a preview"
        if not server.session.client.apply_edit:
            return None, "this editor lets no server edit a document"
        refused: Placed | None = None
        for _ in range(ATTEMPTS):
            placed = reanchored(snapshot, server.snapshot_of_any(asked.uri), asked.operator, body)
            if placed is None:
                return None, "the operator, or what it uses, was edited meanwhile"
            if refused is not None and refused.snapshot.version == placed.snapshot.version:
                break
            if await self._apply(asked, placed):
                return placed, ""
            refused = placed
        return None, "the editor did not take the edit"

    async def _apply(self, asked: Asked, placed: Placed) -> bool:
        """One edit, so one step back; only of the version that it was made for."""
        server = self.server
        edit = lsp.TextEdit(placed.range, placed.replacement)
        if server.session.client.document_changes:
            document = lsp.OptionalVersionedTextDocumentIdentifier(asked.uri, placed.snapshot.version)
            whole = lsp.WorkspaceEdit(document_changes=[lsp.TextDocumentEdit(document, [edit])])
        else:
            whole = lsp.WorkspaceEdit(changes={asked.uri: [edit]})
        try:
            answer = await server.workspace_apply_edit_async(
                lsp.ApplyWorkspaceEditParams(whole, label=f"Synthesize {asked.operator}")
            )
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("the client did not apply the edit: %s", error)
            return False
        if not answer.applied:
            log.info("the client did not apply the edit: %s", answer.failure_reason or "it gave no reason")
        return bool(answer.applied)

    def _keep_verdict(self, asked: Asked, found: Synthesis, placed: Placed) -> None:
        """What was applied has passed both verifiers: it need not be checked again."""
        status = Status(
            asked.operator,
            "passed",
            message=f"{asked.operator} is equal to its reference",
            meaning=placed.meaning(asked.operator),
            cost=cost(found),
        )
        self.server.statuses.set(asked.uri, status)
        self.server.status_changed(asked.uri)


def request_of(asked: Asked, text: str, settings: Settings) -> SynthesisRequest:
    """What the agents are asked for: what the client asked for, and what the settings say of the rest."""
    from step_agents.synthesis import SynthesisRequest

    return SynthesisRequest(
        text,
        path_of(asked.uri) or "untitled.py",
        asked.operator,
        proposer=asked.proposer or settings.proposer,
        model=settings.model,
        base_url=settings.base_url,
        budget=asked.budget or settings.budget,
        repair=asked.repair,
        seed=settings.seed,
        retries=settings.repairs,
        check_timeout=settings.check_timeout,
        guardian=settings.guardian,
        prior=settings.prior,
    )


def cost(found: Synthesis) -> str:
    """What a synthesis took, for the lens: ``synthesized by search in 3.1 s, 1,204 candidates``."""
    parts = [f"synthesized by {found.model or found.proposer} in {found.seconds:.1f} s"]
    if found.candidates:
        parts.append(f"{found.candidates:,} candidates")
    if found.tokens:
        parts.append(f"{found.tokens:,} tokens")
    if found.cost:
        parts.append(f"${found.cost:.3f}")
    return ", ".join(parts)


def log_cancelled(found: Synthesis) -> None:
    """What a synthesis came to that nobody waits for any longer, for the log: a client is told nothing of it."""
    spent = [f"{found.tokens:,} tokens"] if found.tokens else []
    spent += [f"${found.cost:.3f}"] if found.cost else []
    told = f" ({', '.join(spent)})" if spent else ""
    log.info("%s: cancelled after %.1f s%s: %s", found.operator, found.seconds, told, found.message)


def as_json(found: Synthesis) -> dict[str, Any]:
    """The result as docs/protocol.md has it, before anything was applied."""
    return {
        "status": found.status,
        "operator": found.operator,
        "proposer": found.proposer or None,
        "body": found.body,
        "seconds": found.seconds,
        "candidates": found.candidates,
        "tokens": found.tokens,
        "cost": found.cost,
        "fixes": [
            {
                "rule": fix.rule,
                "reason": fix.reason,
                "before": fix.old,
                "after": fix.new,
                "streams": list(fix.streams),
            }
            for fix in found.fixes
        ],
        "message": found.message or None,
        "applied": False,
        "notApplied": None,
        "newText": None,
        "diff": None,
    }


def failure(asked: Asked, message: str, status: str = "error") -> dict[str, Any]:
    """A result that is only a reason."""
    return {
        "status": status,
        "operator": asked.operator,
        "proposer": None,
        "body": None,
        "seconds": 0.0,
        "candidates": 0,
        "tokens": 0,
        "cost": None,
        "fixes": [],
        "message": message,
        "applied": False,
        "notApplied": None,
        "newText": None,
        "diff": None,
    }


def _offer(text: tuple[str, str] | None) -> dict[str, Any]:
    if text is None:
        return {}
    before, after = text
    return {"newText": after, "diff": unified(before, after)}
