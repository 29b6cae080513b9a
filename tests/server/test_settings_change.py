"""Settings that change while the server runs, folder by folder."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp

from tests.server.conftest import pulls
from tests.server.editor import Editor
from tests.server.samples import DECLARED, ENDLESS, HEAD, HOLE, SOLVED

pytestmark = pytest.mark.asyncio(loop_scope="module")


def choose(editor: Editor, settings: Any) -> None:
    """The client's settings are now these, as it says them."""
    editor.client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(settings))


async def chosen(editor: Editor) -> str:
    """The settings as the server has them."""
    answer = await editor.request("step/debugInformation", {})
    return next(line for line in str(answer["text"]).splitlines() if line.startswith("settings: "))


async def checked(editor: Editor, uri: str) -> dict[str, Any]:
    """The only operator's status after a check."""
    answer = await editor.request("step/check", {"textDocument": {"uri": uri}})
    (found,) = answer["operators"]
    return dict(found)


async def test_a_choice_that_is_taken_back_is_the_default_again(tmp_path: Path) -> None:
    editor = Editor(tmp_path)
    pulls(editor)
    await editor.start(options={"settings": {"step": {"seed": 5}}})
    try:
        choose(editor, {"step": {"budget": 7, "seed": 6, "interpreter": "/nowhere/python"}})
        now = await chosen(editor)
        assert "budget=7.0" in now and "seed=6" in now and "/nowhere/python" in now
        choose(editor, {"step": {}})
        now = await chosen(editor)
        assert "budget=60.0" in now and "seed=5" in now and "interpreter=None" in now
        choose(editor, {"step": {"budget": 7}})
        choose(editor, None)
        assert "budget=7.0" in await chosen(editor)
    finally:
        await editor.stop()


async def test_without_trust_any_longer_what_runs_is_ended(editor: Editor) -> None:
    checks, asks = editor.open(ENDLESS), editor.open(HOLE.replace("return x * x\n", "while True:\n        pass\n", 1))
    editor.save(checks)
    await editor.status(checks, "rms_norm", "running")
    editor.watch("token")
    work = asyncio.ensure_future(
        editor.request(
            "step/synthesize", {"textDocument": {"uri": asks}, "operator": "rms_norm", "workDoneToken": "token"}
        )
    )
    await editor.until(lambda: editor.progress)
    choose(editor, {"step": {"trusted": False}})
    await editor.status(checks, "rms_norm", "notRun")
    assert (await work)["status"] == "cancelled"
    answer = await editor.request("step/debugInformation", {})
    while "children: ()" not in answer["text"]:
        answer = await editor.request("step/debugInformation", {})


async def test_a_child_whose_interpreter_is_not_chosen_any_longer_ends(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(SOLVED)
    assert (await checked(editor, uri))["status"] == "passed"
    first = await editor.child()
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    other.chmod(0o755)
    choose(editor, {"step": {"interpreter": str(other)}})
    assert (await checked(editor, uri))["status"] == "passed"
    await editor.until(lambda: any(f"child {first} is ended" in one.message for one in editor.client.log_messages))
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    assert await editor.child() != first


async def test_folders_that_share_an_interpreter_keep_their_own_relative_paths(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    text = f"{HEAD}print(open('factor.txt').read())\n{DECLARED}def same(x):\n    return step.Map(fn=square).apply(x)\n"
    text = text.replace("reference=reference", "reference=lambda x: x * x * float(open('factor.txt').read())")
    for folder, factor in ((one, "1"), (other, "2")):
        folder.mkdir()
        (folder / "factor.txt").write_text(factor)
    editor = Editor(tmp_path)
    pulls(editor)
    await editor.start(folders=[one, other])
    try:
        uris = [editor.open(text, uri=(folder / "module.py").as_uri()) for folder in (one, other, one)]
        found = [(await checked(editor, uri))["status"] for uri in uris]
        assert found == ["passed", "failed", "passed"]
        assert len([line for line in editor.client.log_messages if " runs " in line.message]) == 1
    finally:
        await editor.stop()


async def test_the_child_of_a_folder_that_is_gone_ends(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    (other / ".venv" / "bin").mkdir(parents=True)
    python = other / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    editor = Editor(tmp_path)
    pulls(editor)
    await editor.start(folders=[one, other])
    try:
        stays, goes = (editor.open(SOLVED, uri=(folder / "module.py").as_uri()) for folder in (one, other))
        assert (await checked(editor, stays))["status"] == "passed"
        first = await editor.child()
        assert (await checked(editor, goes))["status"] == "passed"
        second = await editor.child()
        assert first != second
        gone = lsp.WorkspaceFolder(other.as_uri(), other.name)
        editor.client.workspace_did_change_workspace_folders(
            lsp.DidChangeWorkspaceFoldersParams(lsp.WorkspaceFoldersChangeEvent(added=[], removed=[gone]))
        )
        editor.close(goes)
        await editor.until(lambda: any(f"child {second} is ended" in one.message for one in editor.client.log_messages))
        os.kill(first, 0)
    finally:
        await editor.stop()
