"""Where things are in this checkout."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
"""tests/workbench"""

ROOT = HERE.parent.parent
"""The checkout."""

CACHE = ROOT / ".cache" / "workbench"
"""The installed workbench; git-ignored, made by `install.py`, safe to delete."""

OUT = ROOT / "out" / "workbench"
"""Screenshots and logs of the last test run; git-ignored."""

EXTENSION = ROOT / "vscode-extension"

CODE_SERVER = CACHE / "node_modules" / "code-server"
