"""What the server may be connected by: files and one socket for both directions, beside the usual pipes."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path
from typing import Any

from tests.cli.run import STEPLANG
from tests.server.samples import TWICE

URI = "file:///nowhere/module.py"


def session() -> bytes:
    """A whole session: a document, its diagnostics, the end."""
    document = {"uri": URI, "languageId": "python", "version": 1, "text": TWICE}
    messages: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {
            "textDocument": {"diagnostic": {}}}}},
        {"method": "initialized", "params": {}},
        {"method": "textDocument/didOpen", "params": {"textDocument": document}},
        {"id": 2, "method": "textDocument/diagnostic", "params": {"textDocument": {"uri": URI}}},
        {"id": 3, "method": "shutdown"},
        {"method": "exit"},
    ]  # fmt: skip
    bodies = [json.dumps({"jsonrpc": "2.0", **one}).encode() for one in messages]
    return b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies)


def codes(answers: bytes) -> list[str]:
    """The codes of the diagnostics among what the server sent."""
    found: list[str] = []
    while answers:
        head, _, rest = answers.partition(b"\r\n\r\n")
        size = int(head.split(b"Content-Length:")[1].split(b"\r\n")[0])
        message = json.loads(rest[:size])
        if message.get("id") == 2:
            found = [one["code"] for one in message["result"]["items"]]
        answers = rest[size:]
    return found


def test_a_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "session"
    path.write_bytes(session())
    with path.open("rb") as stdin:
        done = subprocess.run([STEPLANG, "lsp"], stdin=stdin, capture_output=True, timeout=60)
    assert (done.returncode, codes(done.stdout)) == (0, ["STEP-AFFINE"]), done.stderr


def test_one_socket_for_both_directions() -> None:
    ours, theirs = socket.socketpair()
    with ours, subprocess.Popen([STEPLANG, "lsp"], stdin=theirs, stdout=theirs, stderr=subprocess.PIPE) as server:
        theirs.close()
        ours.settimeout(60)
        ours.sendall(session())
        answers = b"".join(iter(lambda: ours.recv(1 << 16), b""))
        assert server.wait(60) == 0
    assert codes(answers) == ["STEP-AFFINE"]


def test_a_client_that_goes_away_at_once() -> None:
    done = subprocess.run([STEPLANG, "lsp"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == 0 and done.stdout == b"" and b"Traceback" not in done.stderr
