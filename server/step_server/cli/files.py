"""Which files a command is about: those that are named, and in folders those that import ``step``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from step_server.cli.errors import UsageProblem

SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "env", "build", "dist"})
_IMPORTS = re.compile(r"^\s*((import|from)\s+step\b|@step\.(fn|operator)\b)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text; ``problem`` says why it has none. ``named``: a person named this very file. ``only``: the
    operators that it is about, all where there is none."""

    path: Path
    text: str
    problem: str | None = None
    named: bool = True
    only: frozenset[str] = frozenset()


def sources(paths: Sequence[str]) -> list[Source]:
    """The files of paths (``FILE:OPERATOR`` is a file of which one operator is meant), each once, in the order in which
    they were named.

    Raises:
        UsageProblem: a path does not exist.
    """
    found: dict[Path, Source] = {}
    for given in paths:
        path = Path(given)
        if path.is_dir():
            for file in walk(path):
                one = read_source(file, named=False)
                if one.problem is not None or _IMPORTS.search(one.text):
                    found.setdefault(file.resolve(), one)
        elif path.exists():
            found[path.resolve()] = read_source(path)
        else:
            file, operator = _parted(given)
            if operator is None:
                raise UsageProblem(f"there is no file or folder {given}")
            known = found.get(file.resolve())
            if known is None:
                found[file.resolve()] = replace(read_source(file), only=frozenset({operator}))
            elif known.only:
                found[file.resolve()] = replace(known, only=known.only | {operator})
    return list(found.values())


def walk(folder: Path) -> Iterator[Path]:
    """The Python files of a folder, by name; hidden ones, environments and caches left out."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for one in entries:
        if one.name.startswith("."):
            continue
        if one.is_dir():
            if one.name not in SKIPPED and not (one / "pyvenv.cfg").exists() and not one.is_symlink():
                yield from walk(one)
        elif one.suffix == ".py":
            yield one


def read_source(path: Path, *, named: bool = True) -> Source:
    """A file's text as it is, line ends included; what cannot be read becomes a problem."""
    try:
        return Source(path, path.read_bytes().decode("utf-8"), named=named)
    except UnicodeDecodeError as error:
        return Source(path, "", f"this file is not UTF-8 (byte {error.start})", named)
    except OSError as error:
        return Source(path, "", f"this file cannot be read: {error.strerror or error}", named)


def file_and_operator(given: str) -> tuple[Path, str | None]:
    """``FILE`` or ``FILE:OPERATOR``; a colon that belongs to the path stays in it.

    Raises:
        UsageProblem: there is no such file.
    """
    if Path(given).is_file():
        return Path(given), None
    path, operator = _parted(given)
    if operator is not None:
        return path, operator
    if Path(given).is_dir():
        raise UsageProblem(f"{given} is a folder: name one file, or FILE:OPERATOR")
    before, separator, after = given.rpartition(":")
    raise UsageProblem(f"there is no file {before if separator and after.isidentifier() else given}")


def _parted(given: str) -> tuple[Path, str | None]:
    """The file and the operator of ``FILE:OPERATOR``; no operator where it is not that."""
    path, separator, operator = given.rpartition(":")
    if separator and operator.isidentifier() and Path(path).is_file():
        return Path(path), operator
    return Path(given), None
