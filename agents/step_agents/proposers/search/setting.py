"""A way to look at the operator, and the stages that run on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from step.infer import infer
from step.program import Program

from step_agents.proposers.search.budget import Budget
from step_agents.proposers.search.enumerate import Enumeration
from step_agents.proposers.search.hints import Hints
from step_agents.proposers.search.kinds import Splits
from step_agents.proposers.search.limits import Limit, Scene
from step_agents.proposers.search.lower import CannotLower, Wanted, lower
from step_agents.proposers.search.meeting import Found
from step_agents.proposers.search.outcome import StageRecord
from step_agents.proposers.search.prior import Prior
from step_agents.proposers.search.scene import Subject, make_hints, make_scene, split_choices
from step_agents.proposers.search.schedule import Entry, enumeration
from step_agents.proposers.search.terms import Term

SPLITS_MOST = 6
"""So many ways to write products of dimensions are looked at for each kind of data."""


@dataclass(eq=False)
class Stage:
    """One limit of one setting, as far as it has been searched."""

    entry: Entry
    record: StageRecord
    enumeration: Enumeration
    events: Iterator[Found | None]


@dataclass(eq=False)
class Setting:
    """One way to look at the operator: the data it is searched on, and how products of dimensions are written.

    Attributes:
        delay: its stages start so many rounds later than the schedule says.
        hinted: whether guided stages may run on it.
        scene, hints: made when the first stage (the first guided one) starts.
        stages: those that are under way.
        finished: limits with nothing left.
    """

    subject: Subject
    splits: Splits
    seed: int
    delay: int
    hinted: bool
    scene: Scene | None = None
    hints: Hints | None = None
    stages: dict[Limit, Stage] = field(default_factory=dict)
    finished: set[Limit] = field(default_factory=set)

    @property
    def name(self) -> str:
        """For people."""
        written = ", ".join(f"{dim} = {' × '.join(map(str, factors))}" for dim, factors in self.splits.factors.items())
        return f"{self.subject.data}, seed {self.seed}" + (f", {written}" if written else "")

    def start(self, entry: Entry, budget: Budget, prior: Prior | None, inverted: bool) -> Stage:
        """A new stage; ``inverted``: functions are inverted from the outputs."""
        if self.scene is None:
            self.scene = make_scene(self.subject, self.splits, self.seed)
        scene = self.scene
        if entry.limit.guided:
            if self.hints is None:
                self.hints = make_hints(self.subject, scene, self.splits, inverted)
            coverer = scene.coverer.repeating(self.hints.twice)
            scene = replace(scene, coverer=coverer, hints=self.hints.fresh(entry.limit.exact))
        started = enumeration(scene, entry.limit, budget, prior)
        record = StageRecord(self.name, str(entry.limit))
        stage = self.stages[entry.limit] = Stage(entry, record, started, started.run())
        return stage

    def is_same(self, limit: Limit) -> bool:
        """Whether a limit that has not begun would only do again what its twin did so far."""
        stage = None if limit.twin is None or limit in self.stages else self.stages.get(limit.twin)
        return stage is not None and not stage.enumeration.scene.hints.nearly

    def finish(self, limit: Limit) -> None:
        """Nothing is left of a limit; nor of the one that would do the same."""
        stage = self.stages.pop(limit, None)
        self.finished.add(limit)
        if stage is not None and limit.exact and not stage.enumeration.scene.hints.nearly:
            self.finished.add(replace(limit, exact=False))

    def lower(self, found: Found, terms: tuple[Term, ...]) -> Program | None:
        """The program that makes what was found by these terms (one for each output); None where there is none."""
        subject = self.subject
        wanted = [
            Wanted(term, stream, goal.kept)
            for term, stream, goal in zip(terms, subject.specification.output_types, found.goals, strict=True)
        ]
        inputs = [(name, spec.type) for name, spec in subject.specification.inputs]
        functions = {function.name: function for function in subject.functions}
        try:
            program = lower(inputs, wanted, functions, self.splits)
        except CannotLower:
            return None
        return program if infer(program, subject.specification.input_types).holds else None


def settings_of(subjects: list[Subject], seed: int, hinted: bool) -> Iterator[Setting]:
    """The ways to look at an operator, the likeliest first; the others start later."""
    for number, subject in enumerate(subjects):
        for place, splits in enumerate(split_choices(subject)[:SPLITS_MOST]):
            yield Setting(subject, splits, seed, min(2, number + (place > 0)), hinted)
