"""Near misses: the programs that differ from one in a single thing, and check.

A body that checks and computes something else is often one slip away from the right one: another function of the same
type, two operands the wrong way round, a function that was forgotten. Types cannot tell which; running them can.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence

from step.function import Function
from step.primitives import Primitive
from step.primitives.accum import Accum
from step.primitives.map import Map
from step.primitives.scan import Scan
from step.program import Opaque, Program, Use, Value
from step.rewrite.edits import Bypass, Edit, Permute, Redirect, Replace, Wrap, apply_edits
from step.rewrite.fix import Case, Fix

RULE = "near-miss"
MOST_STREAMS = 24
"""Streams that one use is tried with; a body has hardly more of one type."""
MOST_DIMS = 6
"""Dimensions of a stream that an index is tried with."""
MOST_EXCHANGED = 64
"""Primitives that are paired to exchange what they are given: there are as many pairs as the square."""
UNKNOWN_RANK = 100
"""What a stream of unknown shape counts as: no stream has so many dimensions."""

_Change = tuple[tuple[Edit, ...], str, int | None]


def near_misses(case: Case, functions: Sequence[Function], stop: Callable[[], bool] = lambda: False) -> Iterator[Fix]:
    """Every program that checks and differs from the case's in one thing, the likeliest first.

    Args:
        case: the program with its specification.
        functions: the functions that a body may name.
        stop: asked before each change whether it was enough; of a large program there are many.
    """
    seen = {case.program}
    for edits, title, node in _changes(case, functions):
        if stop():
            return
        try:
            program = apply_edits(case.program, edits)
        except (ValueError, IndexError, TypeError, KeyError):
            continue
        after = case.after(program)
        if not after.holds or _idle(program) > _idle(case.program) or program in seen:
            continue
        seen.add(program)
        reason = "The body did not compute what the reference does; with this one change it does."
        yield Fix(RULE, (), title, reason, _streams(case, edits), False, node, edits, case.program, program)


def _changes(case: Case, functions: Sequence[Function]) -> Iterator[_Change]:
    used = {node.primitive.function for node in case.program.nodes}
    forgotten = [one for one in functions if one not in used]
    yield from _operands(case)
    yield from _functions(case, forgotten)
    yield from _functions(case, [one for one in functions if one in used])
    yield from _numbers(case)
    yield from _exchanged(case)
    yield from _kinds(case)
    yield from _streams_swapped(case)
    yield from _streams_changed(case)
    yield from _dropped(case)
    yield from _added(case, forgotten or functions)


def _operands(case: Case) -> Iterator[_Change]:
    """The operands of a primitive in another order."""
    for index, node in enumerate(case.program.nodes):
        if 2 <= len(node.operands) <= 3:
            for order in list(itertools.permutations(range(len(node.operands))))[1:]:
                yield (Permute(index, order),), f"Swap the streams of {node.primitive.name}", index


def _functions(case: Case, functions: Sequence[Function]) -> Iterator[_Change]:
    """Another function in a primitive's place for one."""
    for index, node in enumerate(case.program.nodes):
        before = node.primitive.function
        if before is None:
            continue
        for one in functions:
            if one != before and one.is_fold == (node.primitive.name != "Map"):
                changed: Primitive = dataclasses.replace(node.primitive, fn=one)  # type: ignore[call-arg]
                yield (Replace(index, changed),), f"Use {one.name} instead of {before.name}", index


def _numbers(case: Case) -> Iterator[_Change]:
    """A whole number one more or one less; a dimension as another that the operator knows."""
    dims = list(dict.fromkeys(dim for one in (*case.inputs, *case.outputs) for dim in one.shape or ()))
    for index, node in enumerate(case.program.nodes):
        for one in node.primitive.parameters():
            value = getattr(node.primitive, one.name)
            options: list[object] = []
            if one.metadata["kind"] == "integer" and isinstance(value, int):
                options = [value - 1, value + 1, value + 2]
            elif one.metadata["kind"] == "dim":
                options = [dim for dim in dims if dim != value]
            elif one.metadata["kind"] == "indices" and isinstance(value, tuple):
                options = [tuple(range(first, first + len(value))) for first in range(MOST_DIMS)]
            for option in options:
                try:
                    changed = dataclasses.replace(node.primitive, **{one.name: option})
                except (ValueError, TypeError):
                    continue
                yield (Replace(index, changed),), f"Give {node.primitive.name} {one.name}={_shown(option)}", index


