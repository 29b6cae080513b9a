"""URIs as clients write them: escaped this way or that, drives, shares, no file at all; and folders among them."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types as lsp
from step_server.documents import key_of, path_of
from step_server.session import Session
from step_server.settings import Settings

from tests.server.editor import Editor
from tests.server.inside import Inside
from tests.server.samples import SOLVED, TWICE, WRONG


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///w/a.py", "/w/a.py"),
        ("file:///w/my%20file.py", "/w/my file.py"),
        ("file:///w/na me.py", "/w/na me.py"),
        ("file:///w/%C3%A9%F0%9D%94%BB.py", "/w/é𝔻.py"),
        ("file:///w/100%25.py", "/w/100%.py"),
        ("file:///w/a%23b%3Fc.py", "/w/a#b?c.py"),
        ("file:///c%3A/w/a.py", "c:/w/a.py"),
        ("file:///C:/w/a.py", "C:/w/a.py"),
        ("file://server/share/a.py", "//server/share/a.py"),
        ("file://localhost/w/a.py", "/w/a.py"),
        ("untitled:Untitled-1", None),
        ("vscode-notebook-cell:/w/n.ipynb#X1", None),
        ("git:/w/a.py?x", None),
        ("", None),
    ],
)
def test_paths(uri: str, path: str | None) -> None:
    assert path_of(uri) == path


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("file:///c%3A/w/a.py", "file:///C:/w/a.py"),
        ("file:///c%3a/w/a.py", "file:///c:/w/a.py"),
        ("file:///w/my%20file.py", "file:///w/my file.py"),
        ("file:///w/%c3%a9.py", "file:///w/%C3%A9.py"),
    ],
)
def test_one_document_has_one_key(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)


def test_different_documents_have_different_keys() -> None:
    uris = ("file:///w/a.py", "file:///W/a.py", "file:///w/A.py", "untitled:a.py", "file:///c:/a.py", "file:///d:/a.py")
    assert len({key_of(one) for one in uris}) == len(uris)


@pytest.mark.parametrize(
    ("uri", "folder"),
    [
        ("file:///w/one/a.py", "file:///w/one"),
        ("file:///w/one", "file:///w/one"),
        ("file:///w/one/two/three/a.py", "file:///w/one/two%20%C3%A9/"),
        ("file:///w/one/two é/a.py", "file:///w/one/two%20%C3%A9/"),
        ("file:///w/one/two%20%c3%a9/b/a.py", "file:///w/one/two%20%C3%A9/"),
        ("file:///w/oneself/a.py", None),
        ("file:///C:/w/a.py", "file:///c%3A/w"),
        ("file:///d:/w/a.py", None),
        ("untitled:Untitled-1", None),
    ],
)
def test_the_innermost_folder(uri: str, folder: str | None) -> None:
    session = Session(folders=("file:///w/one", "file:///w/one/two%20%C3%A9/", "file:///c%3A/w"))
    if uri == "file:///w/one/two/three/a.py":
        folder = "file:///w/one"
    assert session.folder_of(uri) == folder
    session.folder_settings = {one: Settings(budget=float(number)) for number, one in enumerate(session.folders)}
    budget = float(session.folders.index(folder)) if folder is not None else session.settings.budget
    assert session.settings_of(uri).budget == budget


def test_the_folder_of_what_is_no_file_is_the_first() -> None:
    session = Session(folders=("file:///w/one", "file:///w/two"))
    assert session.folder_path("untitled:Untitled-1") == Path("/w/one")
    assert session.folder_path("file:///elsewhere/a.py") == Path("/elsewhere")
    assert Session().folder_path("untitled:Untitled-1") is None


def test_a_document_is_the_same_however_it_is_written() -> None:
    inside = Inside()
    opened = inside.open(TWICE, "file:///c%3A/w%20w/%C3%A9.py")
    other = "file:///C:/w w/é.py"
    pulled = inside.ask("textDocument/diagnostic", {"textDocument": {"uri": other}})["items"]
    assert [one["code"] for one in pulled] == ["STEP-AFFINE"]
    change = {"textDocument": {"uri": other, "version": 2}, "contentChanges": [{"text": SOLVED}]}
    inside.tell("textDocument/didChange", change)
    assert inside.ask("textDocument/diagnostic", {"textDocument": {"uri": opened}})["items"] == []
    inside.tell("textDocument/didClose", {"textDocument": {"uri": other}})
    assert len(inside.server.session.documents) == 0 and inside.errors == []
    inside.stop()


def test_a_folder_goes_however_it_is_written() -> None:
    inside = Inside(root="file:///c%3A/w")
    event = {"added": [{"uri": "file:///w/x y", "name": "x"}], "removed": [{"uri": "file:///C:/w", "name": "w"}]}
    inside.tell("workspace/didChangeWorkspaceFolders", {"event": event})
    assert inside.server.session.folders == ("file:///w/x y",)
    again = {"added": [{"uri": "file:///w/x%20y", "name": "x"}], "removed": []}
    inside.tell("workspace/didChangeWorkspaceFolders", {"event": again})
    assert len(inside.server.session.folders) == 1
    inside.stop()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_check_in_a_folder_with_a_strange_name(tmp_path: Path) -> None:
    folder = tmp_path / "mein Prøjekt #1 100%?" / "𝔻 [x]"
    folder.mkdir(parents=True)
    (folder / "helpers.py").write_text(SOLVED)
    editor = await Editor(folder).start()
    user = "import step\nfrom helpers import D, N, f32, reference, square\n"
    body = "@step.operator(inputs={'x': step.stream(f32, [D, N])}, outputs=step.stream(f32, [D, N]), reference=REF)\n"
    body += "def f(x):\n    return step.Map(fn=square).apply(x)\n"
    uri = editor.open(user + body.replace("REF", "lambda x: x * x"), "ä b%20.py")
    editor.save(uri)
    await editor.status(uri, "f", "passed")
    symbols = await editor.client.workspace_symbol_async(lsp.WorkspaceSymbolParams("rms_norm"))
    assert [path_of(one.location.uri) for one in symbols or []] == [str(folder / "helpers.py")]
    await editor.stop()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_document_without_a_file_is_checked_in_the_first_folder(editor: Editor) -> None:
    (editor.folder / "helpers.py").write_text("from step import f32\n")
    text = WRONG.replace("from step import f32", "from helpers import f32")
    uri = editor.open(text, uri="untitled:Untitled-1")
    answer = await editor.request("step/check", {"textDocument": {"uri": uri}})
    (found,) = answer["operators"]
    assert (found["status"], found["diagnostics"][0]["code"]) == ("failed", "STEP-VALUE")
