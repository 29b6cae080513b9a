"""Fixtures of the workbench tests: the installed workbench, the packed extension, a fresh server a test."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from vscode_workbench.chrome import launch, workbench
from vscode_workbench.code_server import CodeServer, install_extension
from vscode_workbench.extension import vsix
from vscode_workbench.install import install_workbench
from vscode_workbench.page import Workbench
from vscode_workbench.paths import HERE, OUT
from vscode_workbench.scripted import OpenWorkbench, Scripted, write_executable

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCRIPTED_NAMES = ("costly", "explode", "late", "slow", "unsolved")
"""Operators to which the scripted server does what they are called."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.workbench)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


@pytest.fixture(scope="session")
def extensions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the extension installed; tests read it, none writes it."""
    install_workbench()
    folder = tmp_path_factory.mktemp("extensions")
    install_extension(vsix(), folder)
    return folder


@pytest.fixture
def scripted(tmp_path: Path) -> Scripted:
    log = tmp_path / "server-events.jsonl"
    server = HERE / "scripted_server.py"
    script = f'#!/bin/sh\nexport SCRIPTED_SERVER_LOG="{log}"\nexec "{sys.executable}" "{server}" "$@"\n'
    return Scripted(write_executable(tmp_path / "scripted-steplang", script), log)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A copy of the fixture workspace, for the test to change, with a file for each end that a synthesis can take."""
    folder = tmp_path / "workspace"
    shutil.copytree(HERE / "fixtures" / "workspace", folder)
    hole = (HERE / "fixtures" / "hole.py").read_text()
    for name in SCRIPTED_NAMES:
        (folder / f"{name}.py").write_text(hole.replace("NAME", name))
    return folder


@pytest.fixture
def open_workbench(
    request: pytest.FixtureRequest, browser: Browser, extensions: Path, workspace: Path, tmp_path: Path
) -> Iterator[OpenWorkbench]:
    """Call it to get a workbench with the workspace opened, on a server of its own."""
    shots = OUT / request.node.name
    shutil.rmtree(shots, ignore_errors=True)
    with ExitStack() as stack:

        def start(settings: Mapping[str, Any] | None = None, **options: Any) -> Workbench:
            folder = options.pop("folder", workspace)
            installed = options.pop("extensions", extensions)
            home = tmp_path / "code-server"
            server = CodeServer(home, folder, installed, settings or {}, **options)
            stack.callback(keep_logs, home, shots)
            stack.callback(server.stop)
            server.start()
            return stack.enter_context(workbench(browser, server, shots))

        yield start


@pytest.fixture
def bench(open_workbench: OpenWorkbench, scripted: Scripted) -> Workbench:
    """A workbench with the scripted server."""
    return open_workbench({"step.path": str(scripted.executable)})


def keep_logs(home: Path, shots: Path) -> None:
    """The output channels of the extension, for whoever looks at a failure."""
    shots.mkdir(parents=True, exist_ok=True)
    for path in home.glob("data/logs/**/exthost*/**/*STeP*.log"):
        shutil.copy(path, shots / path.name)


@pytest.fixture(scope="session", autouse=True)
def nothing_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every server that a test of this process started is gone at the end."""
    yield
    logs = tmp_path_factory.getbasetemp().glob("*/server-events.jsonl")
    events = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
    started = {event["pid"] for event in events if event["event"] == "started"}
    left = [pid for pid in sorted(started) if _is_scripted_server(pid)]
    assert not left, f"servers left running: {left}"


def _is_scripted_server(pid: int) -> bool:
    try:
        return b"scripted_server.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False
