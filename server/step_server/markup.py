"""Markdown for clients that show it, the same as plain text for those that do not."""

from __future__ import annotations

import re

from lsprotocol import types as lsp

_LINK = re.compile(r"\[([^\]]*)\]\([^)\s]*\)")
_FENCE = re.compile(r"^```\w*\n?", re.MULTILINE)
_RULE = re.compile(r"^---$", re.MULTILINE)


def markup(text: str, *, markdown: bool) -> lsp.MarkupContent:
    """A text that is written in Markdown, as the client can show it."""
    if markdown:
        return lsp.MarkupContent(lsp.MarkupKind.Markdown, text)
    return lsp.MarkupContent(lsp.MarkupKind.PlainText, plain(text))


def plain(text: str) -> str:
    """Markdown as people read it who see its source: without fences, stars, backticks and addresses."""
    bare = _LINK.sub(r"\1", _RULE.sub("", _FENCE.sub("", text)))
    return re.sub(r"\n{3,}", "\n\n", bare.replace("**", "").replace("`", "")).strip()
