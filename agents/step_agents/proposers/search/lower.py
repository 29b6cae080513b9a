"""Lowering: from values to primitives.

The search's result is a graph of function applications between values. Here every use of a value gets the layout that
it needs, by the fewest primitives from a layout that the value already has (uses share what is made); argument tuples
are zipped; and the stream shapes of the applications, which are free up to ones and products, are chosen so that
the whole is shortest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product as choices

from step.function import Function
from step.program import Program
from step.types import StreamType

from step_agents.proposers.search.affine import make_affine
from step_agents.proposers.search.arrangement import CannotLower
from step_agents.proposers.search.kinds import Splits
from step_agents.proposers.search.lowering import MAX_SHAPES, Lowering, Plan, Wanted
from step_agents.proposers.search.terms import steps_of

__all__ = ["CannotLower", "Wanted", "lower"]

ROUNDS = 3
"""How often every step's plan is looked at again."""


def lower(
    inputs: Sequence[tuple[str, StreamType]], outputs: Sequence[Wanted], functions: dict[str, Function], splits: Splits
) -> Program:
    """The shortest program found for some values; every stream is used once.

    Raises:
        CannotLower: layouts do not fit.
    """
    steps = steps_of([one.term for one in outputs])
    plans = dict.fromkeys(range(len(steps)), Plan())
    best: Program | None = None
    shapes: list[int] = [1] * len(steps)
    error: CannotLower | None = None

    def attempt(trial: dict[int, Plan]) -> Program | None:
        nonlocal shapes, error
        lowering = Lowering(inputs, functions, splits, trial)
        try:
            made = lowering.run(steps, outputs)
        except CannotLower as problem:
            error = problem
            return None
        shapes = lowering.shapes
        return made

    best = attempt(plans)
    if best is None:
        for number in range(len(steps)):
            for shape in range(1, MAX_SHAPES):
                trial = {**plans, number: Plan(shape)}
                best = attempt(trial)
                if best is not None:
                    plans = trial
                    break
            if best is not None:
                break
    if best is None:
        raise error or CannotLower("no layouts fit")
    for _ in range(ROUNDS):
        improved = False
        for number in range(len(steps)):
            counts = shapes[number]
            for shape, together in choices(range(counts), (True, False)):
                if plans[number] == Plan(shape, together):
                    continue
                trial = {**plans, number: Plan(shape, together)}
                made = attempt(trial)
                if made is not None and _rank(made) < _rank(best):
                    best, plans, improved = made, trial, True
        if not improved:
            break
    return make_affine(best)


def _rank(program: Program) -> tuple[int, int]:
    uses = sum(max(0, len(uses) - 1) for uses in program.uses.values())
    return program.length, uses
