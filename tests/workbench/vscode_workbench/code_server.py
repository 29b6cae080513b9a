"""A code-server process of one's own: its own folders, its own port, its own process group."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .paths import CODE_SERVER

SETTINGS: Mapping[str, Any] = {
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "workbench.welcomePage.walkthroughs.openOnInstall": False,
    "workbench.enableExperiments": False,
    "extensions.ignoreRecommendations": True,
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "chat.commandCenter.enabled": False,
    "git.enabled": False,
    "git.openRepositoryInParentFolders": "never",
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "update.showReleaseNotes": False,
    "editor.minimap.enabled": False,
    "[markdown]": {"editor.wordWrap": "off"},
    "editor.accessibilitySupport": "off",
    "files.autoSave": "off",
    "security.workspace.trust.banner": "never",
    "window.restoreWindows": "none",
}
"""What makes a workbench quiet and the same each time; a test's own settings go on top."""

MACHINE_SETTINGS = frozenset({"step.path", "step.interpreter", "step.baseUrl", "step.experience.url"})

START_SECONDS = 60.0
STOP_SECONDS = 5.0


class WorkbenchError(AssertionError):
    """The workbench did not do what it should; the message says what was seen instead."""


@dataclass
class CodeServer:
    """One running code-server, with one folder opened.

    Args:
        home: an empty folder for everything it writes
        workspace: the folder that is opened
        settings: the user's settings, on top of `SETTINGS`
        environment: variables for it and its extension host, on top of this process's
        trust: whether every workspace counts as trusted
        extensions: folder of the installed extensions
    """

    home: Path
    workspace: Path
    extensions: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    trust: bool = True
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/?folder={self.workspace}"

    @property
    def log(self) -> Path:
        return self.home / "code-server.log"

    def start(self) -> None:
        """Returns once it answers.

        Raises:
            WorkbenchError: it ended or did not answer; the message has the end of its log
        """
        self._write_settings()
        config = self.home / "config.yaml"
        config.write_text("auth: none\n")
        self.port = self.port or free_port()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *command(),
                    f"--bind-addr=127.0.0.1:{self.port}",
                    "--auth=none",
                    "--disable-telemetry",
                    "--disable-update-check",
                    "--disable-getting-started-override",
                    *(["--disable-workspace-trust"] if self.trust else []),
                    f"--config={config}",
                    f"--user-data-dir={self.home / 'data'}",
                    f"--extensions-dir={self.extensions}",
                    str(self.workspace),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                start_new_session=True,  # its own group, so that all of it can be stopped
                preexec_fn=_end_with_parent,
            )
        self._await_answer()

    def stop(self) -> None:
        """Ends the whole process group; nothing of it is left."""
        if self.process is None:
            return
        for sig in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, sig)
            except ProcessLookupError:
                break
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue
        self.process = None

    def _write_settings(self) -> None:
        """To a page, code-server is a remote machine: what a setting's scope gives to machines is read there alone."""
        machine = {key: value for key, value in self.settings.items() if key in MACHINE_SETTINGS}
        user = {**SETTINGS, **{key: value for key, value in self.settings.items() if key not in machine}}
        for folder, values in (("User", user), ("Machine", machine)):
            path = self.home / "data" / folder / "settings.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values, indent=2))

    def _environment(self) -> dict[str, str]:
        folders = {name: str(self.home / "xdg" / name) for name in ("config", "data", "cache", "state")}
        return {
            **os.environ,
            "XDG_CONFIG_HOME": folders["config"],
            "XDG_DATA_HOME": folders["data"],
            "XDG_CACHE_HOME": folders["cache"],
            "XDG_STATE_HOME": folders["state"],
            **self.environment,
        }

    def _await_answer(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise WorkbenchError(f"code-server ended with {self.process.returncode}:\n{self._log_tail()}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                    return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.05)
        raise WorkbenchError(f"code-server did not answer within {START_SECONDS:.0f} s:\n{self._log_tail()}")

    def _log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else "(no log)"


def _end_with_parent() -> None:
    """Asks Linux to end this process with the one that started it, even if that one is killed."""
    set_parent_death_signal = 1
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def command() -> list[str]:
    """How code-server is run."""
    node = shutil.which("node") or "node"
    return [node, str(CODE_SERVER / "out" / "node" / "entry.js")]


def install_extension(vsix: Path, extensions: Path) -> None:
    """Installs a .vsix as a user would.

    Raises:
        WorkbenchError: code-server refused it
    """
    extensions.mkdir(parents=True, exist_ok=True)
    scratch = extensions.parent / f"{extensions.name}-install-data"
    done = subprocess.run(
        [*command(), f"--user-data-dir={scratch}", f"--extensions-dir={extensions}", "--install-extension", str(vsix)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode != 0 or "successfully installed" not in done.stdout:
        raise WorkbenchError(f"{vsix.name} was not installed:\n{done.stdout}\n{done.stderr}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
