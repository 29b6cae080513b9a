"""Files beside a module: a change of one that is used checks again what uses it, and nothing else."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from tests.server.editor import Editor
from tests.server.samples import BODY, DECLARED, HEAD

pytestmark = pytest.mark.asyncio

USER = f"""import numpy as np
import step
from helpers import D, N, add, div, f32, mean_eps_sqrt, reference, square
{DECLARED}def rms_norm(x):
{BODY}
{DECLARED}def same(x):
    return step.Map(fn=square).apply(x)
"""


async def using(editor: Editor) -> tuple[str, str]:
    """A module that uses another, which is open too; both on the disk, the first checked."""
    for name, text in (("helpers.py", HEAD), ("user.py", USER)):
        (editor.folder / name).write_text(text)
    helpers, user = editor.open(HEAD, "helpers.py"), editor.open(USER, "user.py")
    editor.save(user)
    await editor.status(user, "rms_norm", "passed")
    await editor.status(user, "same", "failed")
    editor.status_history.clear()
    return helpers, user


async def save_with(editor: Editor, uri: str, old: str, new: str) -> None:
    """Changes a file in the editor and on the disk."""
    editor.replace(uri, old, new)
    (editor.folder / uri.rpartition("/")[2]).write_text(editor.texts[uri])
    editor.save(uri)


async def test_saving_a_file_checks_what_uses_it(editor: Editor) -> None:
    helpers, user = await using(editor)
    await save_with(editor, helpers, "return x / y", "return x / y + 1")
    await editor.status(user, "rms_norm", "failed")
    assert ("rms_norm", "stale") in editor.status_history
    assert {state for name, state in editor.status_history if name == "same"} == {"failed"}
    await save_with(editor, helpers, "return x / y + 1", "# all is well again\n    return x / y")
    await editor.status(user, "rms_norm", "passed")


async def test_a_file_that_something_else_changed_counts_too(editor: Editor) -> None:
    _, user = await using(editor)
    path = editor.folder / "helpers.py"
    path.write_text(HEAD.replace("return x / y", "return y / x"))
    event = lsp.FileEvent(path.as_uri(), lsp.FileChangeType.Changed)
    editor.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams([event]))
    await editor.status(user, "rms_norm", "failed")


async def test_saving_the_user_again_checks_what_changed_beside_it(editor: Editor) -> None:
    _, user = await using(editor)
    (editor.folder / "helpers.py").write_text(HEAD.replace("return x / y", "return y / x"))
    editor.save(user)
    await editor.status(user, "rms_norm", "failed")


async def test_without_checks_on_save_the_verdicts_are_stale_and_that_is_all(editor: Editor) -> None:
    helpers, user = await using(editor)
    settings = lsp.DidChangeConfigurationParams({"step": {"check": {"onSave": False}}})
    editor.client.workspace_did_change_configuration(settings)
    await save_with(editor, helpers, "return x / y", "return y / x")
    await editor.status(user, "rms_norm", "stale")
    await editor.request("step/operators", {"textDocument": {"uri": user}})
    assert "queued" not in {state for _, state in editor.status_history}
