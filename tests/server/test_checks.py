"""The functional check: on save and on demand, with a state that always ends."""

from __future__ import annotations

import asyncio
import os
import signal
import textwrap
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tests.server.conftest import pulls
from tests.server.editor import PATIENCE, Editor
from tests.server.samples import BODY, DECLARED, DIES, ENDLESS, HEAD, HOLE, SOLVED, TWICE, WRONG, many
from tests.server.test_hints_and_lenses import titles

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENDED = {"notRun", "passed", "failed", "error", "timeout", "stale", "hole", "skipped"}


async def check(editor: Editor, uri: str, *operators: str) -> dict[str, str]:
    """The verdicts of a check on demand."""
    params = {"textDocument": {"uri": uri}, **({"operators": list(operators)} if operators else {})}
    answer = await editor.request("step/check", params)
    return {one["operator"]: one["status"] for one in answer["operators"]}


async def test_on_save_the_state_goes_from_queued_to_passed(editor: Editor) -> None:
    uri = editor.open(SOLVED)
    await editor.status(uri, "rms_norm", "notRun")
    editor.save(uri)
    found = await editor.status(uri, "rms_norm", "passed")
    assert found["seconds"] > 0 and found["maxAbsError"] < 1e-12 and found["diagnostics"] == []
    states = [state for _, state in editor.status_history]
    assert [state for index, state in enumerate(states) if state not in states[:index]] == [
        "notRun",
        "queued",
        "running",
        "passed",
    ]
    assert any("✓ checked" in title and "Run check" in title for title in await titles(editor, uri))
    await editor.until(lambda: lsp.WORKSPACE_CODE_LENS_REFRESH in editor.refreshes)


async def test_a_difference_is_told_with_index_and_values(shared: Editor) -> None:
    uri = shared.open(WRONG)
    assert await check(shared, uri) == {"rms_norm": "failed"}
    (found,) = shared.statuses[uri]["rms_norm"]["diagnostics"]
    assert found["code"] == "STEP-VALUE" and "[0, 0]" in found["message"] and "expected" in found["message"]
    assert await titles(shared, uri) == ["✗ differs from its reference · Run check", "Repair", "Graph"]
    graph = await shared.request("step/graph", {"textDocument": {"uri": uri}, "operator": "rms_norm"})
    assert [(one["target"], one["state"]) for one in graph["edges"] if one["state"] != "ok"] == [("out0", "failing")]


@pytest.mark.parametrize("text", [SOLVED, HOLE])
async def test_an_operator_whose_branch_does_not_run_is_skipped_calmly(shared: Editor, text: str) -> None:
    head, declared = text.split("@step.operator", 1)
    uri = shared.open(f"{head}if False:\n{textwrap.indent(f'@step.operator{declared}', '    ')}")
    shared.save(uri)
    found = await shared.status(uri, "rms_norm", "skipped")
    (told,) = found["diagnostics"]
    assert told["code"] == "STEP-BRANCH" and told["severity"] == lsp.DiagnosticSeverity.Warning
    assert "`if False:`" in told["message"] and found["message"] == told["message"]
    assert "- its branch did not run · Run check" in await titles(shared, uri)
    shared.replace(uri, "if False:", "if True:")
    shared.save(uri)
    await shared.status(uri, "rms_norm", "passed" if text == SOLVED else "hole")


async def test_only_what_changed_its_meaning_is_checked_again(shared: Editor) -> None:
    uri = shared.open(many(3))
    shared.save(uri)
    for number in range(3):
        await shared.status(uri, f"rms_norm_{number}", "passed")
    shared.status_history.clear()
    shared.replace(uri, "def rms_norm_1(x):\n    x0, x1 =", "def rms_norm_1(x):\n    # a comment\n    x0, x1 =")
    shared.replace(uri, "def rms_norm_2(x):\n    x0, x1 =", "def rms_norm_2(x):\n    y = x\n    x0, x1 =")
    await shared.status(uri, "rms_norm_2", "stale")
    shared.save(uri)
    await shared.status(uri, "rms_norm_2", "passed")
    assert {operator for operator, state in shared.status_history if state == "running"} == {"rms_norm_2"}
    assert shared.statuses[uri]["rms_norm_1"]["status"] == "passed"


