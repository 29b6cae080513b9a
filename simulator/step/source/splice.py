"""Reading the next version of a module where an edit changes nothing that other blocks see: a body, a comment.

What the blocks before and after the edit came to is taken over as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from step.choice import Choice
from step.source.passes import Pass, Place, ReadBlock
from step.source.pieces import Piece

_MOST_BLOCKS = 64
"""Blocks that come or go: where more do, it is not one edit."""


def spliced(last: Pass, pieces: Sequence[Piece], choice: Choice) -> Pass | None:
    """The reading of the next version, if an edit changed only what no other block sees; None if all must be read.

    Only the blocks that are new are read; what the others came to is the same, further up or down.
    """
    old = last.pieces
    before, after = _common(old, pieces)
    gone, come = last.trail[before : len(old) - after], pieces[before : len(pieces) - after]
    places = {place for place, _ in gone}
    texts = {block.text for block, _ in come}
    if not all(map(last.are_current, (found for _, found in last.trail if found.beside))):
        return None
    if not old or len(gone) + len(come) > _MOST_BLOCKS or len(texts) < len(come):
        return None
    if any(last.texts[text] > 1 for text, _ in places) or any(
        text in last.texts and (text, 0) not in places for text in texts
    ):
        return None  # the numbers of equal blocks would change
    middle = Pass(last, last.beside)
    middle.headers = {
        parsed.header: found
        for (_, parsed), (_, found) in zip(old[before : len(old) - after], gone, strict=True)
        if parsed.header is not None and found.declaration is not None
    }
    middle.replay(last.trail[:before], choice)
    array = gone[-1][1].array_after if gone else choice.array
    for block, parsed in come:
        middle.read(block, parsed, choice)
    if array != choice.array or _seen(gone) != _seen(middle.trail):
        return None
    result = Pass(last, last.beside)
    result.trail = [*last.trail[:before], *middle.trail, *last.trail[len(old) - after :]]
    result.read_blocks, result.texts = dict(last.read_blocks), dict(last.texts)
    for place in places:
        del result.read_blocks[place], result.texts[place[0]]
    result.read_blocks.update(middle.trail)
    result.texts.update(dict.fromkeys(texts, 1))
    result.values, result.bindings, result.scope = last.values, last.bindings, last.scope
    result.imports_step, result.declared = last.imports_step, last.declared
    moved = pieces[len(pieces) - after][0].line - old[len(old) - after][0].line if after else 0
    rest = old[len(old) - after][0].line if moved else math.inf
    lines = {block.line for block, _ in old[before : len(old) - after]}
    result.definitions = dict(last.definitions)
    for name, one in last.definitions.items():
        if one.block in lines:
            result.definitions[name] = middle.definitions[name]
        elif one.block >= rest:
            result.definitions[name] = replace(one, span=one.span.shift(moved), block=one.block + moved)
    for (block, parsed), (place, found) in zip(pieces, result.trail, strict=True):
        if found.problems:
            result.problems += [one.shift(block.line) for one in found.problems]
        if found.declaration is not None or found.nested:
            result.wait(block, place, parsed, found)
    choice.array = result.trail[-1][1].array_after if result.trail else choice.array
    return result


def _common(old: Sequence[Piece], new: Sequence[Piece]) -> tuple[int, int]:
    """How many pieces two versions have in common at their beginnings, in the same lines, and how many others at their
    ends, all moved by as many lines."""
    limit = min(len(old), len(new))
    before = 0
    while before < limit and (old[before] is new[before] or _moved(old[before], new[before]) == 0):
        before += 1
    after, limit = 0, limit - before
    by = _moved(old[-1], new[-1]) if limit else None
    if by == 0:
        while after < limit and old[-1 - after] is new[-1 - after]:
            after += 1
    while after < limit and by is not None and _moved(old[-1 - after], new[-1 - after]) == by:
        after += 1
    return before, after


def _moved(old: Piece, new: Piece) -> int | None:
    """By how many lines a piece moved; None where it is another."""
    return new[0].line - old[0].line if new[1] is old[1] else None


def _seen(trail: Sequence[tuple[Place, ReadBlock]]) -> tuple[object, ...]:
    """What other blocks see of blocks, beside the array library: names with their very values, and dimensions."""
    bound = [(name, id(value)) for _, one in trail for name, _, value, _ in one.bound]
    changed = [(name, id(value)) for _, one in trail for name, value in one.changed]
    dims = [spec for _, one in trail for spec in one.dims]
    return bound, changed, dims, any(one.imports_step for _, one in trail)
