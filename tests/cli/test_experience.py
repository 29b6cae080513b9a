"""`steplang experience`: reading makes nothing, a mistyped place is told, all can be listed, shown and deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agents.samples import experience
from tests.cli.run import steplang
from tests.server.samples import HOLE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.mark.parametrize(
    "action", [("list",), ("stats",), ("show", "a"), ("delete", "a"), ("export", "all.jsonl"), ("recheck",)]
)
def test_a_place_where_nothing_is_is_told_and_nothing_is_made(folder: Path, action: tuple[str, ...]) -> None:
    wrong = folder / "mistyped" / "experience.db"
    done = steplang("experience", *action, "--url", wrong, cwd=folder)
    assert done.code == 1 and f"there is no file {wrong}" in done.err and "--url" in done.err
    done = steplang("experience", *action, cwd=folder, STEPLANG_EXPERIENCE=str(wrong))
    assert done.code == 1 and "correct $STEPLANG_EXPERIENCE" in done.err
    assert list(folder.iterdir()) == []


def test_nothing_solved_yet_in_the_users_own_place_is_no_mistake(folder: Path) -> None:
    done = steplang("experience", "list", cwd=folder, STEPLANG_EXPERIENCE="", XDG_DATA_HOME=str(folder / "data"))
    assert done.code == 0 and done.out.startswith("nothing was solved yet") and not (folder / "data").exists()
    done = steplang("experience", "stats", "--json", cwd=folder, STEPLANG_EXPERIENCE="", XDG_DATA_HOME=str(folder))
    assert done.json["experiences"] == 0 and list(folder.iterdir()) == []


def test_an_error_is_json_where_that_was_asked_for(folder: Path) -> None:
    done = steplang("experience", "list", "--json", cwd=folder)
    assert done.code == 1 and done.json["error"]["code"] == "EXPERIENCE-MISSING" and done.json["ok"] is False


def test_writing_makes_the_file_but_no_folder_and_says_so_once(folder: Path) -> None:
    path = folder / "hole.py"
    path.write_text(HOLE)
    wrong = folder / "mistyped" / "e.db"
    done = steplang("synth", path, "--experience", wrong, cwd=folder)
    assert done.code == 0 and done.err.count("there is no folder") == 1 and "mkdir -p" in done.err
    bench = steplang("bench", "--tasks", "norm/*", cwd=folder, STEPLANG_EXPERIENCE=str(wrong))
    assert bench.code == 2 and "there is no folder" in bench.err and "--no-experience" in bench.err
    assert not wrong.parent.exists()
    assert steplang("synth", path, "--experience", folder, cwd=folder).err.count("is a folder") == 1
    own = {"STEPLANG_EXPERIENCE": "", "XDG_DATA_HOME": str(folder / "data")}
    assert steplang("synth", path, cwd=folder, **own).code == 0
    assert len(steplang("experience", "list", "--json", cwd=folder, **own).json["experiences"]) == 1


def test_a_place_that_cannot_be_written_is_told_once(folder: Path) -> None:
    path, blocked = folder / "hole.py", folder / "blocked"
    path.write_text(HOLE)
    blocked.write_text("a file where a folder should be")
    done = steplang("synth", path, cwd=folder, STEPLANG_EXPERIENCE="", XDG_DATA_HOME=str(blocked))
    assert done.code == 0 and done.err.count(str(blocked)) == 1 and "cannot be made" in done.err


def test_a_file_that_is_no_experience_is_an_error_and_stays(folder: Path) -> None:
    path, victim = folder / "hole.py", folder / "victim.py"
    path.write_text(HOLE)
    victim.write_text("print('dear')\n")
    for action in (("list",), ("stats", "--json"), ("export", "all.jsonl"), ("recheck",), ("delete", "a")):
        done = steplang("experience", *action, cwd=folder, STEPLANG_EXPERIENCE=str(victim))
        assert done.code == 1 and f"{victim} is no experience database" in done.err, done
    done = steplang("synth", path, "--experience", victim, cwd=folder)
    assert done.code == 0 and done.err.count("is no experience database") == 1  # the body is shown all the same
    bench = steplang("bench", "--tasks", "norm/*", cwd=folder, STEPLANG_EXPERIENCE=str(victim))
    assert bench.code == 2 and "is no experience database" in bench.err
    assert victim.read_text() == "print('dear')\n"
    assert sorted(one.name for one in folder.iterdir()) == ["hole.py", "victim.py"]


def test_list_filters_and_delete_forgets(folder: Path) -> None:
    from step_agents.experience import ExperienceBuffer

    one = experience()
    buffer = ExperienceBuffer(str(folder / "experience.db"))
    buffer.add(one)
    buffer.close()
    name = one.task.operator
    done = steplang("experience", "list", cwd=folder)
    header, line = done.out.splitlines()
    assert header.split()[:3] == ["id", "operator", "passed"] and line.split()[:2] == [one.id[:10], name]
    assert header.index("operator") == line.index(name)
    assert name in steplang("experience", "list", f"{name[:3]}*", cwd=folder).out
    assert "nothing of this kind" in steplang("experience", "list", "other*", cwd=folder).out
    unknown = steplang("experience", "delete", "zz", cwd=folder)
    assert unknown.code == 2 and "there is no experience zz" in unknown.err
    assert steplang("experience", "show", one.id[:5], cwd=folder).code == 0
    done = steplang("experience", "delete", one.id[:5], "--json", cwd=folder)
    assert done.code == 0 and done.json == {"deleted": [one.id]}
    assert steplang("experience", "list", "--json", cwd=folder).json == {"experiences": []}
