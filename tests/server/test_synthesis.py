"""Synthesis in place: the request, the command, cancelling, documents that move on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tests.server.conftest import pulls
from tests.server.editor import Editor
from tests.server.samples import HOLE, TWICE, WRONG
from tests.server.test_checks import wait_for_end
from tests.server.test_hints_and_lenses import titles

pytestmark = pytest.mark.asyncio(loop_scope="module")


def asked(editor: Editor, uri: str, operator: str = "rms_norm", **extra: Any) -> dict[str, Any]:
    return {"textDocument": {"uri": uri, "version": editor.versions[uri]}, "operator": operator, **extra}


IMPOSSIBLE = HOLE.replace("    return x / np.sqrt(", "    return np.sort(x) + 0 * np.sqrt(")
"""No program of these functions sorts: the search has all the time that it is given."""


async def test_a_hole_becomes_a_verified_body_in_one_edit(editor: Editor) -> None:
    uri = editor.open("# a comment before\n" + HOLE + "\n\n# a comment after\n")
    result = await editor.request("step/synthesize", asked(editor, uri, workDoneToken=editor.watch("work-1")))
    assert result["status"] == "solved" and result["applied"] is True and result["newText"] is None
    assert result["proposer"] == "search" and result["candidates"] > 0 and result["tokens"] == 0
    assert len(editor.edits) == 1
    text = editor.texts[uri]
    assert text.startswith("# a comment before\n") and text.endswith("\n\n# a comment after\n")
    assert "    ...\n" not in text and "return step." in text
    assert await editor.pull(uri) == []
    answer = await editor.request("step/check", {"textDocument": {"uri": uri}})
    assert [one["status"] for one in answer["operators"]] == ["passed"]
    kinds = [value["kind"] for token, value in editor.progress if token == "work-1"]
    assert kinds[0] == "begin" and kinds[-1] == "end" and set(kinds[1:-1]) <= {"report"}


async def test_the_lens_tells_what_it_cost(editor: Editor) -> None:
    uri = editor.open(HOLE)
    await editor.request("step/synthesize", asked(editor, uri))
    await editor.status(uri, "rms_norm", "passed")
    (first, *_) = await titles(editor, uri)
    assert "synthesized by search" in first and "candidates" in first


async def test_what_passed_is_remembered_and_used_again(editor: Editor) -> None:
    first = editor.open(HOLE)
    await editor.request("step/synthesize", asked(editor, first))
    known = (await editor.request("step/experience", {"action": "list"}))["experiences"]
    assert [one["operator"] for one in known] == ["rms_norm"]
    second = editor.open(HOLE.replace("square", "power").replace("rms_norm", "other"))
    result = await editor.request("step/synthesize", asked(editor, second, "other"))
    assert (result["status"], result["proposer"]) == ("solved", "experience")
    shown = await editor.request("step/experience", {"action": "show", "id": known[0]["id"]})
    assert "@step.operator" in shown["text"] and "return step." in shown["text"]


async def test_repair_mends_and_explains_and_a_hover_tells_it_again_after_a_restart(tmp_path: Path) -> None:
    editor = Editor(tmp_path)
    pulls(editor)
    await editor.start()
    uri = editor.open(TWICE)
    result = await editor.request("step/synthesize", asked(editor, uri, repair=True))
    assert (result["status"], result["proposer"], result["applied"]) == ("solved", "guardian", True)
    (fix,) = result["fixes"]
    assert fix["rule"] == "insert-copy" and "FIFO" in fix["reason"] and fix["streams"] == ["x"]
    assert "step.Copy()" in fix["after"] and "step.Copy()" not in fix["before"]
    text = editor.texts[uri]
    await editor.stop()
    for again in (Editor(tmp_path), Editor(tmp_path)):
        pulls(again)
        await again.start()
        uri = again.open(text)
        place = again.at(uri, "step.Copy()", -3)
        told = ""
        while "guardian" not in told:  # the first hover waits only so long for the database
            found = await again.client.text_document_hover_async(lsp.HoverParams(again.document(uri), place))
            assert found is not None and isinstance(found.contents, lsp.MarkupContent)
            told = found.contents.value
        assert "FIFO" in told
        await again.stop()


async def test_a_body_that_computes_something_else_is_repaired(editor: Editor) -> None:
    uri = editor.open(WRONG)
    result = await editor.request("step/synthesize", asked(editor, uri, repair=True))
    assert result["status"] == "solved" and result["applied"]
    assert (await editor.request("step/check", {"textDocument": {"uri": uri}}))["operators"][0]["status"] == "passed"


async def test_an_edit_elsewhere_moves_the_place(editor: Editor) -> None:
    uri = editor.open(HOLE)
    work = asyncio.ensure_future(editor.request("step/synthesize", asked(editor, uri)))
    await editor.child()
    editor.replace(uri, "import numpy as np\n", "import numpy as np\n\n# moved\n\n")
    result = await work
    assert result["applied"] is True
    assert "# moved" in editor.texts[uri] and await editor.pull(uri) == []


async def test_an_edit_of_the_operator_makes_it_an_offer(editor: Editor) -> None:
    uri = editor.open(HOLE)
    work = asyncio.ensure_future(editor.request("step/synthesize", asked(editor, uri)))
    await editor.child()
    editor.replace(uri, "    ...\n", "    # my own thoughts\n    ...\n")
    result = await work
    assert result["status"] == "solved" and result["applied"] is False and not editor.edits
    assert "return step." in result["newText"] and result["diff"].startswith("--- ")


async def test_a_change_of_what_the_operator_uses_makes_it_an_offer(editor: Editor) -> None:
    uri = editor.open(HOLE)
    work = asyncio.ensure_future(editor.request("step/synthesize", asked(editor, uri)))
    await editor.child()
    editor.replace(uri, "return total + x", "return total + x * 2")
    result = await work
    assert result["status"] == "solved" and result["applied"] is False


async def test_an_edit_that_the_client_refuses_becomes_an_offer(editor: Editor) -> None:
    editor.accepts_edits = False
    uri = editor.open(HOLE)
    result = await editor.request("step/synthesize", asked(editor, uri))
    assert result["status"] == "solved" and result["applied"] is False and "return step." in result["newText"]
    assert editor.texts[uri] == HOLE


async def test_typing_just_before_the_edit_arrives_does_not_lose_it(editor: Editor) -> None:
    """The client refuses the edit, because it is for a version that is no more: it gets another."""
    uri = editor.open(HOLE)
    editor.refuses = lambda: editor.replace(uri, "import numpy as np\n", "import numpy as np\n# typed just now\n")
    result = await editor.request("step/synthesize", asked(editor, uri))
    assert result["applied"] is True and len(editor.edits) == 2
    text = editor.texts[uri]
    assert "# typed just now" in text and "return step." in text and text.count("def rms_norm") == 1


async def test_typing_in_the_operator_just_before_the_edit_arrives_keeps_both(editor: Editor) -> None:
    uri = editor.open(HOLE)
    editor.refuses = lambda: editor.replace(uri, "    ...\n", "    # typed just now\n    ...\n")
    result = await editor.request("step/synthesize", asked(editor, uri))
    assert result["applied"] is False and "edited meanwhile" in result["notApplied"] and len(editor.edits) == 1
    assert "return step." in result["newText"] and "# typed just now" in result["diff"]


async def test_an_editor_that_lets_nobody_edit_is_told_so(tmp_path: Path) -> None:
    editor = Editor(tmp_path)
    assert editor.capabilities.workspace is not None
    editor.capabilities.workspace.apply_edit = False
    await editor.start()
    uri = editor.open(HOLE)
    await editor.client.workspace_execute_command_async(
        lsp.ExecuteCommandParams("step.server.synthesize", [{"uri": uri, "operator": "rms_norm"}])
    )
    await editor.until(lambda: editor.client.messages)
    assert "lets no server edit a document; it is in the log" in editor.client.messages[0].message
    await editor.until(lambda: any("+    return step." in one.message for one in editor.client.log_messages))
    assert not editor.edits and editor.texts[uri] == HOLE
    await editor.stop()


async def test_preview_applies_nothing(editor: Editor) -> None:
    uri = editor.open(HOLE)
    result = await editor.request("step/synthesize", asked(editor, uri, applyMode="preview"))
    assert result["applied"] is False and not editor.edits and "+    " in result["diff"]


async def test_tabs_and_crlf_stay(editor: Editor) -> None:
    uri = editor.open(HOLE.replace("    ", "\t").replace("\n", "\r\n"))
    result = await editor.request("step/synthesize", asked(editor, uri))
    assert result["applied"] is True
    text = editor.texts[uri]
    assert "\n" not in text.replace("\r\n", "") and "\r\n\treturn step." in text
    assert await editor.pull(uri) == []


async def test_cancelling_is_acknowledged_at_once_and_ends_the_child(editor: Editor) -> None:
    uri = editor.open(IMPOSSIBLE)
    params = asked(editor, uri, workDoneToken=editor.watch("work-2"))
    future = editor.client.protocol.send_request("step/synthesize", params, msg_id="synthesis-request")
    await editor.until(lambda: any(value["kind"] == "report" for _, value in editor.progress))
    pid = await editor.child()
    started = time.monotonic()
    editor.client.cancel_request(lsp.CancelParams("synthesis-request"))
    with pytest.raises(JsonRpcException):
        await asyncio.wrap_future(future)
    acknowledged = time.monotonic() - started
    await asyncio.wait_for(asyncio.to_thread(wait_for_end, pid), 30)
    gone = time.monotonic() - started
    print(f"acknowledged after {acknowledged * 1000:.0f} ms, child gone after {gone * 1000:.0f} ms")
    assert editor.texts[uri] == IMPOSSIBLE and not editor.edits
    assert [value["kind"] for token, value in editor.progress if token == "work-2"][-1] == "end"
    assert await editor.pull(uri)


async def test_when_nothing_passes_the_file_stays_as_it_is(editor: Editor) -> None:
    uri = editor.open(IMPOSSIBLE)
    result = await editor.request("step/synthesize", asked(editor, uri, budget=3))
    assert result["status"] == "unsolved" and result["applied"] is False and result["message"]
    assert editor.texts[uri] == IMPOSSIBLE


async def test_the_command_returns_at_once_and_tells_the_end(editor: Editor) -> None:
    uri = editor.open(HOLE)
    answer: Any = await editor.client.workspace_execute_command_async(
        lsp.ExecuteCommandParams("step.server.synthesize", [{"uri": uri, "operator": "rms_norm"}])
    )
    assert answer["id"].startswith("synthesis-") and not editor.edits
    await editor.until(lambda: editor.client.messages)
    assert "verified body by search" in editor.client.messages[0].message
    assert "return step." in editor.texts[uri]
    tokens = {token for token, _ in editor.progress}
    assert len(tokens) == 1 and all(isinstance(one, str) for one in tokens)


async def test_a_client_that_never_says_whether_it_shows_progress_hears_of_the_end(editor: Editor) -> None:
    never = asyncio.Event()
    features = editor.client.protocol.fm.features
    features.pop(lsp.WINDOW_WORK_DONE_PROGRESS_CREATE, None)

    async def silent(_: Any) -> None:
        await never.wait()

    editor.client.feature(lsp.WINDOW_WORK_DONE_PROGRESS_CREATE)(silent)
    uri = editor.open(HOLE)
    await editor.client.workspace_execute_command_async(
        lsp.ExecuteCommandParams("step.server.synthesize", [{"uri": uri, "operator": "rms_norm"}])
    )
    await editor.until(lambda: editor.client.messages)
    assert "verified body by search" in editor.client.messages[0].message and not editor.progress
    never.set()


async def test_the_cancel_command_stops_it(editor: Editor) -> None:
    uri = editor.open(IMPOSSIBLE)
    answer: Any = await editor.client.workspace_execute_command_async(
        lsp.ExecuteCommandParams("step.server.synthesize", [{"uri": uri, "operator": "rms_norm"}])
    )
    await editor.until(lambda: any(value["kind"] == "report" for _, value in editor.progress))
    stopped: Any = await editor.client.workspace_execute_command_async(
        lsp.ExecuteCommandParams("step.server.cancelSynthesis", [{}])
    )
    assert stopped["cancelled"] == [answer["id"]]
    await editor.until(lambda: any(value["kind"] == "end" for _, value in editor.progress))
    await editor.until(lambda: any("rms_norm: cancelled after " in one.message for one in editor.client.log_messages))


async def test_the_clients_progress_can_cancel_it(editor: Editor) -> None:
    uri = editor.open(IMPOSSIBLE)
    await editor.client.workspace_execute_command_async(
        lsp.ExecuteCommandParams("step.server.synthesize", [{"uri": uri, "operator": "rms_norm"}])
    )
    token = await editor.until(
        lambda: next((token for token, value in editor.progress if value["kind"] == "report"), None)
    )
    editor.client.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams(token))
    await editor.until(lambda: any(value["kind"] == "end" for _, value in editor.progress))


async def test_bad_requests_are_answered(editor: Editor) -> None:
    uri = editor.open(HOLE)
    result = await editor.request("step/synthesize", asked(editor, uri, "nobody"))
    assert result["status"] == "error" and "nobody" in result["message"]
    result = await editor.request("step/synthesize", asked(editor, uri, proposer="anthropic"))
    assert result["status"] == "error" and "ANTHROPIC_API_KEY" in result["message"]
    with pytest.raises(JsonRpcException, match="operator"):
        await editor.request("step/synthesize", {"textDocument": {"uri": uri}})
    for wrong in ({"proposer": 5}, {"applyMode": "maybe"}):
        with pytest.raises(JsonRpcException, match=next(iter(wrong))):
            await editor.request("step/synthesize", asked(editor, uri, **wrong))
    assert await editor.pull(uri)


async def test_closing_the_editor_while_it_works_leaves_nothing_behind(editor: Editor) -> None:
    uri = editor.open(IMPOSSIBLE)
    future = editor.client.protocol.send_request("step/synthesize", asked(editor, uri))
    pid = await editor.child()
    await editor.stop()
    with pytest.raises(JsonRpcException):
        await asyncio.wrap_future(future)
    await asyncio.wait_for(asyncio.to_thread(wait_for_end, pid), 30)
    assert editor.process.returncode == 0
    editor.client.capabilities = None


async def test_the_guardian_of_the_settings_is_the_one_that_is_asked(tmp_path: Path) -> None:
    editor = Editor(tmp_path)
    await editor.start(options={"settings": {"step": {"guardian": "model", "proposer": "search"}}})
    uri = editor.open(HOLE)
    result = await editor.request("step/synthesize", {"textDocument": {"uri": uri}, "operator": "rms_norm"})
    assert result["status"] == "solved"
    left_out = "the model guardian is left out: it needs a proposer that asks a model"
    await editor.until(lambda: any(left_out in one.message for one in editor.client.log_messages))
    await editor.stop()


async def test_a_guardian_that_is_none_is_told_and_ignored(tmp_path: Path) -> None:
    editor = await Editor(tmp_path).start(options={"settings": {"step": {"guardian": "angel"}}})
    complaint = "step.guardian must be one of rules, model; got 'angel'"
    await editor.until(lambda: any(complaint in one.message for one in editor.client.log_messages))
    await editor.stop()
