"""A database file that is broken is set aside by what writes, told, and begun anew with what could be read; a file that
is no experience database is never touched."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from step_agents.experience import ExperienceBuffer, ExperienceError
from step_agents.experience.location import own_file
from step_agents.experience.recognise import HEADER
from step_agents.experience.transfer import export_file, import_file

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


RUBBISH = b"this is no database at all " * 400


def broken_behind_its_header(path: Path) -> None:
    path.write_bytes(HEADER + RUBBISH)


def broken_in_the_middle(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2 // 4096 * 4096
    raw[middle : middle + 8192] = bytes(reversed(range(256))) * 32
    path.write_bytes(raw)


def broken_by_truncation(path: Path) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2 + 100])


@pytest.mark.parametrize("damage", [broken_behind_its_header, broken_in_the_middle, broken_by_truncation])
def test_a_broken_file_is_set_aside_reported_and_a_new_one_begun(path: Path, damage: object) -> None:
    buffer = ExperienceBuffer(str(path))
    for number in range(80):
        buffer.add(numbered(number))
    execute(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    damage(path)  # type: ignore[operator]
    damaged = path.read_bytes()

    told: list[str] = []
    again = ExperienceBuffer(str(path), report=told.append)
    with pytest.raises(ExperienceError, match=r"is broken .* was left as it is") as reading:
        again.count()
    assert reading.value.code == "EXPERIENCE-CORRUPT" and told == []
    assert path.read_bytes() == damaged and not list(path.parent.glob("*.broken-*"))
    assert again.add(numbered(1000)).task_hash == "task1000"
    saved = again.count() - 1
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


def test_an_import_sets_a_broken_file_aside(path: Path, tmp_path: Path) -> None:
    export = tmp_path / "all.jsonl"
    buffer = ExperienceBuffer(str(path))
    buffer.add(experience())
    assert export_file(buffer, export) == 1
    execute(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    broken_behind_its_header(path)
    again = ExperienceBuffer(str(path))
    assert import_file(again, export).new == 1
    assert again.all() == [experience()] and len(again.notices) == 1
    path.write_bytes(RUBBISH)
    with pytest.raises(ExperienceError, match="is no experience database"):
        import_file(ExperienceBuffer(str(path)), export)
    assert path.read_bytes() == RUBBISH


def test_a_file_that_breaks_while_it_is_open_is_set_aside_too(path: Path) -> None:
    buffer = ExperienceBuffer(str(path))
    buffer.add(experience())
    for companion in path.parent.glob("*-*"):
        companion.unlink()
    broken_behind_its_header(path)
    buffer.add(numbered(1))
    assert buffer.count() == 1
    assert len(buffer.notices) == 1


def test_a_file_that_becomes_another_one_while_it_is_open_is_left_alone(path: Path) -> None:
    buffer = ExperienceBuffer(str(path))
    buffer.add(experience())
    for companion in path.parent.glob("*-*"):
        companion.unlink()
    path.write_bytes(RUBBISH)
    with pytest.raises(ExperienceError, match="was left as it is"):
        buffer.add(numbered(1))
    assert path.read_bytes() == RUBBISH and not list(path.parent.glob("*.broken-*"))


def another_programs(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")


@pytest.mark.parametrize("make", [lambda path: path.write_bytes(RUBBISH), another_programs], ids=["text", "tables"])
def test_a_file_that_is_no_experience_is_never_touched(path: Path, make: object) -> None:
    make(path)  # type: ignore[operator]
    before = path.read_bytes()
    buffer = ExperienceBuffer(str(path))
    for work in (buffer.check_place, buffer.count, buffer.all, lambda: buffer.add(experience())):
        with pytest.raises(ExperienceError, match="is no experience database") as refused:
            work()  # type: ignore[operator]
        assert refused.value.code == "EXPERIENCE-OTHER"
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


def test_the_users_own_file_is_set_aside_whatever_is_in_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(path.parent))
    monkeypatch.delenv("STEPLANG_EXPERIENCE", raising=False)
    own = own_file()
    own.parent.mkdir()
    own.write_bytes(RUBBISH)
    buffer = ExperienceBuffer()
    with pytest.raises(ExperienceError, match="is broken"):
        buffer.count()
    assert own.read_bytes() == RUBBISH
    buffer.add(experience())
    assert buffer.count() == 1 and len(buffer.notices) == 1
    assert next(own.parent.glob("*.broken-*")).read_bytes() == RUBBISH


def test_an_empty_file_holds_nothing_and_may_be_filled(path: Path) -> None:
    path.touch()
    buffer = ExperienceBuffer(str(path))
    assert buffer.all() == [] and path.read_bytes() == b"" and list(path.parent.iterdir()) == [path]
    buffer.add(experience())
    assert buffer.count() == 1 and buffer.notices == []
