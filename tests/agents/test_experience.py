"""The experience buffer on SQLite: what it keeps, and what it survives."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from step_agents.experience import ExperienceBuffer, ExperienceError
from step_agents.experience.location import resolve_url
from step_agents.experience.schema import SCHEMA
from step_agents.experience.stats import strata, summary
from step_agents.experience.transfer import export_file, import_file, to_lines
from step_agents.usage import Usage

from tests.agents.samples import ROOT, execute, experience, numbered

WRITER = """
import sys
import tempfile
from step_agents.experience import ExperienceBuffer
from tests.agents.samples import numbered
buffer = ExperienceBuffer(sys.argv[1])
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    buffer.add(numbered(number))
    print(number, flush=True)
"""


def python(code: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload,no-any-return]


def test_what_is_kept_comes_back_as_it_was(path: Path) -> None:
    one = experience()
    ExperienceBuffer(str(path)).add(one)
    again = ExperienceBuffer(str(path))
    assert again.get(one.id) == one
    assert again.get(one.id[:5]) == one
    assert again.all() == [one]
    assert again.of_task(one.task_hash) == [one]


def test_the_same_solution_again_adds_its_counts(path: Path) -> None:
    buffer = ExperienceBuffer(str(path))
    buffer.add(experience(passes=1, samples=2))
    kept = buffer.add(experience(passes=2, samples=10))
    assert (kept.passes, kept.samples, buffer.count()) == (3, 12, 1)
    assert kept.rate == 0.25
    assert kept.usage == Usage(200, 40, 600, 8, 0.5)  # what all of its samples took
    assert (kept.seconds, kept.candidates) == (3.0, 6)
    unpriced = buffer.add(experience(usage=Usage(1, 1, 0, 0, None)))
    assert (unpriced.usage.input, unpriced.usage.cost) == (201, None)


def test_an_import_keeps_the_better_sampled_with_all_that_belongs_to_its_counts(path: Path) -> None:
    buffer = ExperienceBuffer(str(path))
    mine = experience(group="", accepted=True)
    buffer.add(mine)
    less = replace(mine, samples=1, usage=Usage(7, 7, 7, 7, 7.0), proposer="search", accepted=None, group="norm")
    assert buffer.add(less, replace=True) == replace(mine, group="norm")
    more = replace(less, samples=64, passes=3, seconds=9.0)
    kept = buffer.add(more, replace=True)
    assert kept == replace(more, accepted=True)
    assert buffer.add(more, replace=True) == kept


def test_a_text_with_fixes_to_explain_takes_the_place_of_the_same_program_without(path: Path) -> None:
    buffer, fix = ExperienceBuffer(str(path)), {"rule": "swap", "reason": "because", "old": "a", "new": "b"}
    plain = buffer.add(replace(experience(), fixes=()))
    mended = replace(plain, module=f"{plain.module}\n# other", body=f"{plain.body}  # other", fixes=(fix,))
    assert buffer.add(mended).fixes == (fix,)
    (known,) = buffer.all()
    assert (known.module, known.body, known.proposer) == (mended.module, mended.body, plain.proposer)
    later = replace(mended, body=plain.body, fixes=({**fix, "rule": "other"},))
    assert buffer.add(later).fixes == (fix,) and buffer.add(plain).body == mended.body


def test_a_rejected_or_invalid_solution_is_not_used_again(path: Path) -> None:
    buffer = ExperienceBuffer(str(path))
    one = buffer.add(experience())
    assert buffer.accept(one.id, False)
    assert buffer.of_task(one.task_hash) == []
    buffer.accept(one.id, True)
    assert [found.accepted for found in buffer.of_task(one.task_hash)] == [True]
    buffer.judge(one.id, False, "no longer")
    assert buffer.of_task(one.task_hash) == []
    assert buffer.get(one.id) == replace(one, accepted=True, valid=False, invalid_reason="no longer")


def test_what_a_person_kept_comes_before_what_is_shorter(path: Path) -> None:
    buffer = ExperienceBuffer(str(path))
    short = buffer.add(experience(graph_hash="short", length=2))
    long = buffer.add(experience(graph_hash="long", length=9))
    assert [one.id for one in buffer.of_task(short.task_hash)] == [short.id, long.id]
    buffer.accept(long.id, True)
    assert [one.id for one in buffer.of_task(short.task_hash)] == [long.id, short.id]


def test_forgetting_is_for_good(path: Path) -> None:
    buffer = ExperienceBuffer(str(path))
    one = buffer.add(experience())
    assert buffer.delete(one.id)
    assert not buffer.delete(one.id)
    assert buffer.get(one.id) is None


def test_two_programs_write_at_once_and_nothing_is_lost(path: Path) -> None:
    writers = [python(WRITER, path, 0, 60), python(WRITER, path, 60, 120)]
    assert [one.wait(120) for one in writers] == [0, 0]
    assert ExperienceBuffer(str(path)).count() == 120


def test_a_kill_in_the_middle_of_writing_loses_nothing_that_was_reported(path: Path) -> None:
    for attempt in range(4):
        writer = python(WRITER, path, attempt * 1000, attempt * 1000 + 1000)
        assert writer.stdout is not None
        reported = [int(writer.stdout.readline()) for _ in range(5 + 3 * attempt)]
        os.kill(writer.pid, signal.SIGKILL)
        reported += [int(line) for line in writer.stdout.read().split()]
        writer.wait()
        buffer = ExperienceBuffer(str(path))
        kept = {one.task_hash for one in buffer.all()}
        assert {f"task{number:04d}" for number in reported} <= kept
        assert buffer.notices == []


def test_a_full_disk_is_told_and_what_was_kept_stays(path: Path) -> None:
    ExperienceBuffer(str(path)).add(numbered(0))
    code = """
