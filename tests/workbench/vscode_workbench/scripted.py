"""The scripted server, seen from a test: its executable, and what it noted."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .code_server import WorkbenchError
from .page import Workbench

OpenWorkbench = Callable[..., Workbench]
"""What the fixture `open_workbench` gives: call it with settings to get a workbench."""


@dataclass(frozen=True)
class Scripted:
    """The scripted server: an executable for `step.path`, and what it noted."""

    executable: Path
    log: Path

    def events(self, name: str = "") -> list[dict[str, Any]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [event for event in map(json.loads, lines) if name in ("", event["event"])]

    def expect(self, name: str, seconds: float = 20, count: int = 1) -> dict[str, Any]:
        """Waits for the `count`-th event of this name."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.events(name)
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.02)
        raise WorkbenchError(f"waited {seconds:.0f} s for {count} {name!r} of the server; it noted {self.events()}")


def write_executable(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
