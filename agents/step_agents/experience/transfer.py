"""Export and import as JSON Lines: one experience a line, in a stable order, so that a team can review it in git."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from step_agents.experience.buffer import ExperienceBuffer
from step_agents.experience.errors import ExperienceError
from step_agents.experience.record import Experience
from step_agents.experience.rehash import rehashed
from step_agents.experience.rows import check, from_row, to_row
from step_agents.experience.schema import SCHEMA

MAX_LINE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: how many were new, how many known already, and the lines that are no experiences."""

    new: int
    known: int
    problems: tuple[str, ...]


def to_lines(experiences: Iterable[Experience]) -> Iterator[str]:
    """Each experience as a line, by id."""
    for one in sorted(experiences, key=lambda one: one.id):
        yield json.dumps({"steplang_experience": SCHEMA, **to_row(one)}, ensure_ascii=False, allow_nan=False)


def from_line(line: str) -> Experience:
    """The experience of a line.

    Raises:
        ExperienceError: the line is none, or of a newer version of the tool.
    """
    if len(line) > MAX_LINE:
        raise ExperienceError("EXPERIENCE-FORMAT", "not an experience: the line is too long")
    try:
        values: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ExperienceError("EXPERIENCE-FORMAT", f"not JSON: {error}") from None
    version = values.get("steplang_experience") if isinstance(values, dict) else None
    if not isinstance(version, int):
        raise ExperienceError("EXPERIENCE-FORMAT", "not an experience of steplang")
    if version > SCHEMA:
        raise ExperienceError("EXPERIENCE-NEWER", f"written by a newer steplang (version {version}): upgrade")
    one = from_row(values)
    check(one)
    return one if version == SCHEMA else rehashed(one)


def export_file(buffer: ExperienceBuffer, path: Path) -> int:
    """Writes every experience to a file, which is replaced only when all is written; returns how many.

    Raises:
        ExperienceError: the database cannot be read, or the file not written.
    """
    found = buffer.all()
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(line + "\n" for line in to_lines(found))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ExperienceError("EXPERIENCE-FILE", f"{path} cannot be written: {error.strerror or error}") from None
    return len(found)


def import_file(buffer: ExperienceBuffer, path: Path) -> Imported:
    """Takes over what a file holds; lines that are no experiences are reported and skipped.

    Raises:
        ExperienceError: the file cannot be read, or the database not written.
    """
    buffer.mend()
    new = known = 0
    problems: list[str] = []
    try:
        with path.open(encoding="utf-8-sig") as file:  # some editors begin a file with a mark
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    one = from_line(line)
                except ExperienceError as error:
                    problems.append(f"{path.name}:{number}: {error.message}")
                    continue
                if buffer.get(one.id) is None:
                    new += 1
                else:
                    known += 1
                buffer.add(one, replace=True)
    except OSError as error:
        raise ExperienceError("EXPERIENCE-FILE", f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ExperienceError("EXPERIENCE-FILE", f"{path} is no text in UTF-8 (byte {error.start})") from None
    return Imported(new, known, tuple(problems))
