"""Edits of a program graph. Each says one thing; several are applied together, to the numbering before any of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from step.primitives import PRIMITIVES, Primitive
from step.program import Builder, Program, Use, Value


@dataclass(frozen=True, slots=True)
class Wrap:
    """Puts primitives of one operand before a use, in the order in which they are applied."""

    use: Use
    chain: tuple[Primitive, ...]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Gives each use of a stream a stream of its own, by Copy."""

    value: Value
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Replace:
    """Puts another primitive, or the same with other parameters, in a node's place."""

    node: int
    primitive: Primitive


@dataclass(frozen=True, slots=True)
class Permute:
    """Gives a node its operands in another order: operand i is the one that was at ``order[i]``."""

    node: int
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bypass:
    """Takes out a node of one operand and one result."""

    node: int


@dataclass(frozen=True, slots=True)
class Redirect:
    """Lets a use take another stream."""

    use: Use
    value: Value


Edit = Wrap | Duplicate | Replace | Permute | Bypass | Redirect


def apply_edits(program: Program, edits: Iterable[Edit]) -> Program:
    """The program with all edits made.

    Raises:
        KeyError: a use is redirected to a stream that is made later.
    """
    redirected: dict[Use, Value] = {}
    wraps: dict[Use, tuple[Primitive, ...]] = {}
    copies: dict[Value, tuple[Use, ...]] = {}
    replaced: dict[int, Primitive] = {}
    orders: dict[int, tuple[int, ...]] = {}
    bypassed: set[int] = set()
    for edit in edits:
        match edit:
            case Wrap():
                wraps[edit.use] = wraps.get(edit.use, ()) + edit.chain
            case Duplicate():
                copies[edit.value] = edit.uses
            case Replace():
                replaced[edit.node] = edit.primitive
            case Permute():
                orders[edit.node] = edit.order
            case Bypass():
                bypassed.add(edit.node)
            case Redirect():
                redirected[edit.use] = edit.value
    builder = Builder(program.inputs, program.names[: program.inputs])
    moved: dict[Value, Value] = {}
    for_use: dict[Use, Value] = {}

    def define(old: Value, new: Value) -> None:
        moved[old] = new
        uses = copies.get(old, ())
        for use in uses[:-1]:
            first, new = builder.add(PRIMITIVES["Copy"](), (new,))
            for_use[use] = first
        if uses:
            for_use[uses[-1]] = new

    def operand(use: Use, old: Value) -> Value:
        new = moved[redirected[use]] if use in redirected else for_use.get(use, moved[old])
        for primitive in wraps.get(use, ()):
            new = builder.add(primitive, (new,))[0]
        return new

    for value in range(program.inputs):
        define(value, value)
    for index, node in enumerate(program.nodes):
        operands = [operand(Use(index, slot), old) for slot, old in enumerate(node.operands)]
        if index in orders:
            operands = [operands[place] for place in orders[index]]
        results = program.results_of(index)
        if index in bypassed:
            define(results[0], operands[0])
            continue
        primitive = replaced.get(index, node.primitive)
        made = builder.add(primitive, operands, node.results if primitive is node.primitive else None)
        for old, new in zip(results, made, strict=False):
            name = program.name_of(old)
            if name is not None:
                builder.name(new, name)
            define(old, new)
    outputs = [operand(Use(None, slot), old) for slot, old in enumerate(program.outputs)]
    return builder.build(outputs)
