"""Terms: what a value is, apart from the bank: inputs and steps, shared parts shared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from step_agents.proposers.search.cover import Recipe
from step_agents.proposers.search.evaluate import Array
from step_agents.proposers.search.kinds import Kind
from step_agents.proposers.search.values import Bank, Way

TRICK = 2
"""What it costs extra to make a constant of a value and itself (``x / x``): right, but nothing that a person would
write where there is a way without."""


@dataclass(frozen=True, slots=True)
class Term:
    """A value as an expression: an input (``recipe`` None) or a recipe applied to terms. Equal terms are one value.
    ``trick``: it is the same number everywhere, and made of some value and itself."""

    kind: Kind
    recipe: Recipe | None
    input: int
    arguments: tuple[Term, ...]
    trick: bool = field(default=False, compare=False)
    _hash: int = field(default=0, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.recipe, self.input, self.arguments)))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        if self.recipe is None:
            return f"#{self.input}"
        return f"{self.recipe}({', '.join(map(str, self.arguments))})"


def steps_of(terms: Sequence[Term]) -> tuple[Term, ...]:
    """All different steps of some terms, each after what it uses."""
    seen: dict[Term, None] = {}

    def visit(term: Term) -> None:
        if term in seen or term.recipe is None:
            return
        for one in term.arguments:
            visit(one)
        seen.setdefault(term)

    for term in terms:
        visit(term)
    return tuple(seen)


def weight_of(terms: Sequence[Term]) -> int:
    """What a program of these terms costs: every different step once, and tricks extra."""
    return sum(one.recipe.weight + TRICK * one.trick for one in steps_of(terms) if one.recipe is not None)


def tricks_of(terms: Sequence[Term]) -> int:
    """How many steps are tricks."""
    return sum(one.trick for one in steps_of(terms))


Measure = Callable[[Sequence[Term]], Any]


def extract(bank: Bank, values: Sequence[int], measure: Measure = weight_of) -> tuple[Term, ...]:
    """The terms of values, each made in its first way, with alternatives put in where that makes the whole smaller."""
    choice: dict[int, int] = {}
    best = _build(bank, values, choice)
    least = measure(best or ())
    for _ in range(4):
        improved = False
        for value in _values_of(bank, values, choice):
            for way in range(len(bank.ways[value])):
                if way == choice.get(value, 0):
                    continue
                trial = {**choice, value: way}
                terms = _build(bank, values, trial)
                if terms is None or best is None:
                    continue
                measured = measure(terms)
                if measured < least:
                    choice, best, least, improved = trial, terms, measured, True
        if not improved:
            break
    assert best is not None
    return best


def term_of(bank: Bank, kind: Kind, way: Way) -> Term | None:
    """The term of a value that is made in a way, whether it is in the bank or not."""
    if way.recipe is None:
        return Term(kind, None, way.values[0], ())
    arguments = _build(bank, way.values, {})
    return None if arguments is None else Term(kind, way.recipe, -1, arguments)


def variants(bank: Bank, values: Sequence[int], most: int, measure: Measure = weight_of) -> Iterator[tuple[Term, ...]]:
    """The same values made otherwise: each alternative way of a part, one at a time, the wholes of the least measure
    first."""
    best = extract(bank, values, measure)
    weight = weight_of(best)
    found: dict[tuple[Term, ...], Any] = {}
    choice: dict[int, int] = {}
    for value in list(_values_of(bank, values, choice)):
        for way in range(1, len(bank.ways[value])):
            terms = _build(bank, values, {value: way})
            if terms is not None and terms != best and weight_of(terms) <= weight + 2:
                found.setdefault(terms, measure(terms))
    yield best
    yield from sorted(found, key=lambda terms: found[terms])[:most]


def _build(bank: Bank, values: Sequence[int], choice: dict[int, int]) -> tuple[Term, ...] | None:
    made: dict[int, Term] = {}
    open_: set[int] = set()

    def build(value: int) -> Term | None:
        if value in made:
            return made[value]
        if value in open_:
            return None
        open_.add(value)
        way = bank.ways[value][choice.get(value, 0)]
        kind = bank.kind_of(value)
        if way.recipe is None:
            term = Term(kind, None, way.values[0], ())
        else:
            arguments = [build(one) for one in way.values]
            if any(one is None for one in arguments):
                return None
            twice = len(set(way.values)) < len(way.values) and all(map(_is_constant, bank.arrays_of(value)))
            term = Term(kind, way.recipe, -1, tuple(one for one in arguments if one is not None), twice)
        open_.discard(value)
        made[value] = term
        return term

    terms = [build(value) for value in values]
    return tuple(one for one in terms if one is not None) if all(one is not None for one in terms) else None


def _is_constant(array: Array) -> bool:
    return bool(np.allclose(array, array.flat[0], rtol=1e-9, atol=0.0))


def _values_of(bank: Bank, values: Sequence[int], choice: dict[int, int]) -> Iterator[int]:
    seen: set[int] = set()
    stack = list(values)
    while stack:
        value = stack.pop()
        if value in seen:
            continue
        seen.add(value)
        yield value
        stack.extend(bank.ways[value][choice.get(value, 0)].values if bank.ways[value][0].recipe is not None else ())
