"""Signature help: a primitive's parameters, and what its ``apply`` takes."""

from __future__ import annotations

from lsprotocol import types as lsp
from step.primitives import Primitive

from step_server import describe
from step_server.cursor import Cursor, cursor
from step_server.features.completion import in_body
from step_server.locate import place_of_typing
from step_server.markup import markup
from step_server.server import StepServer


def register(server: StepServer) -> None:
    """Registers the handler."""

    @server.feature(
        lsp.TEXT_DOCUMENT_SIGNATURE_HELP,
        lsp.SignatureHelpOptions(trigger_characters=["(", ","], retrigger_characters=["=", ")"]),
    )
    def signature_help(params: lsp.SignatureHelpParams) -> lsp.SignatureHelp | None:
        snapshot = server.snapshot(params.text_document.uri)
        if snapshot is None:
            return None
        at = place_of_typing(snapshot, *snapshot.positions.point(params.position))
        if at.check is None or not in_body(at.check, at.local[0]):
            return None
        where = cursor(at.check, *at.local)
        if where.primitive is None or where.where not in ("parameter", "value", "operand"):
            return None
        made = of_apply(where.primitive, where) if where.where == "operand" else of_call(where.primitive, where)
        text = documentation(where.primitive)
        made.documentation = markup(text, markdown=server.session.client.markdown_signatures)
        return lsp.SignatureHelp([made], active_signature=0, active_parameter=made.active_parameter)


def of_call(primitive: type[Primitive], where: Cursor) -> lsp.SignatureInformation:
    """The parameters of a primitive."""
    known = primitive.parameters()
    names = [one.name for one in known]
    active = names.index(where.keyword) if where.keyword in names else min(where.index, max(len(names) - 1, 0))
    return lsp.SignatureInformation(
        label=f"{primitive.__name__}({', '.join(names)})",
        parameters=[lsp.ParameterInformation(one.name, one.metadata["text"]) for one in known],
        active_parameter=active if names else None,
    )


def of_apply(primitive: type[Primitive], where: Cursor) -> lsp.SignatureInformation:
    """The streams that a primitive is applied to."""
    names = [one.lstrip("*") for one in primitive.takes]
    written = f"({', '.join(names)})" if len(names) > 1 else names[0]
    return lsp.SignatureInformation(
        label=f"{primitive.__name__}.apply({written})",
        parameters=[lsp.ParameterInformation(one) for one in names],
        active_parameter=min(where.index, len(names) - 1),
    )


def documentation(primitive: type[Primitive]) -> str:
    """The rule, and what it means, in Markdown."""
    return f"`{primitive.rule}`\n\n{describe.docstring(primitive)}"
