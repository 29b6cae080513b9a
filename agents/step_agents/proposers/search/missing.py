"""What may be missing: the first thing that the reference computes, nothing gives, and the rest follows from.

A search that finds nothing cannot tell whether it stopped too early or whether a function is not there. So it is tried
out: what the reference computes somewhere, and no value was, is given as one more input. If a body is found then within
a moment, that is what is missing. If that is so of nothing, the place is told up to which the reference was followed.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from step import f32
from step.dims import Shape

from step_agents.proposers.search.backward import Backward
from step_agents.proposers.search.budget import Budget, OutOfBudget
from step_agents.proposers.search.evaluate import Array
from step_agents.proposers.search.goals import close
from step_agents.proposers.search.hints import Hints, core
from step_agents.proposers.search.instrument import expressions
from step_agents.proposers.search.kinds import Kind, Splits, vocabulary
from step_agents.proposers.search.limits import Limit, Scene
from step_agents.proposers.search.roles import names_in
from step_agents.proposers.search.scene import Subject, make_hints, make_scene, trace_reference
from step_agents.proposers.search.schedule import enumeration
from step_agents.proposers.search.terms import Term, extract, steps_of

LIMIT = Limit(1, 1, guided=True, exact=True)
TRIED = 16
SHARE = 0.25
"""Nominal seconds (:attr:`.budget.Budget.work`) for one thing that may be missing."""
PART = 0.1
"""Of the budget, for all of them together: small steps take longer than is nominal."""
LONGEST = 90
"""Characters of an expression that are shown."""


@dataclass(frozen=True, slots=True)
class Clue:
    """A sentence for people.

    ``lacking`` is what it says is missing, by its place in :attr:`.recording.Seen.wholes`; None where it only tells how
    far the reference was followed. ``complete``: with what is missing every given function has its place, so that there
    is nothing to make the missing of.
    """

    text: str
    lacking: int | None = None
    complete: bool = False

    def __str__(self) -> str:
        return self.text


def find_clue(subject: Subject, splits: Splits, seed: int, reached: Set[int], budget: Budget) -> Clue | None:
    """What may be missing; None where the reference shows nothing.

    Args:
        reached: which of the arrays that the reference computes (by their place in :attr:`.recording.Seen.wholes`)
            some value was.
        budget: for the trials; used up, it ends them.
    """
    seen = trace_reference(subject)
    nodes = expressions(subject.text)
    shown = [
        (number, array, nodes[site])
        for number, (array, site) in enumerate(zip(seen.wholes, seen.sites, strict=True))
        if site in nodes
    ]
    lacking = [one for one in shown if one[0] not in reached]
    try:
        scene = make_scene(subject, splits, seed)
        hints = make_hints(subject, scene, splits, inverted=False)
        until = budget.elapsed + PART * budget.seconds
        for number, array, node in lacking[:TRIED]:
            if budget.elapsed > until:
                break
            dims = () if _is_output(array, scene) else placed(core(array), scene, subject, splits)
            given = Kind(f32, dims)
            used = _with(given, array, scene, hints, budget) if dims else None
            if used is not None:
                complete = used >= {one.name for one in subject.functions}
                return Clue(
                    f"With what {shown_source(node, subject.text)} gives as one more input ({given}) a body is found, "
                    "and nothing that was tried gives it: a function for it is missing"
                    + ("." if complete else ", or the functions compute otherwise than the reference does."),
                    number,
                    complete,
                )
    except OutOfBudget:
        pass
    last = max((place for place, (number, _, _) in enumerate(shown) if number in reached), default=None)
    if last is not None:
        after = next((node for number, _, node in shown[last + 1 :] if number not in reached), None)
        if after is not None:
            return Clue(
                f"Of what the reference computes {shown_source(shown[last][2], subject.text)} was made, but not "
                f"{shown_source(after, subject.text)}, which comes next."
            )
    return None


def shown_source(node: ast.expr, text: str) -> str:
    """An expression of a module as people are told of it, and its line."""
    segment = " ".join((ast.get_source_segment(text.removeprefix("\ufeff"), node) or "").split())
    return f"`{segment if len(segment) <= LONGEST else segment[:LONGEST] + ' …'}` (line {node.lineno})"


def _is_output(array: Array, scene: Scene) -> bool:
    flat = core(array).reshape(-1)
    targets = [core(goal.arrays[0]).reshape(-1) for variants in scene.goals for goal in variants]
    return any(one.shape == flat.shape and close(flat, one) for one in targets)


def placed(array: Array, scene: Scene, subject: Subject, splits: Splits) -> Shape:
    """The dimensions of an array of the reference, innermost first, if its sizes tell them; else none."""
    specification = subject.specification
    words = vocabulary((*specification.input_types, *specification.output_types), subject.functions)
    dims = tuple(dict.fromkeys(factor for dim in words for factor in splits.factors_of(dim)))
    known = next(Backward(scene.evaluator, scene.roles, dims).placed([array]), None)
    return known.dims if known is not None else ()


def _with(kind: Kind, array: Array, scene: Scene, hints: Hints, budget: Budget) -> set[str] | None:
    """Which functions make what the reference computes if an array is one more input; None if no body is found within
    a moment."""
    given = (kind, (core(array).copy(),))
    coverer = scene.coverer.repeating(hints.twice)
    trial = replace(scene, inputs=(*scene.inputs, given), coverer=coverer, hints=hints.fresh(exact=True))
    run = enumeration(trial, LIMIT, budget)
    bank = run.bank
    until = budget.work + SHARE
    found = False
    for event in run.run():
        if event is not None and not found:
            found = uses_input(extract(bank, event.values), len(scene.inputs))
            if not found:
                return None
        if budget.work > until:
            break
    roles = [ways[0].recipe.role for ways in bank.ways if ways[0].recipe is not None]
    return names_in(roles) if found else None


def uses_input(terms: Sequence[Term], number: int) -> bool:
    """Whether an input, by its number, is among what terms are made of; every step is looked at once, however often it
    is used."""
    leaves = (*terms, *(one for step in steps_of(terms) for one in step.arguments))
    return any(one.recipe is None and one.input == number for one in leaves)
