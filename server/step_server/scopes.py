"""Every use of every name in a module, with the scope that it belongs to: what references and renaming go by.

Python's own rules: parameters and what a function assigns are its own, comprehensions have their own targets, all else
is the module's. Uses are found block by block (:mod:`step_server.walking`) and remembered by the block's text.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from threading import Lock

from step.source import Module
from step.source.parsing import parse_block
from step.source.split import Block
from step.source.syntax import Parsed

from step_server.uses import MODULE, BlockUses, NameUse
from step_server.walking import walked

_MOST_TEXT = 1_500_000
"""Characters of blocks whose uses are remembered; what is told of them takes about thirty times that."""
_line = attrgetter("line")


@dataclass(frozen=True)
class Text:
    """A module's text in blocks, each with its statements where somebody has parsed it already."""

    blocks: Sequence[Block]
    parsed: Sequence[Parsed | None] = ()

    @staticmethod
    def of(module: Module) -> Text:
        """The text of a module."""
        return Text(module.blocks, module.parsed)

    def speaking_of(self, *names: str) -> Iterator[tuple[Block, BlockUses]]:
        """The blocks in which one of some names is written, each with what it uses."""
        for index, block in enumerate(self.blocks):
            text = block.text if block.text.isascii() else unicodedata.normalize("NFKC", block.text)
            if any(name in text for name in names):  # Python takes letters for the same that only look different
                yield block, block_uses(block.text, self.parsed[index] if self.parsed else None)

    @property
    def every(self) -> Iterator[tuple[Block, BlockUses]]:
        """All blocks, each with what it uses."""
        return self.speaking_of("")

    def at(self, line: int) -> tuple[Block, BlockUses] | None:
        """The block that a line of the file is in, or comes after."""
        index = bisect_right(self.blocks, line, key=_line) - 1
        if index < 0:
            return None
        block = self.blocks[index]
        return block, block_uses(block.text, self.parsed[index] if self.parsed else None)


def use_at(module: Module, line: int, column: int) -> tuple[int, NameUse] | None:
    """The use at a position, with the first line of its block; a use proper before one that merely goes with it."""
    return use_in(Text.of(module), line, column)


def use_in(text: Text, line: int, column: int) -> tuple[int, NameUse] | None:
    """The same, of a text in blocks."""
    found = text.at(line)
    if found is None:
        return None
    block, uses = found
    here = [one for several in uses.named.values() for one in several if one.span.contains(line - block.line, column)]
    use = min(here, key=lambda one: one.also, default=None)
    return (block.line, use.shift(block.line)) if use is not None else None


def same(module: Module, block: int, use: NameUse) -> list[NameUse]:
    """All uses of what a use stands for, itself included."""
    return [
        one.shift(here.line)
        for here, uses in Text.of(module).speaking_of(use.name)
        if use.scope == MODULE or here.line == block
        for one in uses.named.get(use.name, ())
        if one.scope == use.scope
    ]


def block_uses(text: str, parsed: Parsed | None = None) -> BlockUses:
    """The uses of names in a block, whose statements may be known."""
    with _lock:
        known = _known.get(text)
        if known is not None:
            _known.move_to_end(text)
            return known
    found = walked(parsed or parse_block(Block(0, text)))
    with _lock:
        if text not in _known:  # two threads may have been at it
            _size[0] += len(text)
        _known[text] = found
        while _size[0] > _MOST_TEXT and len(_known) > 1:
            _size[0] -= len(_known.popitem(last=False)[0])
    return found


_known: OrderedDict[str, BlockUses] = OrderedDict()
_size = [0]
_lock = Lock()
