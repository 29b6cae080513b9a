"""Roles: everything a step of the search may apply. A role is one given function, or a group of experts with the fold
that merges them (Partition, a Map an expert, Merge: one step, because no part of it makes sense alone).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from step.function import Function
from step.types import ElementType, Multihot, fields_of

from step_agents.proposers.search.kinds import Field, Splits

MAX_EXPERT_ROLES = 48
"""Ways to choose and order experts are many; the natural ones come first."""

MAX_CHAIN, MAX_CHAINS = 3, 16
"""Functions that one expert applies in turn, and ways to do so that are looked at."""

UNNATURAL = 2
"""What an order of experts other than the module's costs extra."""


@dataclass(frozen=True, slots=True)
class Expert:
    """One expert of a group: the functions it applies, one after the other (none passes the data on), and which fields
    of the role it takes."""

    functions: tuple[str, ...]
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


def names_in(roles: Iterable[Role]) -> set[str]:
    """The functions that roles apply, those of experts too."""
    return {
        name for role in roles for name in (role.function.name, *(n for one in role.experts for n in one.functions))
    }


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
            group: list[Role] = []
            for choice, extra in _choices(functions, count, fold):
                role = _role(choice, fold, index, extra, region, place, splits)
                group.append(role)
                if len(group) >= MAX_EXPERT_ROLES:
                    break
            if group:
                yield group
                region += 1


Chain = tuple[Function, ...]
"""What one expert applies, in order."""


def _choices(functions: Sequence[Function], count: int, fold: Function) -> Iterator[tuple[tuple[Chain, ...], int]]:
    """Experts to choose, the natural choices first: one signature, in the module's order; then other orders, experts
    that pass the data on, and experts of several signatures."""
    maps = [one for one in functions if not one.is_fold]
    by_input: dict[ElementType, list[Function]] = {}
    for one in maps:
        if one.result == fold.element:
            by_input.setdefault(one.element, []).append(one)
    natural = [chosen for same in by_input.values() for chosen in combinations(same, count)]
    for chosen in natural:
        yield tuple((one,) for one in chosen), 0
    yield from _chained(maps, count, fold)
    if count > 1:
        passing = by_input.get(fold.element, [])
        for given in range(max(1, count - 1), count):
            for few in combinations(passing, given):
                for places in combinations(range(count), given):
                    mixed: list[Chain] = [()] * count
                    for at, function in zip(places, few, strict=True):
                        mixed[at] = (function,)
                    yield tuple(mixed), 1
    for chosen in natural:
        for order in permutations(chosen):
            if order != chosen:
                yield tuple((one,) for one in order), UNNATURAL
    if count <= 4 and len(by_input) > 1:
        for chosen in combinations([one for same in by_input.values() for one in same], count):
            if len({one.element for one in chosen}) > 1:
                yield tuple((one,) for one in chosen), UNNATURAL


def _chained(maps: Sequence[Function], count: int, fold: Function) -> Iterator[tuple[tuple[Chain, ...], int]]:
    """Experts that apply several functions: neighbours of one signature, one an expert, and functions that all share
    (an activation between two layers)."""
    same: dict[tuple[ElementType, ElementType], list[Function]] = {}
    for one in maps:
        same.setdefault((one.element, one.result), []).append(one)
    stages: list[tuple[Function, ...]] = [(one,) * count for one in maps]
    for group in same.values():
        # In the module's order: the functions of one stage stand together, or take turns with those of another.
        stages += [tuple(group[start : start + count]) for start in range(len(group) - count + 1)]
        if len(group) % count == 0 and len(group) > count > 1:
            turns = len(group) // count
            stages += [tuple(group[start::turns]) for start in range(turns)]

    def extend(chain: tuple[tuple[Function, ...], ...]) -> Iterator[tuple[tuple[Function, ...], ...]]:
        if len(chain) > 1 and chain[-1][0].result == fold.element and any(len(set(stage)) > 1 for stage in chain):
            yield chain
        if len(chain) == MAX_CHAIN:
            return
        for stage in stages:
            if (not chain or chain[-1][0].result == stage[0].element) and not any(
                one in used for one in stage for used in chain
            ):
                yield from extend((*chain, stage))

    found = dict.fromkeys(extend(()))
    for chain in sorted(found, key=len)[:MAX_CHAINS]:
        yield tuple(zip(*chain, strict=True)), 0


def _role(
    choice: tuple[Chain, ...],
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
    for chain in choice:
        element = chain[0].element if chain else fold.element
        if element not in spans:
            taken = tuple(splits.field(one) for one in fields_of(element))
            spans[element] = (len(fields), len(fields) + len(taken))
            fields.extend(taken)
        experts.append(Expert(tuple(one.name for one in chain), *spans[element]))
        for function in chain:
            uses |= 1 << place[function.name]
    names = ", ".join("·".join(one.functions) or "pass" for one in experts)
    return Role(f"{fold.name}[{names}]", fold, (*fields, index), region, uses, extra, tuple(experts))