import resource, signal, sys
from step_agents.experience import ExperienceBuffer, ExperienceError
from tests.agents.samples import numbered
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (262144, 262144))  # no file may grow beyond: as on a disk that is full
buffer = ExperienceBuffer(sys.argv[1])
kept = 1
try:
    for number in range(1, 1000):
        buffer.add(numbered(number))
        kept += 1
except ExperienceError as error:
    print(error.code)
    print(kept)
"""
    done, _ = python(code, path).communicate(timeout=120)
    code_told, kept = done.split()
    assert code_told in ("EXPERIENCE-FULL", "EXPERIENCE-IO")
    assert ExperienceBuffer(str(path)).count() == int(kept) > 5


def test_the_engines_own_word_for_a_full_disk(path: Path) -> None:
    buffer = ExperienceBuffer(str(path))
    buffer.add(numbered(0))
    pages = execute(path, "PRAGMA page_count")

    def fill() -> None:
        def write(connection: object) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]
            connection.exec_driver_sql("INSERT INTO steplang_meta VALUES ('big', zeroblob(1000000))")  # type: ignore[attr-defined]

        buffer._run(write, writes=True)

    with pytest.raises(ExperienceError) as caught:
        fill()
    assert caught.value.code == "EXPERIENCE-FULL"
    assert "free some space" in caught.value.message
    assert buffer.count() == 1


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_cannot_be_written_can_be_read_and_says_so(what: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "experience" / "experience.db"
        path.parent.mkdir()
        one = ExperienceBuffer(str(path)).add(experience())
        execute(path, "PRAGMA wal_checkpoint(TRUNCATE)")
        for companion in path.parent.glob("*-*"):
            companion.unlink()
        path.chmod(0o444)
        path.parent.chmod(0o555 if what == "folder" else 0o777)
        code = """
import os, sys
from step_agents.experience import ExperienceBuffer, ExperienceError
from tests.agents.samples import experience
made = experience()
ExperienceBuffer(sys.argv[2]).add(made)  # everything is imported
if os.getuid() == 0:
    os.setuid(65534)  # root may write everything
buffer = ExperienceBuffer(sys.argv[1])
print(buffer.count())
try:
    buffer.add(made)
except ExperienceError as error:
    print(error.code, "step.experience.url" in error.message)
