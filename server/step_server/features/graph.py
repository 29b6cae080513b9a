"""The dataflow graph of an operator: for a view beside the code, or as text in a format."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp

from step_server.documents import uri_of
from step_server.drawing import as_text, drawn, to_json
from step_server.refusal import Refused
from step_server.server import StepServer
from step_server.wire import argument_of, text_document


def register(server: StepServer) -> None:
    """Registers the handlers."""

    @server.feature("step/graph")
    def graph_request(params: Any) -> dict[str, Any] | None:
        snapshot = server.snapshot_of_any(text_document(params))
        check = snapshot.check(str(params.get("operator"))) if snapshot is not None else None
        if snapshot is None or check is None:
            return None
        status = server.statuses.get(snapshot.uri, check.operator.name)
        return to_json(drawn(check, status), check, snapshot)

    @server.command("step.server.graph")
    def graph_command(*arguments: Any) -> str:
        argument = argument_of(arguments)
        snapshot = server.snapshot_of_any(argument["uri"])
        name = str(argument.get("operator"))
        check = snapshot.check(name) if snapshot is not None else None
        if snapshot is None or check is None:
            raise Refused(f"there is no operator {name}")
        made = drawn(check, server.statuses.get(snapshot.uri, name))
        kind = str(argument.get("format", "svg"))
        text = as_text(made, check, snapshot, kind)
        if argument.get("show") and server.session.client.show_document:
            show(name, kind, text)
        return text

    def show(name: str, kind: str, text: str) -> None:
        """Opens the graph in the client, outside of it where it shows no pictures."""
        path = Path(tempfile.mkdtemp(prefix="step-graph-")) / f"{name}.{kind}"
        path.write_text(text, encoding="utf-8")
        server.window_show_document(lsp.ShowDocumentParams(uri_of(path), external=kind == "svg"))
