"""Runs the command line as a person does: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STEPLANG = str(Path(sys.executable).parent / "steplang")


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


def surroundings(cwd: Path, **more: str) -> dict[str, str]:
    """An environment with an experience of its own in `cwd`, without keys and colours."""
    environment = {**os.environ, "STEPLANG_EXPERIENCE": f"sqlite:///{cwd / 'experience.db'}", "NO_COLOR": "1", **more}
    for key in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        environment.pop(key, None)
    return environment


def steplang(*arguments: str | Path, cwd: Path, limit: float = 300.0, **more: str) -> Done:
    """Runs `steplang` in `cwd`, with `more` in its environment."""
    done = subprocess.run(
        [STEPLANG, *map(str, arguments)],
        cwd=cwd,
        env=surroundings(cwd, **more),
        capture_output=True,
        text=True,
        timeout=limit,
    )
    return Done(done.returncode, done.stdout, done.stderr)
