"""What may be missing of a mixture of experts: the choice among them.

Where no input is and no function gives a Multihot, no body has a Partition, and a search could only try everything
else. So it is tried out whether a choice that the reference makes (numbers of experts, or a mask over them) would do as
one more input.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

import numpy as np
from step import Dim, Multihot, f32
from step.function import Function
from step.types import ElementType, fields_of

from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.evaluate import Array
from step_agents.proposers.search.instrument import expressions
from step_agents.proposers.search.kinds import Kind, Splits, peel
from step_agents.proposers.search.limits import Limit, Scene
from step_agents.proposers.search.missing import Clue, placed, shown_source, uses_input
from step_agents.proposers.search.roles import make_roles, names_in
from step_agents.proposers.search.scene import Subject, make_scene, trace_reference
from step_agents.proposers.search.schedule import enumeration
from step_agents.proposers.search.terms import extract, steps_of

Part = tuple[ElementType, frozenset[str]]

LIMIT = Limit(0, 1)
SHARE = 0.25
"""Nominal seconds (:attr:`.budget.Budget.work`) for one choice."""
CHOICES = 6
"""Choices of the reference that are tried."""


def find_choice(subject: Subject, splits: Splits, seed: int, budget: Budget) -> Clue | None:
    """The choice among experts that the reference makes and no function gives; None where that is not what is missing.
    It is all that is missing only where no function is left that might make the outputs without a choice.

    Raises:
        OutOfBudget: time or memory is used up.
    """
    given = [element for stream in subject.specification.input_types for element in fields_of(stream.element)]
    given += [element for one in subject.functions for element in fields_of(one.result)]
    counts = _counts(subject.functions)
    if not counts or any(isinstance(element, Multihot) for element in given):
        return None
    seen = trace_reference(subject)
    nodes = expressions(subject.text)
    scene = make_scene(subject, splits, seed)
    tried = 0
    for number, (array, site) in enumerate(zip(seen.wholes, seen.sites, strict=True)):
        for count in counts if site in nodes else ():
            mask = _mask(array, count)
            dims = () if mask is None else placed(mask[..., 0], scene, subject, splits)
            if mask is None or not dims:
                continue
            kind = Kind(Multihot(f32, Dim.number(count)), dims)
            tried += 1
            if tried > CHOICES:
                return None
            used = _with(kind, mask, scene, subject, splits, budget)
            if used is not None:
                assert site is not None
                return Clue(
                    f"No input is and no function gives {kind.element}, which chooses among experts. With the choice "
                    f"that {shown_source(nodes[site], subject.text)} makes as one more input ({kind}) a body is "
                    "found: add a function that gives it, or an input.",
                    number,
                    complete=not _leads_on(subject, used),
                )
    return None


def _counts(functions: Sequence[Function]) -> tuple[int, ...]:
    """How many experts there may be: so many functions take and give the same, and a fold takes what they give."""
    folded = {one.element for one in functions if one.is_fold}
    groups = Counter((one.element, one.result) for one in functions if not one.is_fold and one.result in folded)
    return tuple(dict.fromkeys(count for count in groups.values() if count > 1))


def _mask(array: Array, count: int) -> Array | None:
    """A choice among so many experts as a mask (…, experts): from one, or from numbers of experts, one or several for
    each place. None if an array is no such thing, or chooses the same everywhere."""
    if array.dtype.kind not in "fiub" or not np.isfinite(array).all() or (array != np.rint(array)).any():
        return None
    mask: Array | None = None
    if array.ndim > 1 and array.shape[-1] == count and np.isin(array, (0, 1)).all():
        mask = array.astype(float)
    elif array.ndim and array.min() >= 0 and array.max() < count:
        chosen = array[..., None] == np.arange(count)
        mask = (chosen if array.ndim == 1 else chosen.any(axis=-2)).astype(float)
    return None if mask is None or bool((mask == mask.reshape(-1, count)[0]).all()) else mask


def _with(kind: Kind, mask: Array, scene: Scene, subject: Subject, splits: Splits, budget: Budget) -> set[str] | None:
    """The functions of a body that is found within a moment if a choice is one more input; None if none is found."""
    inputs: Iterator[Kind] = (one for one, _ in (*scene.inputs, (kind, ())))
    roles, regions = make_roles(subject.functions, [one.element for one in inputs], splits)
    trial = replace(scene, roles=roles, regions=regions, inputs=(*scene.inputs, (kind, (mask,))))
    until = budget.work + SHARE
    run = enumeration(trial, LIMIT, budget)
    for event in run.run():
        terms = extract(run.bank, event.values) if event is not None else ()
        if uses_input(terms, len(scene.inputs)):
            return names_in(step.recipe.role for step in steps_of(terms) if step.recipe is not None)
        if budget.work > until:
            break
    return None


def _leads_on(subject: Subject, used: Set[str]) -> bool:
    """Whether a function besides those that are used might have a place in a body, as far as types tell."""
    wanted = [one for stream in subject.specification.output_types for one in _parts(stream.element)]
    waiting = list(subject.functions)
    while leading := [one for one in waiting if any(_fits(part, wanted) for part in _parts(one.result))]:
        if any(one.name not in used for one in leading):
            return True
        waiting = [one for one in waiting if one not in leading]
        wanted += [part for one in leading for part in _parts(one.element)]
    return False


def _parts(element: ElementType) -> list[Part]:
    """What is in the buffers of an element's fields, each with what the buffer's dimensions are made of: the names in
    them, or the number that one is."""
    peeled = [peel(field) for field in fields_of(element)]
    return [(inner, frozenset(part for dim in dims for part in dim.symbols or (str(dim),))) for inner, dims in peeled]


def _fits(part: Part, wanted: Sequence[Part]) -> bool:
    """Whether a value may become one of those that are wanted: its buffers may be taken apart, or larger ones made."""
    inner, dims = part
    return any(inner == other and (dims <= theirs or theirs <= dims) for other, theirs in wanted)
