"""Symbols of the whole workspace: files that nobody opened are found, kept fresh, and never run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from step_server import finding
from step_server.finding import python_files

from tests.server.inside import Inside
from tests.server.samples import HEAD, HOLE, SOLVED


def write(folder: Path, name: str, text: str = SOLVED) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture(params=[True, False], ids=["watching", "not watching"])
def inside(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Inside]:
    """A server on a folder, with a client that watches files and with one that does not."""
    made = Inside(root=tmp_path.as_uri(), watches=request.param)
    yield made
    assert made.errors == []
    made.stop()


def asked(inside: Inside, query: str) -> list[tuple[str, str]]:
    """The names that are found, with the last part of their file's path."""
    found = inside.ask("workspace/symbol", {"query": query})
    return [(one["name"], one["location"]["uri"].rpartition("/")[2]) for one in found]


def changed(inside: Inside, *paths: Path) -> None:
    """Tells of a change as a client that watches does."""
    if inside.server.session.client.watch_files:
        events = [{"uri": one.as_uri(), "type": 2} for one in paths]
        inside.tell("workspace/didChangeWatchedFiles", {"changes": events})


def test_files_that_nobody_opened_are_found(tmp_path: Path, inside: Inside) -> None:
    write(tmp_path, "top.py")
    write(tmp_path, "deep/down/é è.py", HOLE.replace("rms_norm", "hollow"))
    write(tmp_path, "other.py", "import steps\nD = 3\ndef rms_norm(): ...\n")
    write(tmp_path, "broken.py", "import step\nD = step.dims(D=3)\ndef (\n")
    assert asked(inside, "rmsn") == [("rms_norm", "top.py")]
    assert asked(inside, "hollow") == [("hollow", "%C3%A9%20%C3%A8.py")]
    assert asked(inside, "square") == [("square", "%C3%A9%20%C3%A8.py"), ("square", "top.py")]
    assert ("D", "broken.py") in asked(inside, "D")
    (one,) = inside.ask("workspace/symbol", {"query": "rms_norm"})
    line = SOLVED[: SOLVED.index("rms_norm")].count("\n")
    assert one["location"]["range"]["start"] == {"line": line, "character": 4} and one["kind"] == 5


def test_an_open_document_is_as_it_is_in_the_editor(tmp_path: Path, inside: Inside) -> None:
    path = write(tmp_path, "top.py")
    assert asked(inside, "rms_norm") == [("rms_norm", "top.py")]
    inside.open(SOLVED.replace("rms_norm", "other_name"), path.as_uri())
    assert asked(inside, "rms_norm") == [] and asked(inside, "other_name") == [("other_name", "top.py")]
    inside.tell("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})
    assert asked(inside, "rms_norm") == [("rms_norm", "top.py")]


def test_files_that_come_change_and_go(tmp_path: Path, inside: Inside) -> None:
    first = write(tmp_path, "first.py")
    assert asked(inside, "rms_norm") == [("rms_norm", "first.py")]
    second = write(tmp_path, "second.py", HOLE)
    write(tmp_path, "first.py", SOLVED.replace("rms_norm", "renamed"))
    changed(inside, first, second)
    assert asked(inside, "rms_norm") == [("rms_norm", "second.py")]
    second.unlink()
    changed(inside, second)
    assert asked(inside, "rms_norm") == [] and asked(inside, "renamed") == [("renamed", "first.py")]


def test_what_is_in_an_ignored_folder_does_not_come_in_by_a_change(tmp_path: Path, inside: Inside) -> None:
    assert asked(inside, "rms_norm") == []
    changed(inside, write(tmp_path, ".venv/lib/a.py"), write(tmp_path.parent / "outside", "a.py"))
    assert asked(inside, "rms_norm") == []


def test_folders_come_and_go(tmp_path: Path, inside: Inside) -> None:
    other = tmp_path.parent / f"{tmp_path.name}_other"
    write(other, "a.py")
    assert asked(inside, "rms_norm") == []
    folder: dict[str, Any] = {"uri": other.as_uri(), "name": "other"}
    inside.tell("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
    assert asked(inside, "rms_norm") == [("rms_norm", "a.py")]
    inside.tell("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
    assert asked(inside, "rms_norm") == []


def test_nothing_is_run(tmp_path: Path, inside: Inside) -> None:
    mark = tmp_path / "ran"
    write(tmp_path, "bad.py", f"{HEAD}\nopen({str(mark)!r}, 'w').close()\n")
    assert asked(inside, "square") == [("square", "bad.py")]
    assert not mark.exists()


def test_the_client_is_asked_to_watch(tmp_path: Path, inside: Inside) -> None:
    asked_for = [one["params"]["registrations"] for one in inside.requests if "registerCapability" in one["method"]]
    methods = [one["method"] for registrations in asked_for for one in registrations]
    assert ("workspace/didChangeWatchedFiles" in methods) == inside.server.session.client.watch_files


def test_what_is_not_looked_into(tmp_path: Path) -> None:
    for name in ("a.py", "sub/b.py", ".hidden/c.py", "node_modules/x/d.py", "myenv/pyvenv.cfg", "myenv/lib/e.py",
                 "x.egg-info/f.py", "big/g.py", "sub/out/h.py", "sub/deep/out/i.py", "out2/j.py", "data-1/k.py",
                 "notes.txt"):  # fmt: skip
        write(tmp_path, name, "")
    write(tmp_path, ".gitignore", "# comment\n*\n!keep\nbig/\n/data-*\n")
    write(tmp_path, "sub/.gitignore", "/out\n")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    found = {one.relative_to(tmp_path).as_posix() for one in python_files(tmp_path)}
    assert found == {"a.py", "sub/b.py", "sub/deep/out/i.py", "out2/j.py"}
    assert list(python_files(tmp_path / "nowhere")) == []
    assert list(python_files(tmp_path, lambda: True)) == []


def test_there_is_an_end_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        write(tmp_path, f"{number}/a.py", "")
    monkeypatch.setattr(finding, "MOST_FILES", 7)
    assert len(list(python_files(tmp_path))) == 7
    monkeypatch.setattr(finding, "MOST_FILES", 700)
    monkeypatch.setattr(finding, "MOST_FOLDERS", 4)
    assert len(list(python_files(tmp_path))) == 3
