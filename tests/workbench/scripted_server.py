"""A language server that follows a script: what the real one rarely does, on demand.

It speaks docs/protocol.md and understands nothing. An operator's *name* says what happens to it:

* `slow…`      synthesis reports progress until it is cancelled
* `unsolved…`  synthesis ends without a body
* `costly…`    synthesis was a model's: tokens, a price, two fixes by the guardian
* `late…`      synthesis solves it, yet the edit is not applied
* `explode…`   synthesis kills the server
* anything else is solved at once, with the body `return step.Identity().apply(x)`

A body that holds the word `wrong` fails its check, one that holds `hang` times out. The file named by
`SCRIPTED_SERVER_LOG` gets a line an event.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from scripted_experience import answer
from scripted_operators import Operator, drawing, operators, plain, result_of, span, with_body

VERSION = os.environ.get("SCRIPTED_SERVER_VERSION", "0.1.0")
server = LanguageServer("scripted", VERSION, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
checked: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}


def note(event: str, **details: Any) -> None:
    """Leave a trace that a test can wait for."""
    path = os.environ.get("SCRIPTED_SERVER_LOG")
    if path:
        with Path(path).open("a") as log:
            log.write(json.dumps({"event": event, **details}) + "\n")


def text_of(uri: str) -> str:
    return server.workspace.get_text_document(uri).source


def status_of(uri: str, operator: Operator) -> dict[str, Any]:
    body, result = checked.get((uri, operator.name), (None, {}))
    state: dict[str, Any] = {"status": "hole" if operator.hole else "notRun"}
    if result and not operator.hole:
        state = result if body == operator.body or result["status"] == "running" else {"status": "stale"}
    return {
        "operator": operator.name,
        "range": span(operator.decorator, operator.end),
        "nameRange": span(operator.line, operator.line, 4, 4 + len(operator.name)),
        "isHole": operator.hole,
        "seconds": None,
        "maxAbsError": None,
        "message": None,
        "diagnostics": [],
        **state,
    }


def statuses(uri: str) -> list[dict[str, Any]]:
    return [status_of(uri, operator) for operator in operators(text_of(uri))]


def tell(uri: str) -> None:
    version = server.workspace.get_text_document(uri).version
    server.protocol.notify("step/operatorStatus", {"uri": uri, "version": version, "operators": statuses(uri)})


async def check(uri: str, names: list[str] | None) -> None:
    wanted = [o for o in operators(text_of(uri)) if (names is None or o.name in names) and not o.hole]
    for operator in wanted:
        checked[uri, operator.name] = (operator.body, {"status": "running"})
    tell(uri)
    await asyncio.sleep(0.05)
    for operator in wanted:
        checked[uri, operator.name] = (operator.body, result_of(operator))
    tell(uri)
    server.workspace_code_lens_refresh(None)
    published = [
        lsp.Diagnostic(
            range=lsp.Range(lsp.Position(operator.line + 1, 4), lsp.Position(operator.line + 1, 40)),
            message=checked[uri, operator.name][1]["message"],
            severity=lsp.DiagnosticSeverity.Error,
            code="STEP-MISMATCH",
            source="step",
        )
        for operator in wanted
        if checked[uri, operator.name][1]["status"] == "failed"
    ]
    server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, published))


options: dict[str, Any] = {}


@server.feature(lsp.INITIALIZE)
def initialize(params: lsp.InitializeParams) -> None:
    options.update(plain(params.initialization_options))


@server.feature(lsp.INITIALIZED)
async def initialized(_: lsp.InitializedParams) -> None:
    keys = [name for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY") if os.environ.get(name)]
    note("started", pid=os.getpid(), keys=keys, options=options)
    health = {"health": "ok", "message": "scripted", "interpreter": sys.executable, "version": VERSION, "busy": False}
    server.protocol.notify("step/serverStatus", health)
    follow = lsp.Registration("configuration", lsp.WORKSPACE_DID_CHANGE_CONFIGURATION)
    await server.client_register_capability_async(lsp.RegistrationParams([follow]))


@server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
def opened(params: lsp.DidOpenTextDocumentParams) -> None:
    tell(params.text_document.uri)


@server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
def changed(params: lsp.DidChangeTextDocumentParams) -> None:
    tell(params.text_document.uri)


@server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
async def saved(params: lsp.DidSaveTextDocumentParams) -> None:
    await check(params.text_document.uri, None)


@server.feature(lsp.WORKSPACE_DID_CHANGE_CONFIGURATION)
async def configured(_: lsp.DidChangeConfigurationParams) -> None:
    params = lsp.ConfigurationParams(items=[lsp.ConfigurationItem(section="step")])
    found = await server.workspace_configuration_async(params)
    note("configuration", settings=plain(found[0]))


@server.feature(
    lsp.TEXT_DOCUMENT_DIAGNOSTIC,
    lsp.DiagnosticOptions(identifier="step", inter_file_dependencies=False, workspace_diagnostics=False),
)
def diagnostics(params: lsp.DocumentDiagnosticParams) -> lsp.RelatedFullDocumentDiagnosticReport:
    found = [
        lsp.Diagnostic(
            range=lsp.Range(lsp.Position(number, line.index("b=2")), lsp.Position(number, line.index("b=2") + 3)),
            message="needs 1 ≤ b ≤ 1; got 2",
            severity=lsp.DiagnosticSeverity.Error,
            code="STEP-RANK",
            source="step",
        )
        for number, line in enumerate(text_of(params.text_document.uri).splitlines())
        if "b=2" in line
    ]
    return lsp.RelatedFullDocumentDiagnosticReport(items=found)


@server.feature(lsp.TEXT_DOCUMENT_CODE_LENS)
def lenses(params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
    uri = params.text_document.uri
    found = []
    for operator in operators(text_of(uri)):
        argument = {"uri": uri, "operator": operator.name}
        where = lsp.Range(lsp.Position(operator.decorator, 0), lsp.Position(operator.decorator, 0))
        state = status_of(uri, operator)["status"]
        titles = [(f"{state} · Run check", "step.check"), ("Synthesize", "step.synthesize"), ("Graph", "step.graph")]
        commands = [lsp.Command(title=title, command=command, arguments=[argument]) for title, command in titles]
        found += [lsp.CodeLens(range=where, command=command) for command in commands]
    return found


@server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION)
def actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    uri = params.text_document.uri
    line = params.range.start.line
    return [
        lsp.CodeAction(
            title=f"{verb} `{operator.name}`",
            kind=lsp.CodeActionKind.QuickFix,
            command=lsp.Command(title=verb, command=command, arguments=[{"uri": uri, "operator": operator.name}]),
        )
        for operator in operators(text_of(uri))
        if operator.decorator <= line < operator.end
        for verb, command in [("Synthesize", "step.synthesize") if operator.hole else ("Repair", "step.repair")]
    ]


@server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
def hints(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
    lines = text_of(params.text_document.uri).splitlines()
    assigned = ((number, re.match(r"    (\w+) = step\.", line)) for number, line in enumerate(lines))
    return [lsp.InlayHint(lsp.Position(number, found.end(1)), ": f32 [D, N]") for number, found in assigned if found]


@server.feature("step/operators")
def ask_operators(params: Any) -> dict[str, Any]:
    return {"operators": statuses(plain(params)["textDocument"]["uri"])}


@server.feature("step/check")
async def ask_check(params: Any) -> dict[str, Any]:
    request = plain(params)
    uri = request["textDocument"]["uri"]
    await check(uri, request.get("operators"))
    return {"operators": statuses(uri)}


@server.feature("step/debugInformation")
def debug_information(_: Any) -> dict[str, str]:
    return {"text": "scripted server"}


@server.feature("step/synthesize")
async def synthesize(params: Any) -> dict[str, Any]:
    request = plain(params)
    uri, name, token = request["textDocument"]["uri"], request["operator"], request["workDoneToken"]
    note("synthesize", **{key: value for key, value in request.items() if key != "textDocument"})
    operator = next(o for o in operators(text_of(uri)) if o.name == name)
    result = {
        "status": "solved",
        "operator": name,
        "proposer": "search",
        "body": "    return step.Identity().apply(x)",
        "seconds": 3.1,
        "candidates": 1204,
        "tokens": 0,
        "cost": None,
        "fixes": [],
        "message": None,
        "applied": False,
        "notApplied": None,
        "newText": None,
        "diff": None,
    }
    if name.startswith("explode"):
        os._exit(3)
    if name.startswith("slow"):
        try:
            for round_number in range(1, 10_000):
                report(token, f"round {round_number} · 1,204 candidates · best: 2 of 3 outputs")
                await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            note("cancelled", operator=name)
            raise
    new = with_body(text_of(uri), operator, result["body"])
    if name.startswith("unsolved"):
        wrong = with_body(text_of(uri), operator, "    return step.Map(fn=wrong).apply(x)")
        message = "The best attempt matches 2 of 3 outputs."
        return {**result, "status": "unsolved", "body": None, "newText": wrong, "message": message}
    if name.startswith("costly"):
        change = {"before": "a = f(x, x)", "after": "p, q = copy(x)"}
        fix = {"rule": "insert-copy", "reason": "`x` is consumed twice.", **change}
        result |= {"proposer": "anthropic", "tokens": 5310, "cost": 0.02, "fixes": [fix, fix]}
    if name.startswith("late"):
        return {**result, "newText": new, "notApplied": "the operator, or what it uses, was edited meanwhile"}
    if request.get("applyMode") == "preview":
        return {**result, "newText": new, "notApplied": "it is shown as a preview"}
    await apply(uri, operator, result["body"])
    return {**result, "applied": True}


def report(token: str, message: str) -> None:
    server.work_done_progress.tokens.setdefault(token, asyncio.Future())
    server.work_done_progress.report(token, lsp.WorkDoneProgressReport(message=message))


async def apply(uri: str, operator: Operator, body: str) -> None:
    document = server.workspace.get_text_document(uri)
    where = lsp.Range(lsp.Position(operator.line + 1, 0), lsp.Position(operator.end, 0))
    edit = lsp.TextDocumentEdit(
        lsp.OptionalVersionedTextDocumentIdentifier(uri, document.version), [lsp.TextEdit(where, body + "\n")]
    )
    await server.workspace_apply_edit_async(lsp.ApplyWorkspaceEditParams(lsp.WorkspaceEdit(document_changes=[edit])))


@server.feature("step/graph")
def graph(params: Any) -> dict[str, Any] | None:
    request = plain(params)
    uri = request["textDocument"]["uri"]
    operator = next((o for o in operators(text_of(uri)) if o.name == request["operator"]), None)
    if operator is None:
        return None
    return drawing(operator)


@server.feature("step/experience")
def ask_experience(params: Any) -> dict[str, Any]:
    request = plain(params)
    note("experience", **request)
    return answer(request["action"], request.get("id"), request.get("path"))


if __name__ == "__main__":
    server.start_io()
