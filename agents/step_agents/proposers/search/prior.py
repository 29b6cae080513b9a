"""A learned prior: which role follows which in programs that were right.

Roles are abstract, so that what is learned on some operators says something about others: a role is the form of a
function's signature and what it does to numbers, never its name. The prior is a table of how often a value made by one
role was given to another, and it only orders what is tried within a level: nothing is left out for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from step.function import Function
from step.program import Program
from step.types import Buffer, Multihot, STuple, fields_of

from step_agents.proposers.search.cover import Recipe

INPUT, OUTPUT = "input", "output"
SMOOTHING = 0.5


def role_of(function: Function, mode: str) -> str:
    """The abstract role of an application: how it is applied, and the form of what it takes and gives."""
    takes = "".join(sorted(_letter(field) for field in fields_of(function.element)))
    gives = "".join(_letter(field) for field in fields_of(function.result))
    start = ""
    if function.init is not None:
        start = ":" + "".join("0" if one == 0 else "-" if one == -math.inf else "n" for one in function.init)
    return f"{mode}:{takes}>{gives}{start}"


def _letter(element: object) -> str:
    match element:
        case Buffer():
            return "b"
        case Multihot():
            return "m"
        case STuple():
            return "t"
        case _:
            return "s"


def transitions(program: Program) -> tuple[tuple[str, str], ...]:
    """Producer and consumer roles of a program; primitives that only move data are looked through."""
    made: list[str] = [INPUT] * program.inputs
    found: list[tuple[str, str]] = []
    for node in program.nodes:
        function = node.primitive.function
        sources = [made[operand] for operand in node.operands]
        if function is None:
            made.extend([sources[0]] * node.results)
            continue
        mode = node.primitive.name.lower()
        role = role_of(function, mode)
        found.extend((source, role) for source in sources)
        made.extend([role] * node.results)
    found.extend((made[output], OUTPUT) for output in program.outputs)
    return tuple(found)


@dataclass
class Prior:
    """How often a role's value was given to another role's application."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)

    @staticmethod
    def learn(programs: Iterable[Program]) -> Prior:
        """The prior of some programs that were right."""
        prior = Prior()
        for program in programs:
            for pair in transitions(program):
                prior.counts[pair] = prior.counts.get(pair, 0) + 1
                prior.totals[pair[0]] = prior.totals.get(pair[0], 0) + 1
        return prior

    def score(self, producers: Sequence[str], consumer: str) -> float:
        """The mean log-probability that values of these roles are given to that one; larger is likelier."""
        total = 0.0
        for producer in producers:
            count = self.counts.get((producer, consumer), 0)
            total += math.log((count + SMOOTHING) / (self.totals.get(producer, 0) + SMOOTHING * 16))
        return total / max(len(producers), 1)

    def score_recipe(self, recipe: Recipe, producers: Sequence[Recipe | None]) -> float:
        """The score of a step on values that other steps made (None: an input)."""
        names = [INPUT if one is None else role_of(one.role.function, one.mode) for one in producers]
        return self.score(names, role_of(recipe.role.function, recipe.mode))

    def as_json(self) -> dict[str, Any]:
        """Plain data: ``{"transitions": [[producer, consumer, count], …]}``."""
        return {"transitions": [[first, second, count] for (first, second), count in sorted(self.counts.items())]}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Prior:
        """The prior that :meth:`as_json` wrote.

        Raises:
            ValueError: it is no such data.
        """
        prior = Prior()
        try:
            for first, second, count in data["transitions"]:
                prior.counts[str(first), str(second)] = int(count)
                prior.totals[str(first)] = prior.totals.get(str(first), 0) + int(count)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a prior: {error}") from error
        return prior
