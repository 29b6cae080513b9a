"""Roles: everything a step of the search may apply. A role is one given function, or a group of experts with the fold
that merges them (Partition, a Map an expert, Merge: one step, because no part of it makes sense alone).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from step.function import Function
from step.types import ElementType, Multihot, fields_of

from step_agents.proposers.search.kinds import Field, Splits

MAX_EXPERT_ROLES = 48
"""Ways to choose and order experts are many; the natural ones come first."""

UNNATURAL = 2
"""What an order of experts other than the module's costs extra."""


@dataclass(frozen=True, slots=True)
class Expert:
    """One expert of a group: the function it applies (None passes the data on) and which fields of the role it
    takes."""

    function: str | None
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Role:
    """What a step applies.

    ``region`` numbers what counts as one use (all ways to order one group of experts share a region); ``uses`` are the
    functions that a use makes use of, as bits; ``extra`` is what a use costs beyond 1. Of a group of experts the last
    field is the index, and ``function`` is the fold that merges.
    """

    name: str
    function: Function
    fields: tuple[Field, ...]
    region: int
    uses: int
    extra: int = 0
    experts: tuple[Expert, ...] = ()

    @property
    def is_merge(self) -> bool:
        """Whether it is a group of experts."""
        return bool(self.experts)


def make_roles(
    functions: Sequence[Function], indices: Sequence[ElementType], splits: Splits
) -> tuple[tuple[Role, ...], int]:
    """The roles of the given functions, and how many regions they have. ``indices`` are the inputs' element types:
    a Multihot among them, or among the functions' results, can route."""
    roles = [
        Role(
            function.name,
            function,
            tuple(splits.field(one) for one in fields_of(function.element)),
            number,
            1 << number,
        )
        for number, function in enumerate(functions)
    ]
    region = len(functions)
    for group in _groups(functions, indices, splits, region):
        roles.extend(group)
        region += 1
    return tuple(roles), region


def _groups(
    functions: Sequence[Function], indices: Sequence[ElementType], splits: Splits, region: int
) -> Iterator[list[Role]]:
    folds = [one for one in functions if one.is_fold]
    if not folds:
        return
    results = [field for one in functions for field in fields_of(one.result)]
    multihots = dict.fromkeys(one for one in (*indices, *results) if isinstance(one, Multihot))
    place = {function.name: number for number, function in enumerate(functions)}
    for multihot in multihots:
        if not multihot.length.is_number or not 1 <= multihot.length.numerator <= 64:
            continue
        count = multihot.length.numerator
        index = splits.field(multihot)
        for fold in folds:
            made = [one for one in functions if not one.is_fold and one.result == fold.element]
            group: list[Role] = []
            for choice, extra in _choices(made, count, fold):
                role = _role(choice, fold, index, extra, region, place, splits)
                group.append(role)
                if len(group) >= MAX_EXPERT_ROLES:
                    break
            if group:
                yield group
                region += 1


def _choices(made: Sequence[Function], count: int, fold: Function) -> Iterator[tuple[tuple[Function | None, ...], int]]:
    """Experts to choose, the natural choices first: one signature, in the module's order; then other orders, experts
    that pass the data on, and experts of several signatures."""
    by_input: dict[ElementType, list[Function]] = {}
    for one in made:
        by_input.setdefault(one.element, []).append(one)
    natural = [chosen for same in by_input.values() for chosen in combinations(same, count)]
    for chosen in natural:
        yield chosen, 0
    if count > 1:
        passing = by_input.get(fold.element, [])
        for given in range(max(1, count - 1), count):
            for few in combinations(passing, given):
                for places in combinations(range(count), given):
                    mixed: list[Function | None] = [None] * count
                    for at, function in zip(places, few, strict=True):
                        mixed[at] = function
                    yield tuple(mixed), 1
    for chosen in natural:
        for order in permutations(chosen):
            if order != chosen:
                yield order, UNNATURAL
    if count <= 4 and len(by_input) > 1:
        for chosen in combinations(made, count):
            if len({one.element for one in chosen}) > 1:
                yield chosen, UNNATURAL


def _role(
    choice: tuple[Function | None, ...],
    fold: Function,
    index: Field,
    extra: int,
    region: int,
    place: dict[str, int],
    splits: Splits,
) -> Role:
    spans: dict[ElementType, tuple[int, int]] = {}
    fields: list[Field] = []
    experts: list[Expert] = []
    uses = 1 << place[fold.name]
    for function in choice:
        element = function.element if function is not None else fold.element
        if element not in spans:
            taken = tuple(splits.field(one) for one in fields_of(element))
            spans[element] = (len(fields), len(fields) + len(taken))
            fields.extend(taken)
        experts.append(Expert(function.name if function else None, *spans[element]))
        if function is not None:
            uses |= 1 << place[function.name]
    names = ", ".join(one.function or "pass" for one in experts)
    return Role(f"{fold.name}[{names}]", fold, (*fields, index), region, uses, extra, tuple(experts))