async def test_a_change_of_a_function_makes_its_users_stale(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    assert await check(shared, uri) == {"rms_norm": "passed"}
    shared.replace(
        uri, "return x * x\n\n\n@step.fn(f32, f32, init=0)", "return x * x + 0\n\n\n@step.fn(f32, f32, init=0)"
    )
    await shared.status(uri, "rms_norm", "stale")


async def test_undoing_an_edit_needs_no_new_check(shared: Editor) -> None:
    uri = shared.open(SOLVED)
    assert await check(shared, uri) == {"rms_norm": "passed"}
    seconds = shared.statuses[uri]["rms_norm"]["seconds"]
    shared.status_history.clear()
    for old, new in (("(x1, scales)", "(scales, x1)"), ("return x * x\n", "return x * x + 0\n")):
        shared.replace(uri, old, new)
        await shared.status(uri, "rms_norm", "stale")
        shared.replace(uri, new, old)
        found = await shared.status(uri, "rms_norm", "passed")
        assert found["seconds"] == seconds
    assert {state for _, state in shared.status_history} <= {"stale", "passed"}
    assert any(title.startswith("✓ checked") for title in await titles(shared, uri))


async def test_undoing_an_edit_brings_back_what_was_found(shared: Editor) -> None:
    uri = shared.open(WRONG)
    shared.save(uri)
    before = await shared.pushed(uri, bool)
    shared.replace(uri, "(scales, x1)", "(x1, scales)")
    await shared.pushed(uri, lambda found: not found)
    shared.replace(uri, "(x1, scales)", "(scales, x1)")
    assert await shared.pushed(uri, bool) == before
    await shared.until(lambda: shared.statuses[uri]["rms_norm"]["status"] == "failed" or None)


def set_timeout(editor: Editor, seconds: float) -> None:
    """How long a check may take."""
    settings = {"step": {"check": {"timeout": seconds}}}
    editor.client.workspace_did_change_configuration(lsp.DidChangeConfigurationParams(settings))


async def test_a_loop_without_an_end_times_out_and_the_next_check_works(editor: Editor) -> None:
    set_timeout(editor, 1.5)
    endless, right = editor.open(ENDLESS), editor.open(SOLVED)
    assert await check(editor, endless) == {"rms_norm": "timeout"}
    found = editor.statuses[endless]["rms_norm"]
    assert "longer than 1.5 s" in found["message"] and found["seconds"] == 1.5
    assert "✗ timed out after 1.50 s · Run check" in await titles(editor, endless)
    line = found["diagnostics"][0]["range"]["start"]["line"]
    assert "pass" in editor.texts[endless].split("\n")[line] or "while" in editor.texts[endless].split("\n")[line]
    set_timeout(editor, 20)
    assert await check(editor, right) == {"rms_norm": "passed"}


async def test_a_module_that_ends_the_process_is_told_and_the_next_check_works(shared: Editor) -> None:
    uri, right = shared.open(DIES), shared.open(SOLVED)
    assert await check(shared, uri) == {"rms_norm": "error"}
    assert "exit code 3" in shared.statuses[uri]["rms_norm"]["message"]
    assert any("new process" in one.message for one in shared.client.log_messages)
    assert await check(shared, right) == {"rms_norm": "passed"}


async def test_a_killed_child_loses_one_check(editor: Editor) -> None:
    begun = editor.folder / "begun"
    os.mkfifo(begun)
    tells = f"    open({str(begun)!r}, 'w').close()\n    while True:\n"
    endless, right = editor.open(ENDLESS.replace("    while True:\n", tells)), editor.open(SOLVED)
    assert await check(editor, right) == {"rms_norm": "passed"}
    asked = asyncio.ensure_future(check(editor, endless))
    await asyncio.wait_for(asyncio.to_thread(begun.read_bytes), PATIENCE)  # a child that is idle loses nothing
    os.kill(await editor.child(), signal.SIGKILL)
    assert await asked == {"rms_norm": "error"}
    assert "SIGKILL" in editor.statuses[endless]["rms_norm"]["message"]
    editor.replace(right, "import numpy as np", "import numpy as np  # again")
    assert await check(editor, right) == {"rms_norm": "passed"}


async def test_a_missing_interpreter_is_one_clear_message(tmp_path: Path) -> None:
    editor = Editor(tmp_path)
    pulls(editor)
    await editor.start(options={"settings": {"step": {"interpreter": str(tmp_path / "no" / "python")}}})
    try:
        uri = editor.open(SOLVED)
        assert await check(editor, uri) == {"rms_norm": "error"}
        assert "there is no Python" in editor.statuses[uri]["rms_norm"]["message"]
        await editor.until(lambda: editor.server_status.get("health") == "error")
        assert "there is no Python" in editor.server_status["message"]
        assert await editor.pull(uri) == []
    finally:
        await editor.stop()


async def test_a_reference_that_raises_and_one_that_is_missing(shared: Editor) -> None:
    raises = shared.open(SOLVED.replace("    return x / np.sqrt(", "    raise KeyError('no')\n    return x / np.sqrt("))
    assert await check(shared, raises) == {"rms_norm": "error"}
    (found,) = shared.statuses[raises]["rms_norm"]["diagnostics"]
    assert "raise KeyError" in shared.texts[raises].split("\n")[found["range"]["start"]["line"]]
    missing = shared.open(SOLVED.replace("    reference=reference,\n", ""))
    assert await check(shared, missing) == {"rms_norm": "error"}
    assert "reference" in shared.statuses[missing]["rms_norm"]["message"]


async def test_static_errors_are_not_run(editor: Editor) -> None:
    uri = editor.open(TWICE)
    assert await check(editor, uri) == {"rms_norm": "error"}
    assert editor.statuses[uri]["rms_norm"]["diagnostics"][0]["code"] == "STEP-AFFINE"
    assert "running" not in {state for _, state in editor.status_history}


async def test_of_a_hole_the_declaration_is_checked(shared: Editor) -> None:
    uri = shared.open(HOLE)
    assert await check(shared, uri) == {"rms_norm": "hole"}
    assert shared.statuses[uri]["rms_norm"]["diagnostics"] == []
    wrong = shared.open(HOLE.replace("    return x / ", "    return x[:, :1] / "))
    shared.save(wrong)
    await shared.status(wrong, "rms_norm", "error")
    (found,) = shared.statuses[wrong]["rms_norm"]["diagnostics"]
    assert found["code"] == "STEP-REFERENCE" and "wrong shape" in found["message"]
    shared.write(wrong, HOLE)
    shared.save(wrong)
    await shared.status(wrong, "rms_norm", "hole")
    assert shared.statuses[wrong]["rms_norm"]["diagnostics"] == []


async def test_the_file_that_was_asked_for_last_comes_first(editor: Editor) -> None:
    first, second = editor.open(many(4)), editor.open(SOLVED.replace("rms_norm", "urgent"))
    editor.save(first)
    await editor.status(first, "rms_norm_3", "queued")
    assert await check(editor, second) == {"urgent": "passed"}
    await editor.status(first, "rms_norm_3", "passed")
    order = [name for name, state in editor.status_history if state == "passed"]
    assert order.index("urgent") < order.index("rms_norm_3")


async def test_cancelling_a_check_ends_it(editor: Editor) -> None:
    uri = editor.open(ENDLESS)
    future = editor.client.protocol.send_request("step/check", {"textDocument": {"uri": uri}}, msg_id="check-1")
    await editor.status(uri, "rms_norm", "running")
    editor.client.cancel_request(lsp.CancelParams("check-1"))
    with pytest.raises(JsonRpcException):
        await asyncio.wrap_future(future)
    found = await editor.status(uri, "rms_norm", *ENDED)
    assert found["status"] == "notRun"


async def test_closing_a_document_gives_its_checks_up(shared: Editor) -> None:
    endless, right = shared.open(ENDLESS), shared.open(SOLVED)
    shared.save(endless)
    await shared.status(endless, "rms_norm", "running")
    shared.close(endless)
    assert await check(shared, right) == {"rms_norm": "passed"}


async def test_an_edit_while_a_check_runs_makes_its_verdict_stale(shared: Editor) -> None:
    go = shared.folder / "go"
    waits = (
        f"    import os, time\n    while not os.path.exists({str(go)!r}):\n        time.sleep(0.01)\n    return x * x\n"
    )
    uri = shared.open(SOLVED.replace("    return x * x\n", waits))
    shared.save(uri)
    await shared.status(uri, "rms_norm", "running")
    shared.replace(uri, "(x1, scales)", "(scales, x1)")
    await shared.request("step/operators", {"textDocument": {"uri": uri}})
    go.touch()
    await shared.status(uri, "rms_norm", "stale")


async def test_saving_a_newer_version_replaces_the_running_check(shared: Editor) -> None:
    uri = shared.open(ENDLESS)
    shared.save(uri)
    await shared.status(uri, "rms_norm", "running")
    shared.write(uri, SOLVED)
    shared.save(uri)
    await shared.status(uri, "rms_norm", "passed")


async def test_closing_a_file_whose_check_runs_leaves_the_server_at_rest(editor: Editor) -> None:
    uri = editor.open(ENDLESS)
    editor.save(uri)
    await editor.status(uri, "rms_norm", "running")
    await editor.until(lambda: editor.server_status.get("busy"))
    editor.close(uri)
    await editor.until(lambda: editor.server_status.get("busy") is False)


async def test_without_trust_nothing_of_the_users_runs(tmp_path: Path) -> None:
    editor = Editor(tmp_path)
    pulls(editor)
    await editor.start(options={"trusted": False})
    try:
        mark = tmp_path / "ran"
        uri = editor.open(SOLVED + f"\nopen({str(mark)!r}, 'w').close()\n")
        editor.save(uri)
        with pytest.raises(JsonRpcException, match="trust"):
            await check(editor, uri)
        answer = await editor.request("step/synthesize", {"textDocument": {"uri": uri}, "operator": "rms_norm"})
        assert answer["status"] == "error" and "trust" in answer["message"]
        assert await titles(editor, uri) == ["Graph"]
        assert await editor.pull(uri) == [] and not mark.exists()
    finally:
        await editor.stop()


async def test_a_setting_turns_checks_on_save_off(editor: Editor) -> None:
    editor.client.workspace_did_change_configuration(
        lsp.DidChangeConfigurationParams({"step": {"check": {"onSave": False}}})
    )
    uri = editor.open(SOLVED)
    editor.save(uri)
    answer = await editor.request("step/operators", {"textDocument": {"uri": uri}})
    assert [one["status"] for one in answer["operators"]] == ["notRun"]


async def test_two_folders_have_an_interpreter_each(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    editor = Editor(tmp_path)
    pulls(editor)
    assert editor.capabilities.workspace is not None
    editor.capabilities.workspace.configuration = True
    editor.client.set_configuration({"step": {"check": {"timeout": 9}}})
    editor.client.set_configuration(
        {"step": {"interpreter": str(tmp_path / "nowhere" / "python")}}, scope_uri=folders[1].as_uri()
    )
    await editor.start(folders=folders)
    try:
        right = editor.open(SOLVED, uri=(folders[0] / "a.py").as_uri())
        wrong = editor.open(SOLVED, uri=(folders[1] / "a.py").as_uri())
        assert await check(editor, right) == {"rms_norm": "passed"}
        assert await check(editor, wrong) == {"rms_norm": "error"}
        assert "nowhere" in editor.statuses[wrong]["rms_norm"]["message"]
    finally:
        await editor.stop()


async def test_no_child_outlives_the_server(editor: Editor) -> None:
    uri = editor.open(ENDLESS)
    editor.save(uri)
    await editor.status(uri, "rms_norm", "running")
    pid = await editor.child()
    editor.process.kill()
    await editor.process.wait()
    await asyncio.wait_for(asyncio.to_thread(wait_for_end, pid), 30)
    editor.client.capabilities = None  # there is nobody left to say goodbye to


def wait_for_end(pid: int) -> None:
    """Blocks until a process is gone."""
    import select

    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    select.select([handle], [], [])
    os.close(handle)


async def test_an_operator_inside_of_an_if_is_one_like_any_other(shared: Editor) -> None:
    inner = textwrap.indent(f"{DECLARED}def rms_norm(x):\n{BODY}", "    ")
    uri = shared.open(f"{HEAD}if D:\n{inner}else:\n    pass\n")
    shared.save(uri)
    await shared.status(uri, "rms_norm", "passed")
    assert "✓" in (await titles(shared, uri))[0]
    shared.replace(uri, "(x1, scales)", "(x0, scales)")
    found = [one for one in await shared.pull(uri) if one.code == "STEP-AFFINE"]
    assert [shared.marked(uri, one.range) for one in found] == ["x0"]
    await shared.status(uri, "rms_norm", "stale")
    place = shared.at(uri, "squares = ")
    edit = await shared.client.text_document_rename_async(lsp.RenameParams(shared.document(uri), place, "squared"))
    assert edit is not None
    shared.apply(edit)
    assert shared.texts[uri].count("squared") == 2
