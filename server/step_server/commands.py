"""Which command a lens or a code action names: the client's own where it has one, otherwise the server's."""

from __future__ import annotations

from collections.abc import Mapping

from lsprotocol import types as lsp

from step_server.client import Client

CHECK, SYNTHESIZE, REPAIR, GRAPH = "step.check", "step.synthesize", "step.repair", "step.graph"

_SERVER: Mapping[str, tuple[str, dict[str, object]]] = {
    CHECK: ("step.server.check", {}),
    SYNTHESIZE: ("step.server.synthesize", {}),
    REPAIR: ("step.server.synthesize", {"repair": True}),
    GRAPH: ("step.server.graph", {"format": "svg", "show": True}),
}


def command(client: Client, name: str, title: str, uri: str, operator: str) -> lsp.Command:
    """The command of a name for one operator."""
    argument: dict[str, object] = {"uri": uri, "operator": operator}
    if name in client.commands:
        return lsp.Command(title, name, arguments=[argument])
    own, extra = _SERVER[name]
    return lsp.Command(title, own, arguments=[{**argument, **extra}])


def is_available(client: Client, name: str) -> bool:
    """Whether the command leads to something in this client: a graph needs a place where it is shown."""
    return name in client.commands or name != GRAPH or client.show_document
