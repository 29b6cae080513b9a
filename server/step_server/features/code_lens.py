"""Code lenses over each operator: the last verdict, synthesis where it is needed, the graph."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp
from step.check import OperatorCheck
from step.diagnostic import Span

from step_server.commands import CHECK, GRAPH, REPAIR, SYNTHESIZE, command, is_available
from step_server.server import StepServer
from step_server.snapshot import Snapshot
from step_server.statuses import Status

SHORT = 60


def register(server: StepServer) -> None:
    """Registers the handler."""

    @server.feature(lsp.TEXT_DOCUMENT_CODE_LENS)
    def code_lens(params: lsp.CodeLensParams) -> list[lsp.CodeLens] | None:
        snapshot = server.snapshot(params.text_document.uri)
        if snapshot is None:
            return None
        return [
            lens for check, status in server.statuses.of(snapshot) for lens in lenses(check, status, snapshot, server)
        ]


def lenses(check: OperatorCheck, status: Status, snapshot: Snapshot, server: StepServer) -> Iterator[lsp.CodeLens]:
    """The lenses of one operator."""
    client, name = server.session.client, check.operator.name
    line = check.operator.line
    where = snapshot.range(Span(line, 0, line, 0))

    def lens(which: str, title: str) -> lsp.CodeLens:
        return lsp.CodeLens(where, command(client, which, title, snapshot.uri, name))

    if server.session.settings_of(snapshot.uri).trusted:
        if check.operator.is_hole:
            if status.state in ("error", "timeout", "skipped"):  # what is declared cannot be met, or is not there
                yield lens(CHECK, verdict(status))
            yield lens(SYNTHESIZE, "Synthesize")
        else:
            yield lens(CHECK, verdict(status))
            if needs_repair(check, status):
                yield lens(REPAIR, "Repair")
    if is_available(client, GRAPH):
        yield lens(GRAPH, "Graph")


def verdict(status: Status) -> str:
    """The state of the functional check, and what a click does."""
    match status.state:
        case "passed":
            text = f"✓ checked {seconds(status.seconds)}" if status.seconds is not None else "✓ verified"
        case "failed":
            text = "✗ differs from its reference"
        case "error":
            text = f"✗ {short(status.message or 'the check could not run')}"
        case "timeout":
            text = f"✗ timed out after {seconds(status.seconds)}"
        case "skipped":
            text = "- its branch did not run"
        case "running":
            return "checking …"
        case "queued":
            return "waiting for its check …"
        case "stale":
            text = "changed since it was checked"
        case _:
            return "Run check"
    if status.cost:
        text += f" · {status.cost}"
    return f"{text} · Run check"


def seconds(value: float | None) -> str:
    """A duration as people read it."""
    return f"{value or 0:.2f} s" if (value or 0) < 10 else f"{value:.0f} s"


def short(text: str) -> str:
    """A line that fits over an operator."""
    first = text.splitlines()[0] if text else ""
    return first if len(first) <= SHORT else first[: SHORT - 1].rstrip() + "…"


def needs_repair(check: OperatorCheck, status: Status) -> bool:
    """Whether the operator has a body that is known to be wrong."""
    wrong = any(one.severity == "error" for one in check.diagnostics)
    return not check.operator.is_hole and (wrong or status.state in ("failed", "error", "timeout"))
