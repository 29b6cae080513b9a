"""Completion: inside bodies what fits the streams at hand comes first, in declarations what only the language knows.

Everything else is the Python tools' own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lsprotocol import types as lsp
from step.check import OperatorCheck
from step.primitives import PRIMITIVES, SPELLINGS, Primitive
from step.source.evaluate import Namespace
from step.types import same_stream

from step_server import describe
from step_server.cursor import Cursor, cursor, namespaces
from step_server.declaring import offered
from step_server.fitting import (
    Candidate,
    at_hand,
    dims_in,
    fits,
    functions_in,
    operand_rows,
    some_spelling_accepts,
    streams_at,
)
from step_server.hovers.primitives import reference
from step_server.locate import place_of_typing
from step_server.markup import markup
from step_server.server import StepServer

Kind = lsp.CompletionItemKind


def register(server: StepServer) -> None:
    """Registers the handlers."""

    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION,
        lsp.CompletionOptions(trigger_characters=[".", "(", "=", ","], resolve_provider=True),
    )
    def completion(params: lsp.CompletionParams) -> lsp.CompletionList | None:
        snapshot = server.snapshot(params.text_document.uri)
        if snapshot is None:
            return None
        at = place_of_typing(snapshot, *snapshot.positions.point(params.position))
        if at.check is None or not in_body(at.check, at.local[0]):
            declared = offered(snapshot, at.line, at.column)
            return lsp.CompletionList(is_incomplete=False, items=declared) if declared else None
        found = _Completer(at.check, *at.local, snippets=server.session.client.snippets)
        return lsp.CompletionList(is_incomplete=False, items=list(found.items()))

    @server.feature(lsp.COMPLETION_ITEM_RESOLVE)
    def resolve(item: lsp.CompletionItem) -> lsp.CompletionItem:
        data: Any = item.data
        primitive = SPELLINGS.get(str(data.get("primitive"))) if isinstance(data, dict) else None
        if primitive is not None:
            item.documentation = markup(reference(primitive), markdown=server.session.client.markdown_items)
        return item


def in_body(check: OperatorCheck, line: int) -> bool:
    """Whether a line, counted from the operator's first, is below its header."""
    return line > check.operator.name_span.line


