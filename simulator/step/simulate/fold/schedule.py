"""In which order a recorded fold is computed: what needs a step an element, and what is whole arrays.

The operations of a tape and the fields of its state make a graph: an operation needs its operands, and a field of the
state before an element needs what the element before made of it. What lies on a cycle of this graph is a recurrence and
takes steps. Everything else is computed for many elements at once: of the running softmax only the maximum, the sum and
the mean are recurrences, each by itself, and the exponentials are not.

No operation is replaced by another one, and each works on the same numbers as in a loop: the results are the loop's, to
the bit wherever NumPy computes a number alike in arrays of any shape. (Where the last state of a linear recurrence is
one sum, as ``linear`` tells, its additions are in another order.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from step.simulate.fold.linear import Link, links_of
from step.simulate.fold.tape import Operation, Ref, Tape

_COMMUTATIVE = frozenset({np.add, np.multiply, np.maximum, np.minimum})


@dataclass(frozen=True, slots=True)
class Whole:
    """An operation that is no part of a recurrence."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Cycle:
    """A recurrence: the fields of the state that need each other, and the operations between them, in order.

    ``values`` is what NumPy's ``accumulate`` would go through, if the recurrence is one operation and its other operand
    varies with the element. ``links`` are the operations as a chain, if only the last state is needed and is linear.
    """

    fields: tuple[int, ...]
    refs: tuple[Ref, ...]
    values: Ref | None = None
    links: tuple[Link, ...] | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A tape and the order of its computation.

    Attributes:
        tape: the operations; every field that varies has one of its own that gives its new value.
        stages: each needs only what the ones before it give, and earlier states.
        constant: the fields that never change.
        remembered: the fields, of those in a cycle, whose values after every element something outside needs.
        kept: the other operations in a cycle whose results something outside needs.
    """

    tape: Tape
    stages: tuple[Whole | Cycle, ...]
    constant: frozenset[int]
    remembered: frozenset[int]
    kept: frozenset[Ref]


def schedule_of(tape: Tape) -> Schedule:
    """The schedule of a recorded fold."""
    tape = _with_own_outputs(tape)
    inputs = len(tape.shapes)
    constant = frozenset(number for number, ref in enumerate(tape.outputs) if ref == number)
    needs = _needs(tape, constant)
    behind = _closure(needs)
    wanted = {ref for number, ref in enumerate(tape.outputs) if number not in constant}
    alive = sorted(wanted.union(*(behind[ref] for ref in wanted)) if wanted else ())
    stages: list[Whole | Cycle] = []
    done: set[Ref] = set()
    # What a node needs lies behind it, so an order by how much lies behind is one of the computation.
    for ref in sorted(alive, key=lambda one: (len(behind[one]), one)):
        if ref in done:
            continue
        if ref in behind[ref]:
            members = [one for one in alive if one in behind[ref] and ref in behind[one]]
            done.update(members)
            stages.append(_cycle(tape, members))
        elif ref >= inputs:
            stages.append(Whole(ref))
    remembered, kept = set[int](), set[Ref]()
    for at, cycle in enumerate(stages):
        if isinstance(cycle, Whole):
            continue
        inside = {*cycle.refs, *cycle.fields}
        read = {need for ref in alive if ref not in inside and ref >= inputs for need in needs[ref]}
        fields = {one for one in cycle.fields if one in read or tape.outputs[one] in read}
        more = (read & {*cycle.refs}) - {tape.outputs[one] for one in cycle.fields}
        if not fields and not more and len(cycle.fields) == 1:
            stages[at] = replace(cycle, links=links_of(tape, cycle.fields[0], cycle.refs))
        remembered |= fields | {one for one in cycle.fields if not _in_place(tape, cycle, one)}
        kept |= more
    return Schedule(tape, tuple(stages), constant, frozenset(remembered), frozenset(kept))


def _with_own_outputs(tape: Tape) -> Tape:
    """The tape with a copy where a field's new value is an input or another field's new value too."""
    operations, outputs = list(tape.operations), list(tape.outputs)
    inputs, taken = len(tape.shapes), set[Ref]()
    for number, ref in enumerate(tape.outputs):
        if ref == number:
            continue
        if ref < inputs or ref in taken:
            operations.append(Operation(np.positive, (ref,), tape.shapes[number]))
            outputs[number] = inputs + len(operations) - 1
        taken.add(outputs[number])
    return replace(tape, operations=tuple(operations), outputs=tuple(outputs))


def _needs(tape: Tape, constant: frozenset[int]) -> list[frozenset[Ref]]:
    """For each field, element and operation what it is computed from; a field from its value one element before."""
    inputs = len(tape.shapes)
    nothing = frozenset[Ref]()
    found = [nothing] * inputs
    for number, ref in enumerate(tape.outputs):
        if number not in constant:
            found[number] = frozenset({ref})
    found.extend(frozenset(_refs(one.operands)) for one in tape.operations)
    return found


def _refs(operands: Iterable[object]) -> Iterable[Ref]:
    return (one for one in operands if isinstance(one, int))


def _closure(needs: list[frozenset[Ref]]) -> list[set[Ref]]:
    """For each node everything that lies behind it: itself too, if it is on a cycle."""
    behind = [set(one) for one in needs]
    changed = True
    while changed:
        changed = False
        for mine in behind:
            before = len(mine)
            for ref in tuple(mine):
                mine |= behind[ref]
            changed |= len(mine) > before
    return behind


def _cycle(tape: Tape, members: list[Ref]) -> Cycle:
    inputs = len(tape.shapes)
    fields, refs = tuple(one for one in members if one < inputs), tuple(one for one in members if one >= inputs)
    return Cycle(fields, refs, _accumulated(tape, fields, refs))


def _accumulated(tape: Tape, fields: tuple[int, ...], refs: tuple[Ref, ...]) -> Ref | None:
    """What is accumulated if the cycle is ``state ∘ values``."""
    if len(refs) != 1 or len(fields) != 1:
        return None
    operation = tape.operations[refs[0] - len(tape.shapes)]
    if len(operation.operands) != 2:
        return None
    first, second = operation.operands
    if not isinstance(first, int) or not isinstance(second, int) or first == second:
        return None
    if first == fields[0]:
        return second
    return first if operation.ufunc in _COMMUTATIVE else None


def _in_place(tape: Tape, cycle: Cycle, field: int) -> bool:
    """Whether the new value may take the old one's place: nothing reads the old one after the new one was written."""
    inputs = len(tape.shapes)
    later = [ref for ref in cycle.refs if ref > tape.outputs[field]]
    return not any(field in _refs(tape.operations[ref - inputs].operands) for ref in later)
