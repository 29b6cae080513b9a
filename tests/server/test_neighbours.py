"""Files beside a module: a change of one that is used checks again what uses it, and nothing else."""

from __future__ import annotations

import pytest
from lsprotocol import types as lsp

from tests.server.editor import Editor
from tests.server.samples import BODY, DECLARED, HEAD

pytestmark = pytest.mark.asyncio(loop_scope="module")

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


async def labels(editor: Editor, uri: str) -> list[str]:
    """The inlay hints of a document."""
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(999, 0))
    found = await editor.client.text_document_inlay_hint_async(lsp.InlayHintParams(editor.document(uri), whole))
    return [str(one.label) for one in found or []]


async def test_types_come_through_the_files_beside_and_follow_what_is_saved(editor: Editor) -> None:
    helpers, user = await using(editor)
    assert await editor.pull(user) == []
    assert ": f32 [D, N]" in await labels(editor, user)
    await save_with(editor, helpers, "@step.fn((f32, f32), f32)\ndef div", "@step.fn(f32, f32)\ndef div")
    await editor.until(lambda: lsp.WORKSPACE_INLAY_HINT_REFRESH in editor.refreshes)
    assert {one.code for one in await editor.pull(user)} == {"STEP-TYPE"}
    await save_with(editor, helpers, "@step.fn(f32, f32)\ndef div", "@step.fn((f32, f32), f32)\ndef div")
    await editor.request("step/operators", {"textDocument": {"uri": user}})
    assert await editor.pull(user) == []


async def test_what_is_imported_is_another_files(editor: Editor) -> None:
    _, user = await using(editor)
    found = await editor.client.text_document_document_symbol_async(lsp.DocumentSymbolParams(editor.document(user)))
    assert [one.name for one in found or []] == ["rms_norm", "same"]
    place = editor.at(user, "square)")
    answer = await editor.client.text_document_prepare_rename_async(
        lsp.PrepareRenameParams(editor.document(user), place)
    )
    assert isinstance(answer, lsp.PrepareRenamePlaceholder) and answer.placeholder == "square"  # in both files
    hover = await editor.client.text_document_hover_async(lsp.HoverParams(editor.document(user), place))
    assert hover is not None and "f32 → f32" in str(hover.contents)


async def test_a_push_only_client_is_told_of_what_another_file_changed(old_editor: Editor) -> None:
    helpers, user = await using(old_editor)
    await save_with(old_editor, helpers, "@step.fn((f32, f32), f32)\ndef div", "@step.fn(f32, f32)\ndef div")
    await old_editor.pushed(user, lambda found: any(one.code == "STEP-TYPE" for one in found))
