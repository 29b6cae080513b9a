"""The experience buffer on a real PostgreSQL server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from step_agents.experience import ExperienceBuffer, ExperienceError
from step_agents.experience.schema import SCHEMA
from step_agents.experience.transfer import to_lines

from tests.agents.samples import ROOT, experience, numbered
from tests.agents.test_experience import WRITER


def writer(database: str, first: int, last: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, database, str(first), str(last)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_the_same_experience_as_in_a_file(database: str, tmp_path: Path) -> None:
    shared, own = ExperienceBuffer(database), ExperienceBuffer(str(tmp_path / "own.db"))
    for one in (experience(), numbered(1), experience(passes=3, samples=9), numbered(2)):
        assert shared.add(one) == own.add(one)
    assert list(to_lines(shared.all())) == list(to_lines(own.all()))
    one = shared.get(experience().id)
    assert one is not None
    assert (one.passes, one.samples) == (4, 11)
    assert shared.accept(one.id, True)
    assert [found.accepted for found in shared.of_task(one.task_hash)] == [True]
    assert shared.delete(one.id)
    assert shared.count() == 2
    shared.close()


def test_two_programs_begin_and_write_at_once(database: str) -> None:
    writers = [writer(database, 0, 60), writer(database, 30, 90)]
    assert [one.wait(120) for one in writers] == [0, 0]
    buffer = ExperienceBuffer(database)
    assert buffer.count() == 90
    assert {one.samples for one in buffer.all() if one.task_hash >= "task0060"} == {2}
    assert {one.samples for one in buffer.all() if "task0030" <= one.task_hash < "task0060"} == {4}
    buffer.close()


def test_a_kill_loses_nothing_that_was_reported(database: str) -> None:
    started = writer(database, 0, 5000)
    assert started.stdout is not None
    reported = [int(started.stdout.readline()) for _ in range(20)]
    os.kill(started.pid, signal.SIGKILL)
    reported += [int(line) for line in started.stdout.read().split()]
    started.wait()
    buffer = ExperienceBuffer(database)
    assert {f"task{number:04d}" for number in reported} <= {one.task_hash for one in buffer.all()}
    buffer.close()


def test_what_a_file_takes_a_server_takes(database: str, tmp_path: Path) -> None:
    shared, own = ExperienceBuffer(database), ExperienceBuffer(str(tmp_path / "own.db"))
    long = "näme_" * 100
    one = experience(group=long, model=long, source=long, body=f"# {long}\u2028\n{experience().body}")
    assert shared.add(one) == own.add(one) == one
    shared.close()


def test_a_database_that_may_only_be_read_is_read(database: str) -> None:
    buffer = ExperienceBuffer(database)
    buffer.add(experience())
    buffer.close()
    reader = ExperienceBuffer(f"{database}&options=-c%20default_transaction_read_only%3Don")
    assert reader.all() == [experience()]
    with pytest.raises(ExperienceError) as caught:
        reader.add(numbered(1))
    assert caught.value.code == "EXPERIENCE-READONLY"
    reader.close()


def test_a_server_that_does_not_answer_is_told_without_the_password(database: str) -> None:
    buffer = ExperienceBuffer("postgresql://somebody:hidden-word@127.0.0.1:9/experience", wait=2.0)
    with pytest.raises(ExperienceError) as caught:
        buffer.all()
    assert caught.value.code == "EXPERIENCE-UNREACHABLE"
    assert "127.0.0.1" in caught.value.message
    assert "hidden-word" not in caught.value.message


@pytest.mark.parametrize("version", [1, SCHEMA + 1])
def test_older_tables_are_migrated_and_newer_refused(database: str, version: int) -> None:
    buffer = ExperienceBuffer(database)
    buffer.add(experience(prompt_version=None))
    engine = create_engine(buffer.url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE steplang_meta SET value = '{version}'"))
        if version == 1:
            connection.execute(text("ALTER TABLE experience DROP COLUMN prompt_version, DROP COLUMN invalid_reason"))
            connection.execute(text("ALTER TABLE experience ALTER COLUMN operator TYPE VARCHAR(200)"))
            connection.execute(text("UPDATE experience SET id = 'old', task_hash = 'old', graph_hash = 'old'"))
    engine.dispose()
    buffer.close()
    again = ExperienceBuffer(database)
    if version == 1:
        assert again.all() == [experience(prompt_version=None)]
    else:
        with pytest.raises(ExperienceError) as caught:
            again.all()
        assert caught.value.code == "EXPERIENCE-NEWER"
    again.close()


@pytest.mark.parametrize("mode", ["ACCESS EXCLUSIVE", "SHARE ROW EXCLUSIVE"])
def test_a_lock_that_another_program_holds_is_waited_for_no_longer_than_is_said(database: str, mode: str) -> None:
    import psycopg

    ExperienceBuffer(database).add(numbered(1))
    with psycopg.connect(database) as other:
        other.execute(f"LOCK TABLE experience IN {mode} MODE".encode())
        buffer = ExperienceBuffer(database, wait=0.2)  # the other program never lets go of it meanwhile
        with pytest.raises(ExperienceError) as caught:
            buffer.add(numbered(2))
        assert caught.value.code == "EXPERIENCE-LOCKED" and "held by another program" in caught.value.message
        if mode == "ACCESS EXCLUSIVE":
            with pytest.raises(ExperienceError, match="held by another program"):
                buffer.all()
        else:
            assert buffer.all() == [numbered(1)]
        other.rollback()
        assert buffer.add(numbered(2)) == numbered(2)
        buffer.close()
