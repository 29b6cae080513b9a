"""The user's own files that a module imports: those beside it, found as the functional check's import finds them.

Nothing is imported: names are looked up as files (``name.py``, ``name/__init__.py``) in the module's folder, which
is the first place where a check's interpreter looks.
"""

from __future__ import annotations

import ast
import sys
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_BYTES = 1_000_000
"""A longer file is no module that anybody wrote."""
Stamp = tuple[int, int]
"""A file's modification time in nanoseconds, and its size in bytes."""
_ALREADY_THERE = sys.stdlib_module_names | {"numpy", "step", "step_agents", "step_server", "torch", "scipy"}


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import statement takes from a module: names, each with the one that it gets here; no names where it
    takes the module itself, ``local`` then being the name that it gets. ``level`` counts the dots of a relative
    import."""

    module: str
    level: int
    names: tuple[tuple[str, str], ...]
    local: str = ""

    def absolute(self, package: str) -> str | None:
        """The module's full name, seen from a module in a package (empty: in none); None where there is no such."""
        if not self.level:
            return self.module
        parts = package.split(".") if package else []
        if len(parts) < self.level:
            return None
        base = parts[: len(parts) - self.level + 1]
        return ".".join([*base, *([self.module] if self.module else [])])


def imports_of(statement: ast.Import | ast.ImportFrom) -> Iterator[Imported]:
    """The modules that an import statement names, but for those that are never beside a module."""
    if isinstance(statement, ast.ImportFrom):
        names = tuple((alias.name, alias.asname or alias.name) for alias in statement.names)
        if statement.level or may_be_beside(statement.module or ""):
            yield Imported(statement.module or "", statement.level, names)
        return
    for alias in statement.names:
        if may_be_beside(alias.name):
            yield Imported(alias.name, 0, (), alias.asname or alias.name.split(".")[0])


def may_be_beside(module: str) -> bool:
    """Whether a module of a name may be a file of the user's: others are loaded already when a check runs."""
    return module.split(".")[0] not in _ALREADY_THERE


def folder_of(path: str) -> str:
    """The folder in which the modules beside a file are; empty for a text that is no file."""
    where = Path(path)
    if where.is_absolute():
        return str(where.parent)
    return str(where.resolve().parent) if where.suffix == ".py" and where.is_file() else ""


def candidates(folder: str, module: str) -> tuple[Path, ...]:
    """The files in a folder that a module would be, the first that is there; none where it can be in no folder."""
    parts = module.split(".")
    if not folder or not all(part.isidentifier() for part in parts):
        return ()
    base = Path(folder, *parts)
    return base / "__init__.py", base.with_suffix(".py")


def stamp(path: Path) -> Stamp | None:
    """What tells whether a file changed; None if it cannot be read."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def read_text(path: Path) -> str | None:
    """A file's text; None where it cannot be read, is no text, or is too long."""
    try:
        return path.read_bytes().decode("utf-8") if path.stat().st_size <= MAX_BYTES else None
    except (OSError, UnicodeDecodeError):
        return None


class ByFile(Generic[T]):
    """Something that is computed from files, remembered until they change. The oldest are forgotten."""

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._known: OrderedDict[Path, tuple[Stamp, T]] = OrderedDict()
        self._lock = Lock()

    def get(self, path: Path) -> T | None:
        """What is known of a file as it is now."""
        now = stamp(path)
        with self._lock:
            known = self._known.get(path)
            return known[1] if known is not None and known[0] == now else None

    def put(self, path: Path, seen: Stamp, value: T) -> T:
        """Remembers what was computed from a file that had a stamp before it was read."""
        with self._lock:
            self._known[path] = (seen, value)
            self._known.move_to_end(path)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return value
