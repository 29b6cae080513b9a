"""The server's life: what it says of itself, editors that die, requests that make no sense."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from tests.server.editor import SERVER, Editor
from tests.server.samples import HOLE, SOLVED, TWICE, WRONG

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_it_tells_its_health_and_its_interpreter(editor: Editor) -> None:
    status = await editor.until(lambda: editor.server_status or None)
    assert status["health"] == "ok" and status["busy"] is False and status["version"].startswith("0.")
    assert "python" in status["interpreter"]


async def test_an_editor_that_dies_takes_the_server_with_it(editor: Editor) -> None:
    uri = editor.open(SOLVED)
    await editor.pull(uri)
    stdin = editor.process.stdin
    assert stdin is not None
    stdin.close()
    await asyncio.wait_for(editor.process.wait(), 30)
    editor.client.capabilities = None


async def test_half_a_message_and_nonsense_do_not_end_it(editor: Editor) -> None:
    stdin = editor.process.stdin
    assert stdin is not None
    for body in (b"{", b"[]", b'{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": 3}}',
                 b'{"jsonrpc": "2.0", "method": "no/such/notification"}'):  # fmt: skip
        stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    uri = editor.open(TWICE)
    assert [one.code for one in await editor.pull(uri)] == ["STEP-AFFINE"]


async def test_requests_that_make_no_sense_are_answered(editor: Editor) -> None:
    for method, params in (
        ("step/operators", {}),
        ("step/graph", {"textDocument": {}}),
        ("step/check", {"textDocument": {"uri": 5}}),
        ("step/experience", {"action": "burn"}),
        ("step/experience", {"action": "show"}),
        ("step/nothing", {}),
    ):
        with pytest.raises(JsonRpcException):
            await editor.request(method, params)
    assert not [one for one in editor.client.log_messages if one.type == lsp.MessageType.Error]
    assert await editor.request("step/experience", {"action": "list"}) == {"experiences": []}


@pytest.mark.parametrize("name", ["synthesize", "check", "graph"])
async def test_commands_without_what_they_need_are_answered(shared: Editor, name: str) -> None:
    for given in ([], None, [None], ["x"], [{}], [{"uri": 5, "operator": "rms_norm"}]):
        params = lsp.ExecuteCommandParams(f"step.server.{name}", given)
        with pytest.raises(JsonRpcException, match="takes one object"):
            await shared.client.workspace_execute_command_async(params)
    assert not [one for one in shared.client.log_messages if one.type == lsp.MessageType.Error]


async def raw(editor: Editor, number: int, method: str, params: Any) -> dict[str, Any]:
    """A request whose parameters the client does not look at; the whole answer."""
    answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
    protocol = editor.client.protocol
    handle = protocol._handle_response

    def take(id: Any, result: Any = None, error: Any = None) -> None:
        if id == number and not answer.done():
            answer.set_result({"result": result, "error": error})
        else:
            handle(id, result, error)

    stdin = editor.process.stdin
    assert stdin is not None
    protocol._handle_response = take  # type: ignore[method-assign]
    try:
        body = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()
        stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return await asyncio.wait_for(answer, 30)
    finally:
        protocol._handle_response = handle  # type: ignore[method-assign]


async def test_parameters_that_cannot_be_read_are_answered(editor: Editor) -> None:
    place = {"line": -1, "character": 0}
    for number, params in enumerate(({}, None, {"textDocument": {"uri": 5}, "position": place})):
        assert (await raw(editor, 1000 + number, "textDocument/hover", params))["error"].code in (-32602, -32603)
    uri = editor.open(TWICE)
    assert [one.code for one in await editor.pull(uri)] == ["STEP-AFFINE"]


async def test_requests_before_the_beginning_and_after_the_end_are_refused(tmp_path: Path) -> None:
    editor = Editor(tmp_path)
    await editor.client.start_io(*SERVER)
    params = {"textDocument": {"uri": "file:///w/a.py"}}
    assert (await raw(editor, 1000, "textDocument/codeLens", params))["error"].code == -32002
    await editor.client.initialize_session(lsp.InitializeParams(capabilities=editor.capabilities))
    assert (await raw(editor, 1001, "textDocument/codeLens", params))["error"] is None
    await editor.client.shutdown_async(None)
    assert (await raw(editor, 1002, "textDocument/codeLens", params))["error"].code == -32600
    editor.client.exit(None)
    assert await asyncio.wait_for(editor.process.wait(), 30) == 0
    editor.client.capabilities = None


async def test_the_graph_of_a_body_and_of_a_mistake(editor: Editor) -> None:
    uri = editor.open(TWICE.replace("    pairs", "    z = step.Repeat(n=N).apply(scales)\n    pairs"))
    found = await editor.request("step/graph", {"textDocument": {"uri": uri}, "operator": "rms_norm"})
    nodes = {one["id"]: one for one in found["nodes"]}
    assert all(edge["source"] in nodes and edge["target"] in nodes for edge in found["edges"])
    (unused,) = [one for one in found["edges"] if one["state"] == "unused"]
    assert unused["label"] == "f32 [N, D, N]" and nodes[unused["target"]]["label"] == "z"
    place = next(one for one in found["nodes"] if one["label"] == "Accum")["range"]
    assert place["start"]["line"] == editor.at(uri, "step.Accum").line
    assert await editor.request("step/graph", {"textDocument": {"uri": uri}, "operator": "nobody"}) is None
    assert (await editor.request("step/graph", {"textDocument": {"uri": editor.open(HOLE)}, "operator": "rms_norm"}))[
        "edges"
    ]


async def test_operators_of_a_file_that_is_not_open(editor: Editor) -> None:
    path = editor.folder / "closed.py"
    path.write_text(WRONG)
    uri = path.as_uri()
    answer = await editor.request("step/operators", {"textDocument": {"uri": uri}})
    assert [(one["operator"], one["status"]) for one in answer["operators"]] == [("rms_norm", "notRun")]
    answer = await editor.request("step/check", {"textDocument": {"uri": uri}, "operators": ["rms_norm"]})
    assert [(one["operator"], one["status"]) for one in answer["operators"]] == [("rms_norm", "failed")]


async def test_debug_information_has_no_text_of_the_users(editor: Editor) -> None:
    uri = editor.open(SOLVED.replace("rms_norm", "very_secret_name"))
    await editor.pull(uri)
    text = (await editor.request("step/debugInformation", {}))["text"]
    assert "steplang 0." in text and "pygls" in text and "1 operators" in text and "very_secret_name" not in text
    command: Any = await editor.client.workspace_execute_command_async(
        lsp.ExecuteCommandParams("step.server.debugInformation", [{}])
    )
    assert command.startswith("steplang 0.")


async def test_the_child_is_started_anew_on_request(editor: Editor) -> None:
    uri = editor.open(SOLVED)
    await editor.request("step/check", {"textDocument": {"uri": uri}})
    first = await editor.child()
    await editor.client.workspace_execute_command_async(lsp.ExecuteCommandParams("step.server.restartChild", [{}]))
    await editor.request("step/check", {"textDocument": {"uri": uri}})
    assert await editor.child() != first


async def test_the_graph_command_gives_a_text_in_a_format(editor: Editor) -> None:
    uri = editor.open(SOLVED)
    for kind, start in (("svg", "<svg"), ("mermaid", "flowchart"), ("dot", "digraph"), ("json", "{")):
        argument = {"uri": uri, "operator": "rms_norm", "format": kind}
        text: Any = await editor.client.workspace_execute_command_async(
            lsp.ExecuteCommandParams("step.server.graph", [argument])
        )
        assert text.startswith(start)


async def test_shutdown_is_orderly(editor: Editor) -> None:
    uri = editor.open(SOLVED)
    await editor.request("step/check", {"textDocument": {"uri": uri}})
    await editor.stop()
    assert editor.process.returncode == 0
    editor.client.capabilities = None


async def test_an_exit_that_was_not_announced_is_told_by_the_status(editor: Editor) -> None:
    await editor.pull(editor.open(SOLVED))
    editor.client.exit(None)
    assert await asyncio.wait_for(editor.process.wait(), 30) == 1
    editor.client.capabilities = None


async def test_an_editor_that_dies_in_the_middle_of_a_message(editor: Editor) -> None:
    stdin = editor.process.stdin
    assert stdin is not None
    stdin.write(b'Content-Length: 1000\r\n\r\n{"jsonrpc": "2.0"')
    stdin.close()
    assert await asyncio.wait_for(editor.process.wait(), 30) == 0
    editor.client.capabilities = None


async def test_a_long_line_between_messages_does_not_end_it(editor: Editor) -> None:
    stdin = editor.process.stdin
    assert stdin is not None
    stdin.write(b"x" * 200_000 + b"\r\n")
    uri = editor.open(TWICE)
    assert [one.code for one in await editor.pull(uri)] == ["STEP-AFFINE"]


async def test_messages_in_one_piece_and_in_many_are_read_alike(editor: Editor) -> None:
    stdin = editor.process.stdin
    assert stdin is not None
    uri = editor.open(SOLVED)
    texts = [SOLVED + "\n" * count for count in range(40)]
    bodies = [
        json.dumps({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}}).encode()
        for version, text in enumerate([*texts, TWICE], 2)
    ]  # fmt: skip
    stream = b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies)
    for start in range(0, len(stream), 997):
        stdin.write(stream[start : start + 997])
    assert [one.code for one in await editor.pull(uri)] == ["STEP-AFFINE"]
