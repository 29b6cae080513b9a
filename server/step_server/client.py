"""What the client can do: read once from its capabilities, asked everywhere else by name."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types as lsp
from pygls.capabilities import get_capability


@dataclass(frozen=True, slots=True)
class Client:
    """The abilities of a client that change what the server sends."""

    name: str = ""
    pull_diagnostics: bool = False
    related_information: bool = False
    diagnostic_tags: bool = False
    diagnostic_versions: bool = False
    code_descriptions: bool = False
    code_action_literals: bool = False
    hierarchical_symbols: bool = False
    snippets: bool = False
    markdown_hovers: bool = True
    markdown_items: bool = True
    markdown_signatures: bool = True
    label_details: bool = False
    document_changes: bool = False
    apply_edit: bool = False
    work_done_progress: bool = False
    configuration: bool = False
    watch_configuration: bool = False
    watch_files: bool = False
    refresh_lenses: bool = False
    refresh_hints: bool = False
    refresh_tokens: bool = False
    refresh_diagnostics: bool = False
    show_document: bool = False
    commands: frozenset[str] = frozenset()


def read_client(params: lsp.InitializeParams, commands: frozenset[str]) -> Client:
    """The client that sends these parameters; ``commands`` are the ones it implements itself."""

    def can(path: str) -> bool:
        return bool(get_capability(params.capabilities, path, False))

    def has(path: str) -> bool:
        return get_capability(params.capabilities, path, None) is not None

    def markdown(path: str) -> bool:
        formats = get_capability(params.capabilities, path, None)
        return formats is None or lsp.MarkupKind.Markdown in formats

    return Client(
        name=params.client_info.name if params.client_info else "",
        pull_diagnostics=has("text_document.diagnostic"),
        related_information=can("text_document.publish_diagnostics.related_information"),
        diagnostic_tags=has("text_document.publish_diagnostics.tag_support"),
        diagnostic_versions=can("text_document.publish_diagnostics.version_support"),
        code_descriptions=can("text_document.publish_diagnostics.code_description_support"),
        code_action_literals=has("text_document.code_action.code_action_literal_support"),
        hierarchical_symbols=can("text_document.document_symbol.hierarchical_document_symbol_support"),
        snippets=can("text_document.completion.completion_item.snippet_support"),
        markdown_hovers=markdown("text_document.hover.content_format"),
        markdown_items=markdown("text_document.completion.completion_item.documentation_format"),
        markdown_signatures=markdown("text_document.signature_help.signature_information.documentation_format"),
        label_details=can("text_document.completion.completion_item.label_details_support"),
        document_changes=can("workspace.workspace_edit.document_changes"),
        apply_edit=can("workspace.apply_edit"),
        work_done_progress=can("window.work_done_progress"),
        configuration=can("workspace.configuration"),
        watch_configuration=can("workspace.did_change_configuration.dynamic_registration"),
        watch_files=can("workspace.did_change_watched_files.dynamic_registration"),
        refresh_lenses=can("workspace.code_lens.refresh_support"),
        refresh_hints=can("workspace.inlay_hint.refresh_support"),
        refresh_tokens=can("workspace.semantic_tokens.refresh_support"),
        refresh_diagnostics=can("workspace.diagnostics.refresh_support"),
        show_document=can("window.show_document.support"),
        commands=commands,
    )