"""
        done, _ = python(code, path, Path(folder) / "other.db").communicate(timeout=60)
        path.parent.chmod(0o755)
        assert done.split() == ["1", "EXPERIENCE-READONLY", "True"]
        assert ExperienceBuffer(str(path)).get(one.id) == one


def make_older(path: Path) -> None:
    """A database as version 1 wrote it."""
    ExperienceBuffer(str(path)).add(experience())
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("ALTER TABLE experience DROP COLUMN prompt_version")
        db.execute("ALTER TABLE experience DROP COLUMN invalid_reason")
        db.execute("UPDATE experience SET id = 'old', task_hash = 'old', graph_hash = 'old'")
        db.execute("UPDATE steplang_meta SET value = '1' WHERE key = 'schema'")


def test_older_tables_are_migrated(path: Path) -> None:
    make_older(path)
    buffer = ExperienceBuffer(str(path))
    assert buffer.all() == [experience(prompt_version=None)]
    assert execute(path, "SELECT value FROM steplang_meta WHERE key = 'schema'") == str(SCHEMA)
    kept = buffer.add(numbered(1))
    assert buffer.get(kept.id) == kept


def test_several_programs_migrate_at_once(path: Path) -> None:
    make_older(path)
    writers = [python(WRITER, path, number, number + 1) for number in range(3)]
    assert [one.wait(120) for one in writers] == [0, 0, 0]
    assert ExperienceBuffer(str(path)).count() == 4


def test_newer_tables_are_refused_and_left_alone(path: Path) -> None:
    ExperienceBuffer(str(path)).add(experience())
    execute(path, f"UPDATE steplang_meta SET value = '{SCHEMA + 1}' WHERE key = 'schema'")
    before = path.read_bytes()
    with pytest.raises(ExperienceError) as caught:
        ExperienceBuffer(str(path)).all()
    assert caught.value.code == "EXPERIENCE-NEWER"
    assert "upgrade steplang" in caught.value.message
    assert path.read_bytes() == before


def test_an_experience_that_cannot_be_read_hides_no_other(path: Path) -> None:
    buffer = ExperienceBuffer(str(path))
    buffer.add(numbered(1))
    two = buffer.add(numbered(2))
    execute(path, f"UPDATE experience SET task = '{{}}' WHERE id = '{two.id}'")
    assert [one.task_hash for one in buffer.all()] == ["task0001"]
    assert two.id in buffer.notices[0]


def test_export_is_stable_and_import_takes_it_over(path: Path, tmp_path: Path) -> None:
    buffer = ExperienceBuffer(str(path))
    for number in (3, 1, 2):
        buffer.add(numbered(number))
    exported = tmp_path / "team.jsonl"
    assert export_file(buffer, exported) == 3
    first = exported.read_text()
    assert export_file(buffer, exported) == 3
    assert exported.read_text() == first
    other = ExperienceBuffer(str(tmp_path / "other.db"))
    assert import_file(other, exported).new == 3
    again = import_file(other, exported)
    assert (again.new, again.known, again.problems) == (0, 3, ())
    assert list(to_lines(other.all())) == first.splitlines()


def test_an_import_reports_what_is_no_experience_and_takes_the_rest(path: Path, tmp_path: Path) -> None:
    good = next(iter(to_lines([experience()])))
    newer = json.dumps({**json.loads(good), "steplang_experience": SCHEMA + 1})
    lacking = json.dumps({key: value for key, value in json.loads(good).items() if key != "body"})
    file = tmp_path / "team.jsonl"
    file.write_text("\n".join(["", "not json", '{"a": 1}', newer, lacking, "[" * 100_000, good]))
    done = import_file(ExperienceBuffer(str(path)), file)
    assert done.new == 1
    assert [problem.split(":")[1] for problem in done.problems] == ["2", "3", "4", "5", "6"]
    assert "upgrade" in done.problems[2]
    assert "body is missing" in done.problems[3]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"passes": 9, "samples": 8}, "9 of 8 samples passed"),
        ({"passes": -1}, "passes is -1"),
        ({"samples": 10**30}, "samples is 1e+30"),
        ({"tokens_input": 2**63}, "tokens_input is 9.22337e+18"),
        ({"length": -5}, "length is -5"),
        ({"cost": float("nan")}, "cost is nan"),
        ({"seconds": float("inf")}, "seconds is inf"),
        ({"created": "yesterday"}, "created is 'yesterday'"),
        ({"body": "return x\0"}, "body has a text that cannot be kept"),
        ({"module": "\ud800"}, "module has a text that cannot be kept"),
        ({"graph_hash": "\ud800"}, "a hash has a text that cannot be kept"),
        ({"proposer": "x" * 41}, "proposer has a text that cannot be kept"),
        ({"model": {"a": 1}}, "model is not a text"),
        ({"accepted": "yes"}, "accepted is 'yes'"),
    ],
)
def test_an_import_takes_no_line_that_no_experience_can_be(
    path: Path, tmp_path: Path, change: dict[str, object], told: str
) -> None:
    good, bad = (json.loads(line) for line in to_lines([numbered(1), numbered(2)]))
    exported = tmp_path / "all.jsonl"
    exported.write_text("\ufeff" + json.dumps(bad | change) + "\r\n\r\n" + json.dumps(good) + "\r\n", encoding="utf-8")
    buffer = ExperienceBuffer(str(path))
    done = import_file(buffer, exported)
    assert done.problems == (f"all.jsonl:1: not an experience: {told}",)
    assert [one.id for one in buffer.all()] == [good["id"]]


def test_a_file_that_cannot_be_imported_or_exported_is_told(path: Path, tmp_path: Path) -> None:
    buffer = ExperienceBuffer(str(path))
    for work in (
        lambda: import_file(buffer, tmp_path / "none.jsonl"),
        lambda: export_file(buffer, tmp_path / "no" / "x"),
    ):
        with pytest.raises(ExperienceError) as caught:
            work()
        assert caught.value.code == "EXPERIENCE-FILE"


def test_strata_and_summary(path: Path) -> None:
    buffer = ExperienceBuffer(str(path))
    for number, passes in enumerate((1, 1, 10, 11, 64, 64)):
        buffer.add(replace(numbered(number), passes=passes, samples=64))
    known = sorted(buffer.all(), key=lambda one: one.task_hash)
    assert [strata(known)[one.id] for one in known] == ["hard", "hard", "mixed", "mixed", "easy", "easy"]
    told = summary(known)
    assert (told["experiences"], told["valid"], told["tokens"]) == (6, 6, 6 * 424)
    assert told["cost"] == pytest.approx(1.5)


@pytest.mark.parametrize("address", ["mysql://x/y", "sqlite://", "no scheme://x", "sqlite:///:memory:"])
def test_other_databases_are_refused(address: str) -> None:
    with pytest.raises(ExperienceError) as caught:
        resolve_url(address)
    assert caught.value.code == "EXPERIENCE-URL"


def test_a_password_is_never_shown() -> None:
    buffer = ExperienceBuffer("postgresql://me:secret@127.0.0.1:9/none", wait=1)
    with pytest.raises(ExperienceError) as caught:
        buffer.count()
    assert caught.value.code == "EXPERIENCE-UNREACHABLE"
    assert "secret" not in caught.value.message + buffer.where
