"""The packed extension, made again when its sources are newer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .install import InstallError, one_at_a_time
from .paths import EXTENSION, ROOT

TARGET = EXTENSION / "steplang.vsix"
FOLDERS = ("src", "webview", "media", "snippets", "sample", "scripts")
PACKAGES = ("simulator", "agents", "server")


def vsix() -> Path:
    """`steplang.vsix`, up to date."""
    with one_at_a_time("package"):
        if not TARGET.exists() or TARGET.stat().st_mtime < max(path.stat().st_mtime for path in _sources()):
            build()
    return TARGET


def build() -> None:
    """`npm ci` where needed, then `npm run package`.

    Raises:
        InstallError: npm failed; the message has its output
    """
    if not (EXTENSION / "node_modules" / ".package-lock.json").exists():
        _npm("ci", "--no-audit", "--no-fund")
    _npm("run", "package")


def _sources() -> Iterator[Path]:
    yield from (EXTENSION / name for name in ("package.json", "package-lock.json", "README.md"))
    for folder in FOLDERS:
        yield from (path for path in (EXTENSION / folder).rglob("*") if path.is_file())
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def _npm(*arguments: str) -> None:
    print(f"npm {' '.join(arguments)} in {EXTENSION.name}", file=sys.stderr, flush=True)
    done = subprocess.run(["npm", *arguments], cwd=EXTENSION, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise InstallError(f"`npm {' '.join(arguments)}` failed:\n{(done.stdout + done.stderr)[-4000:]}")
