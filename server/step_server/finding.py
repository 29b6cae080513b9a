"""The Python files of a workspace folder: without environments, hidden folders and what the folder's `.gitignore`
names; never more than anybody would wait for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

MOST_FILES = 5_000
MOST_FOLDERS = 5_000
IGNORED = frozenset({"node_modules", "site-packages", "__pycache__", "venv", "env", "build", "dist", "target"})
"""Folders that hold what nobody wrote by hand, besides the hidden ones."""

Ignores = tuple[tuple[str, str], ...]
"""Patterns of folders to leave out, each with the folder that it counts from; empty: it is a name's, at any depth."""


def _nothing(_: str) -> None:
    """Nobody wants to know."""


def python_files(
    folder: Path, stopped: Callable[[], bool] = lambda: False, complain: Callable[[str], None] = _nothing
) -> Iterator[Path]:
    """The files, nearest first, links to folders not followed. Ends early where there are too many, which somebody may
    want to know, or on demand."""
    waiting: list[tuple[Path, Ignores]] = [(folder, ())]
    files = folders = 0
    while waiting and not stopped():
        if folders >= MOST_FOLDERS:
            complain(f"{folder} has more than {MOST_FOLDERS:,} folders: those further down are not looked into")
            return
        here, ignores = waiting.pop(0)
        folders += 1
        try:
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda one: one.name)
        except OSError:
            continue
        names = {one.name for one in entries}
        if "pyvenv.cfg" in names:
            continue
        if ".gitignore" in names:
            ignores += tuple(_ignored_by(here))
        for entry in entries:
            if _is_folder(entry):
                if not is_left_out(entry.name) and not _matches(Path(entry.path), ignores):
                    waiting.append((Path(entry.path), ignores))
            elif entry.name.endswith(".py"):
                files += 1
                if files > MOST_FILES:
                    complain(
                        f"{folder} has more than {MOST_FILES:,} Python files: those further down are not looked at"
                    )
                    return
                yield Path(entry.path)


def is_left_out(name: str) -> bool:
    """Whether a folder of a name is never looked into."""
    return name.startswith(".") or name in IGNORED or name.endswith(".egg-info")


def is_in(path: Path, folder: Path) -> bool:
    """Whether a file is one that would be found in a folder, as far as the names on the way tell."""
    try:
        way = path.relative_to(folder).parts[:-1]
    except ValueError:
        return False
    return path.suffix == ".py" and not any(is_left_out(one) for one in way)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _ignored_by(folder: Path) -> Iterator[tuple[str, str]]:
    """What a `.gitignore` says of folders. What is taken back (`!`) and what names everything is not followed: the
    worst that comes of it is a folder too many."""
    try:
        lines = (folder / ".gitignore").read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        pattern = line.strip().rstrip("/")
        if pattern and pattern[0] not in "#!" and pattern.strip("*/"):
            anchored = "/" in pattern.removeprefix("**/")
            yield pattern.removeprefix("**/").removeprefix("/"), str(folder) if anchored else ""


def _matches(path: Path, ignores: Ignores) -> bool:
    for pattern, start in ignores:
        if start:
            if fnmatchcase(path.relative_to(start).as_posix(), pattern):
                return True
        elif fnmatchcase(path.name, pattern):
            return True
    return False