class _Completer:
    def __init__(self, check: OperatorCheck, line: int, column: int, *, snippets: bool) -> None:
        self.check, self.line, self.column, self.snippets = check, line, column, snippets
        self.scope = check.operator.scope
        self.cursor: Cursor = cursor(check, line, column)
        self.streams = streams_at(check, line)
        self.hand = at_hand(check, line, column)

    def items(self) -> Iterator[lsp.CompletionItem]:
        """What can stand at the cursor, in the order in which it should be offered."""
        match self.cursor.where:
            case "member":
                value = self.scope.get(self.cursor.namespace)
                if isinstance(value, Namespace) and value.name == "step":
                    yield from self.primitives("")
            case "call":
                yield self.application()
            case "parameter":
                yield from self.parameters()
                yield from self.values(self.positional())
            case "value":
                yield from self.values(self.cursor.keyword)
            case "operand":
                yield from self.operands()
            case "return":
                wanted = self.check.operator.specification
                outputs = wanted.output_types if wanted else ()
                yield from self.ranked(
                    (one, any(same_stream(kind, one.type) for kind in outputs)) for one in self.streams
                )
                yield from self.expressions()
            case "right":
                yield from self.expressions()
                yield from self.ranked((one, False) for one in self.streams)
            case "statement":
                yield from self.expressions()
                yield item("return", Kind.Keyword, "8")
            case _:
                return

    def expressions(self) -> Iterator[lsp.CompletionItem]:
        """Primitives, with what they are called through."""
        names = sorted(namespaces(self.scope), key=len)
        if names:
            yield from self.primitives(f"{names[0]}.")
        imported = {name: one for name, one in self.scope.items() if one in PRIMITIVES.values()}
        for name, one in imported.items():
            if isinstance(one, type):
                yield self.primitive(one, name, self.suits(one))

    def primitives(self, before: str) -> Iterator[lsp.CompletionItem]:
        """Every primitive; those that accept the streams at hand first."""
        for name, one in PRIMITIVES.items():
            yield self.primitive(one, f"{before}{name}", self.suits(one))

    def suits(self, one: type[Primitive]) -> bool:
        """Whether the primitive accepts what is at hand."""
        return fits(one, self.scope, self.hand, [other for other in self.streams if other.free])

    def primitive(self, one: type[Primitive], label: str, suits: bool) -> lsp.CompletionItem:
        """A primitive, with a call to fill in where nothing is written yet."""
        text, form = f"{label}(", None
        rest = self.rest()
        if rest[:1] in ("(", ".") or rest[:1].isalnum():
            text = label
        elif self.snippets:
            text, form = (
                f"{label}({self.arguments(one)}).apply({self.applied(one, len(one.parameters()) + 1)})",
                lsp.InsertTextFormat.Snippet,
            )
        else:
            text = f"{label}()" if not one.parameters() else f"{label}("
        return lsp.CompletionItem(
            label=label,
            kind=Kind.Class,
            detail=one.rule,
            sort_text=f"{0 if suits else 5}{label}",
            insert_text=text,
            insert_text_format=form,
            preselect=suits or None,
            data={"primitive": one.__name__},
        )

    def application(self) -> lsp.CompletionItem:
        """What follows a primitive's parentheses."""
        assert self.cursor.primitive is not None
        found = item("apply", Kind.Method, "0", detail=self.cursor.primitive.rule)
        if self.snippets and self.rest()[:1] != "(":
            found.insert_text = f"apply({self.applied(self.cursor.primitive, 1)})"
            found.insert_text_format = lsp.InsertTextFormat.Snippet
        return found

    def arguments(self, one: type[Primitive]) -> str:
        parts = [f"{each.name}=${{{number}}}" for number, each in enumerate(one.parameters(), 1)]
        return ", ".join(parts)

    def applied(self, one: type[Primitive], first: int) -> str:
        """What a primitive is applied to, as a snippet whose places are numbered from ``first``."""
        names = [each.lstrip("*") for each in one.takes]
        if len(names) > 1:
            return "(" + ", ".join(f"${{{first + index}}}" for index in range(len(names))) + ")"
        free = [each.name for each in self.hand if each.free]
        return f"${{{first}:{free[0]}}}" if free else f"${{{first}}}"

    def rest(self) -> str:
        """The line after the cursor."""
        lines = self.check.operator.text.split("\n")
        return lines[self.line][self.column :].lstrip() if self.line < len(lines) else ""

    def positional(self) -> str | None:
        """The parameter that a value at the cursor would be given to."""
        primitive = self.cursor.primitive
        names = [one.name for one in primitive.parameters()] if primitive else []
        return names[self.cursor.index] if self.cursor.index < len(names) else None

    def parameters(self) -> Iterator[lsp.CompletionItem]:
        """The keywords that are not given yet."""
        assert self.cursor.primitive is not None
        for number, one in enumerate(self.cursor.primitive.parameters()):
            if one.name not in self.cursor.given:
                yield item(f"{one.name}=", Kind.Property, f"0{number}", detail=one.metadata["text"])

    def values(self, keyword: str | None) -> Iterator[lsp.CompletionItem]:
        """What a parameter can be; what makes the primitive accept the streams at hand first."""
        primitive = self.cursor.primitive
        one = next((each for each in primitive.parameters() if each.name == keyword), None) if primitive else None
        if primitive is None or one is None or keyword is None:
            return
        others = [each for each in self.streams if each.free]

        def good(value: object) -> bool:
            return fits(primitive, self.scope, self.hand, others, {keyword: value})

        match one.metadata["kind"]:
            case "function":
                for name, function in functions_in(self.scope):
                    yield item(name, Kind.Function, "1" if good(function) else "6", detail=str(function))
            case "dim":
                for name, dim in dims_in(self.scope):
                    yield item(name, Kind.EnumMember, "1" if good(dim) else "6", detail=describe.dim_size(dim))
            case "integer":
                ranks = [each.type.rank for each in self.hand if each.type.shape is not None]
                for number in range((max(ranks) if ranks else 0) + 2):
                    if good(number):
                        yield item(str(number), Kind.Value, f"1{number}")
            case _:
                for indices in ((1,), (1, 2), (0,)):
                    if good(indices):
                        text = str(list(indices))
                        yield item(text[1:-1] if self.cursor.in_list else text, Kind.Value, f"1{indices}")

    def operands(self) -> Iterator[lsp.CompletionItem]:
        """The streams; free ones that the primitive accepts first."""
        primitive = self.cursor.primitive
        yield from self.ranked((one, primitive is not None and self.takes(primitive, one)) for one in self.streams)
        for one in self.check.operator.body.occurrences:
            if one.kind == "list" and one.binds and one.span.line < self.line and one.values:
                yield item(one.name, Kind.Variable, "3", detail=f"{len(one.values)} streams")

    def takes(self, primitive: type[Primitive], one: Candidate) -> bool:
        """Whether some spelling of a primitive accepts a stream."""
        others = [each.type for each in self.streams if each.free and each.value != one.value]
        rows = operand_rows(primitive, [one.type], others)
        return some_spelling_accepts(primitive, self.scope, rows)

    def ranked(self, found: Iterable[tuple[Candidate, bool]]) -> Iterator[lsp.CompletionItem]:
        """Streams: free and fitting, free, fitting, the rest; the newest first."""
        for number, (one, fitting) in enumerate(found):
            rank = (0 if fitting else 2) if one.free else (5 if fitting else 7)
            detail = str(one.type) if one.free else f"{one.type} · consumed already"
            tags = None if one.free else [lsp.CompletionItemTag.Deprecated]
            yield item(one.name, Kind.Variable, f"{rank}{number:04}", detail=detail, tags=tags)


def item(
    label: str, kind: Kind, rank: str, *, detail: str | None = None, tags: list[lsp.CompletionItemTag] | None = None
) -> lsp.CompletionItem:
    """An offer."""
    return lsp.CompletionItem(label=label, kind=kind, detail=detail or None, sort_text=f"{rank}{label}", tags=tags)
