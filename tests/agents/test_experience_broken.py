"""A database file that is broken is set aside, told, and begun anew with what could be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from step_agents.experience import ExperienceBuffer

from tests.agents.samples import execute, experience, numbered

WRITER = """
import sys
import tempfile
from step_agents.experience import ExperienceBuffer
from tests.agents.samples import execute, numbered
buffer = ExperienceBuffer(sys.argv[1])
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    buffer.add(numbered(number))
    print(number, flush=True)
"""


def broken_by_rubbish(path: Path) -> None:
    path.write_bytes(b"this is no database at all " * 400)


def broken_in_the_middle(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2 // 4096 * 4096
    raw[middle : middle + 8192] = bytes(reversed(range(256))) * 32
    path.write_bytes(raw)


def broken_by_truncation(path: Path) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2 + 100])


@pytest.mark.parametrize("damage", [broken_by_rubbish, broken_in_the_middle, broken_by_truncation])
def test_a_broken_file_is_set_aside_reported_and_a_new_one_begun(path: Path, damage: object) -> None:
    buffer = ExperienceBuffer(str(path))
    for number in range(80):
        buffer.add(numbered(number))
    execute(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    damage(path)  # type: ignore[operator]
    damaged = path.read_bytes()

    told: list[str] = []
    again = ExperienceBuffer(str(path), report=told.append)
    saved = again.count()
    assert again.add(numbered(1000)).task_hash == "task1000"
    assert again.count() == saved + 1
    assert len(told) == len(again.notices) == 1
    assert "was broken" in told[0]
    aside = next(
        one for one in path.parent.iterdir() if ".broken-" in one.name and not one.name.endswith(("-wal", "-shm"))
    )
    assert aside.name in told[0]
    assert aside.read_bytes() == damaged
    assert saved <= 80
    if damage is broken_in_the_middle:
        assert saved > 0  # what can still be read is taken over
    assert ExperienceBuffer(str(path)).count() == saved + 1


def test_a_file_that_breaks_while_it_is_open_is_set_aside_too(path: Path) -> None:
    buffer = ExperienceBuffer(str(path))
    buffer.add(experience())
    for companion in path.parent.glob("*-*"):
        companion.unlink()
    broken_by_rubbish(path)
    buffer.add(numbered(1))
    assert buffer.count() == 1
    assert len(buffer.notices) == 1
