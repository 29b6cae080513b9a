"""The experience in the editor: listed by difficulty, shown as a module, deleted, rechecked, exported, imported."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_server.experiences import entries
from step_server.refusal import BadParameters, Refused
from step_server.server import StepServer

if TYPE_CHECKING:
    from step_agents.experience import ExperienceBuffer


def register(server: StepServer) -> None:
    """Registers the handler."""

    @server.feature("step/experience")
    async def experience(params: Any) -> dict[str, Any]:
        values = params if isinstance(params, dict) else {}
        action = actions.get(str(values.get("action")))
        if action is None:
            raise BadParameters(f"`action` is one of {', '.join(actions)}; got {values.get('action')}")
        buffer = await server.remembering.get()
        if buffer is None:
            raise Refused("the experience database cannot be used; the server's log says why")
        from step_agents.experience import ExperienceError

        try:
            return await action(buffer, values)
        except ExperienceError as error:
            raise Refused(error.message) from None

    async def list_all(buffer: ExperienceBuffer, _: dict[str, Any]) -> dict[str, Any]:
        return {"experiences": await asyncio.to_thread(entries, buffer)}

    async def show(buffer: ExperienceBuffer, values: dict[str, Any]) -> dict[str, Any]:
        from step_agents.experience.recheck import as_module

        one = await asyncio.to_thread(buffer.get, text_of(values, "id"))
        if one is None:
            raise Refused(f"there is no experience {values['id']}")
        return {"id": one.id, "text": as_module(one)}

    async def delete(buffer: ExperienceBuffer, values: dict[str, Any]) -> dict[str, Any]:
        gone = await asyncio.to_thread(buffer.delete, text_of(values, "id"))
        return {"deleted": gone, "message": "deleted" if gone else "there was no such experience"}

    async def recheck(buffer: ExperienceBuffer, values: dict[str, Any]) -> dict[str, Any]:
        from step_agents.experience.recheck import recheck as verify_all

        if not server.session.settings.trusted:
            raise Refused("a recheck runs the functions of all experiences: trust this workspace first")
        sandbox = server.children.for_synthesis("")
        try:
            done = await verify_all(buffer, sandbox, only=values.get("id"))
        finally:
            await asyncio.shield(server.children.release(sandbox))
        return {"valid": len(done.valid), "setAside": len(done.set_aside), "message": done.message}

    async def export(buffer: ExperienceBuffer, values: dict[str, Any]) -> dict[str, Any]:
        from step_agents.experience.transfer import export_file

        path = text_of(values, "path")
        count = await asyncio.to_thread(export_file, buffer, Path(path))
        return {"exported": count, "message": f"{count} experiences in {path}"}

    async def take_over(buffer: ExperienceBuffer, values: dict[str, Any]) -> dict[str, Any]:
        from step_agents.experience.transfer import import_file

        done = await asyncio.to_thread(import_file, buffer, Path(text_of(values, "path")))
        message = f"{done.new} new, {done.known} known already"
        if done.problems:
            message += f", {len(done.problems)} lines left out: {done.problems[0]}"
        return {"new": done.new, "known": done.known, "problems": list(done.problems), "message": message}

    async def stats(buffer: ExperienceBuffer, _: dict[str, Any]) -> dict[str, Any]:
        from step_agents.experience.stats import summary

        values = await asyncio.to_thread(lambda: summary(buffer.all()))
        count = values["experiences"]
        return {**values, "message": f"{count} experiences of {values['tasks']} tasks, {values['set_aside']} set aside"}

    actions: dict[str, Callable[[ExperienceBuffer, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
        "list": list_all,
        "show": show,
        "delete": delete,
        "recheck": recheck,
        "export": export,
        "import": take_over,
        "stats": stats,
    }


def text_of(values: dict[str, Any], name: str) -> str:
    """A text among the parameters.

    Raises:
        BadParameters: it is missing.
    """
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise BadParameters(f"`{name}` is missing")
    return value
