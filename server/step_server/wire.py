"""The shapes of docs/protocol.md: what this server says beside plain LSP, as JSON values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lsprotocol import types as lsp
from step.check import OperatorCheck
from step.diagnostic import Diagnostic

from step_server.convert import SEVERITIES
from step_server.refusal import BadParameters
from step_server.snapshot import Snapshot
from step_server.statuses import Status, Statuses


def finite(value: float | None) -> float | None:
    """A number that JSON has; None for the others."""
    return value if value is not None and math.isfinite(value) else None


def range_json(given: lsp.Range) -> dict[str, Any]:
    """A range."""
    return {
        "start": {"line": given.start.line, "character": given.start.character},
        "end": {"line": given.end.line, "character": given.end.character},
    }


def diagnostic_json(found: Diagnostic, snapshot: Snapshot) -> dict[str, Any]:
    """A diagnostic whose lines are the file's."""
    return {
        "code": found.code,
        "message": found.message,
        "severity": SEVERITIES[found.severity].value,
        "range": range_json(snapshot.positions.range(found.span)),
    }


def status_json(check: OperatorCheck, status: Status, snapshot: Snapshot) -> dict[str, Any]:
    """An ``OperatorStatus``. Its diagnostics are the functional check's; where that did not run because of static
    errors, those."""
    found = [one.in_file(snapshot.module) for one in status.findings]
    if not found and status.state == "error":
        found = [one for one in check.in_file if one.severity == "error"]
    return {
        "operator": check.operator.name,
        "range": range_json(snapshot.whole(check)),
        "nameRange": range_json(snapshot.name(check)),
        "isHole": check.operator.is_hole,
        "status": status.state,
        "seconds": status.seconds,
        "maxAbsError": finite(status.max_abs_error),
        "message": status.message,
        "diagnostics": [diagnostic_json(one, snapshot) for one in found],
    }


def statuses_json(snapshot: Snapshot, statuses: Statuses) -> list[dict[str, Any]]:
    """All operators of a document."""
    return [status_json(check, status, snapshot) for check, status in statuses.of(snapshot)]


def argument_of(arguments: Sequence[Any]) -> dict[str, Any]:
    """The one object that a command takes, with its document.

    Raises:
        BadParameters: there is none, or it names no document.
    """
    given = arguments[0] if arguments else None
    if not isinstance(given, dict) or not isinstance(given.get("uri"), str):
        raise BadParameters("the command takes one object with the `uri` of a document")
    return given


def text_document(params: Any) -> str:
    """The URI in the parameters of a request of this protocol.

    Raises:
        BadParameters: there is none.
    """
    document = params.get("textDocument") if isinstance(params, dict) else None
    uri = document.get("uri") if isinstance(document, dict) else None
    if not isinstance(uri, str):
        raise BadParameters("`textDocument.uri` is missing")
    return uri
