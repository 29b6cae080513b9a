"""One file, as far as a question about names needs it: split at once, parsed block by block where a name is written."""

from __future__ import annotations

import itertools
import os
import tokenize
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

from step.diagnostic import Span
from step.source import Module
from step.source.neighbours import MAX_BYTES
from step.source.parsing import MAX_TEXT
from step.source.split import split_lines, strict_starts, trimmed

from step_server.across.facts import Facts, facts_of
from step_server.positions import Positions
from step_server.scopes import Text
from step_server.uses import MODULE, BlockUses, ImportUse, NameUse


@dataclass(frozen=True)
class View:
    """A file's text: of an open document, with its version, or from the disk."""

    path: Path
    uri: str
    version: int | None
    text: str
    encoding: str
    module: Module | None = None

    @property
    def name(self) -> str:
        """What people call it: of a package's own file, with the package."""
        return f"{self.path.parent.name}/{self.path.name}" if self.path.name == "__init__.py" else self.path.name

    @property
    def is_file(self) -> bool:
        """Whether others can import it: what is not saved yet has no place to be imported from."""
        return self.uri.startswith("file:")

    @cached_property
    def lines(self) -> list[str]:
        """Its lines."""
        return split_lines(self.text)

    @cached_property
    def positions(self) -> Positions:
        """Its positions."""
        return Positions(self.lines, self.encoding)

    @cached_property
    def facts(self) -> Facts:
        """What it imports, told from its lines."""
        return facts_of(self.text)

    @cached_property
    def blocks(self) -> Text:
        """Its text in blocks."""
        if self.module is not None:
            return Text.of(self.module)
        if len(self.text) > MAX_TEXT:
            return Text(())
        starts = [*strict_starts(self.lines), len(self.lines)]
        return Text([trimmed(self.lines, start, stop) for start, stop in itertools.pairwise(starts)])

    @cached_property
    def imports(self) -> tuple[tuple[int, ImportUse], ...]:
        """Its imports in order, in the file's lines, each with the line of its block."""
        return tuple(
            (block.line, one._replace(span=one.span.shift(block.line), local_span=one.local_span.shift(block.line)))
            for block, uses in self.blocks.speaking_of("import")
            for one in uses.imports
        )

    @cached_property
    def all_names(self) -> tuple[frozenset[str], bool] | None:
        """What ``__all__`` lists, and whether that is all of it; None where there is none."""
        several = [uses for _, uses in self.blocks.speaking_of("__all__") if uses.lists]
        if not several:
            return None
        return frozenset().union(*(one.listed for one in several)), all(one.closed for one in several)

    def uses(self, name: str) -> list[tuple[int, NameUse, BlockUses]]:
        """The uses of a name in the file's lines, each with the line of its block and all that the block uses."""
        return [
            (block.line, one.shift(block.line), uses)
            for block, uses in self.blocks.speaking_of(name)
            for one in uses.named.get(name, ())
        ]

    def bindings(self, name: str) -> list[Span]:
        """Where the module binds a name otherwise than by an import."""
        imported = {one.local_span for _, one in self.imports}
        return [
            one.span
            for _, one, _ in self.uses(name)
            if one.scope == MODULE and one.binds and not one.also and one.span not in imported
        ]


def read_source(path: Path) -> str | None:
    """A file's text, in the encoding that it says it has; None where it cannot be read, or is too long."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        data = path.read_bytes()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode(tokenize.detect_encoding(BytesIO(data).readline)[0])
    except (OSError, SyntaxError, UnicodeDecodeError, LookupError):
        return None
    return text.removeprefix("\ufeff")


def is_read_only(path: Path) -> bool:
    """Whether a file is there and is not meant to be written."""
    try:
        return path.exists() and (not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK))
    except OSError:
        return False