def _exchanged(case: Case) -> Iterator[_Change]:
    """A parameter of two primitives of a kind, each with the other's: two dimensions repeated in the wrong order."""
    nodes = list(enumerate(case.program.nodes))[:MOST_EXCHANGED]
    for (first, node), (second, other) in itertools.combinations(nodes, 2):
        if type(node.primitive) is not type(other.primitive):
            continue
        for one in node.primitive.parameters():
            mine, theirs = getattr(node.primitive, one.name), getattr(other.primitive, one.name)
            if mine == theirs or isinstance(node.primitive, Opaque):
                continue
            try:
                changed = dataclasses.replace(node.primitive, **{one.name: theirs})
                also = dataclasses.replace(other.primitive, **{one.name: mine})
            except (ValueError, TypeError):
                continue
            title = f"Exchange {_shown(mine)} and {_shown(theirs)}: {one.name} of two {node.primitive.name}s"
            yield (Replace(first, changed), Replace(second, also)), title, first


def _kinds(case: Case) -> Iterator[_Change]:
    """Accum for Scan, and the other way round."""
    for index, node in enumerate(case.program.nodes):
        match node.primitive:
            case Accum(fn=fn, b=b):
                other: Primitive = Scan(fn=fn, b=b)
            case Scan(fn=fn, b=b):
                other = Accum(fn=fn, b=b)
            case _:
                continue
        yield (Replace(index, other),), f"Use {other.name} instead of {node.primitive.name}", index


def _streams_swapped(case: Case) -> Iterator[_Change]:
    """Two streams of one type, each where the other was."""
    types = case.typing.types
    uses = [(use, value) for value, found in case.program.uses.items() for use in found][: 2 * MOST_STREAMS]
    for (use, value), (other, second) in itertools.combinations(uses, 2):
        if value != second and use.node != other.node and types[value] == types[second]:
            title = f"Swap {_plain(case, value)} and {_plain(case, second)}"
            yield (Redirect(use, second), Redirect(other, value)), title, use.node


def _streams_changed(case: Case) -> Iterator[_Change]:
    """A stream that nothing consumes, in place of one that is consumed twice or elsewhere."""
    free = [value for value, uses in case.program.uses.items() if not uses][:MOST_STREAMS]
    for value, uses in case.program.uses.items():
        for use in uses:
            for other in free:
                if other != value:
                    title = f"Use {_plain(case, other)} instead of {_plain(case, value)}"
                    yield (Redirect(use, other),), title, use.node


def _dropped(case: Case) -> Iterator[_Change]:
    """A primitive of one stream left out."""
    for index, node in enumerate(case.program.nodes):
        if len(node.operands) == 1 and node.results == 1 and not isinstance(node.primitive, Opaque):
            function = node.primitive.function
            told = f" of {function.name}" if function is not None else ""
            yield (Bypass(index),), f"Leave out the {node.primitive.name}{told}", index


def _added(case: Case, functions: Sequence[Function]) -> Iterator[_Change]:
    """A function that was forgotten, before one of the uses: where the stream has fewest dimensions, and so least is to
    do, first (the mean after the sum, not a division of every summand)."""
    ranks = [UNKNOWN_RANK if one.shape is None else len(one.shape) for one in case.typing.types]
    for value, uses in sorted(case.program.uses.items(), key=lambda one: ranks[one[0]]):
        for use in uses:
            for one in functions:
                chain: Primitive = Accum(fn=one, b=1) if one.is_fold else Map(fn=one)
                title = f"Apply {one.name} to {_plain(case, value)}"
                yield (Wrap(use, (chain,)),), title, use.node


def _shown(value: object) -> str:
    """A parameter's value as a body says it."""
    return value.name if isinstance(value, Function) else str(list(value) if isinstance(value, tuple) else value)


def _idle(program: Program) -> int:
    """How many streams nothing consumes: a change that leaves more of them is none that anybody meant."""
    return sum(not uses for uses in program.uses.values())


def _plain(case: Case, value: Value) -> str:
    return case.name_of(value).strip("`")


def _streams(case: Case, edits: Sequence[Edit]) -> tuple[str, ...]:
    found: list[str] = []
    for edit in edits:
        uses: list[Use] = []
        match edit:
            case Redirect(use=use) | Wrap(use=use):
                uses = [use]
            case Replace(node=node) | Permute(node=node) | Bypass(node=node):
                uses = [Use(node, slot) for slot in range(len(case.program.nodes[node].operands))]
        for use in uses:
            operands = case.program.outputs if use.node is None else case.program.nodes[use.node].operands
            name = case.program.name_of(operands[use.slot])
            if name is not None:
                found.append(name)
    return tuple(dict.fromkeys(found))
