"""The server's own health (``step/serverStatus``), its children, and what to paste into a report."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import Any

import step_server
from step_server.server import StepServer

PACKAGES = ("steplang", "numpy", "pygls", "lsprotocol", "torch")


def register(server: StepServer) -> None:
    """Registers the handlers, and listens to verdicts."""
    last: list[dict[str, Any]] = []

    def tell(_: str = "") -> None:
        status = current(server)
        if [status] != last:
            last[:] = [status]
            server.protocol.notify("step/serverStatus", status)

    def text() -> str:
        return debug_information(server)

    @server.feature("step/debugInformation")
    def debug_request(_: Any) -> dict[str, str]:
        return {"text": text()}

    @server.command("step.server.debugInformation")
    def debug_command(*_: Any) -> str:
        return text()

    @server.command("step.server.restartChild")
    async def restart_child(*_: Any) -> None:
        server.checking.cancel_all()
        await server.children.restart()
        tell()

    server.on_initialized.append(tell)
    server.on_configured.append(tell)
    server.on_status.append(tell)
    server.on_rest.append(tell)

    def ended() -> None:
        server.scheduler.start(server.children.close(), "ending the children")

    server.on_shutdown.append(ended)


def current(server: StepServer) -> dict[str, Any]:
    """The server's health: whether checks can run, and where."""
    session = server.session
    uri = session.folders[0] if session.folders else next((one.uri for one in session.documents), "")
    trouble = server.checking.trouble
    message = trouble or ("limited: no code of this workspace runs" if not session.settings.trusted else "ready")
    return {
        "health": "error" if trouble else "ok",
        "message": message,
        "interpreter": server.children.interpreter(uri),
        "version": step_server.__version__,
        "busy": server.checking.busy,
    }


def debug_information(server: StepServer) -> str:
    """What a report about this server needs, without texts of the user's and without secrets."""
    session = server.session
    versions = []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{name} is not installed")
    pending, tasks = server.scheduler.load
    status = current(server)
    lines = [
        f"steplang {step_server.__version__}, Python {platform.python_version()} on {platform.platform()}",
        f"server: {sys.executable}",
        f"packages: {', '.join(versions)}",
        f"client: {session.client}",
        f"health: {status['health']}: {status['message']}",
        f"interpreter for checks: {status['interpreter']}",
        f"positions: {session.documents.encoding}; folders: {len(session.folders)}",
        f"settings: {session.settings}",
        f"children: {server.children.pids}; pending jobs: {pending}; tasks: {tasks}",
        *(
            f"document: {len(one.snapshot.positions.lines)} lines, {len(one.snapshot.checks)} operators, "
            f"version {one.version}, {one.cost * 1000:.1f} ms"
            for one in session.documents
        ),
        "",
        "last log lines:",
        *server.handler.recent,
    ]
    return "\n".join(lines)
