"""Which Python runs a user's module: the one that was chosen, else the folder's own environment, else the server's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ENVIRONMENTS = (".venv", "venv")


def interpreter_for(chosen: str | None, folder: Path | None) -> str:
    """The path of an interpreter. A chosen one is taken as it is, relative to the folder; whether it works is found
    out when it starts, with a message that says what to do."""
    if chosen:
        path = Path(chosen).expanduser()
        if not path.is_absolute() and (os.sep in chosen or "/" in chosen) and folder is not None:
            path = folder / path
        return str(path)
    if folder is not None:
        for name in ENVIRONMENTS:
            for inside in ("bin/python", "Scripts/python.exe"):
                found = folder / name / inside
                if found.is_file():
                    return str(found)
    return sys.executable
