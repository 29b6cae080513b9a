"""The solver: stages take turns until a program is found that passes, and for a while after that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from step.program import Program

from step_agents.proposers.search.best import Best, Find
from step_agents.proposers.search.budget import Budget, OutOfBudget
from step_agents.proposers.search.failures import Record, faults_of
from step_agents.proposers.search.misses import Misses
from step_agents.proposers.search.missing import Clue, find_clue
from step_agents.proposers.search.outcome import Outcome, StageRecord
from step_agents.proposers.search.polishing import deadline_after_first, lighten, settle, straighter
from step_agents.proposers.search.prior import Prior
from step_agents.proposers.search.progress import Announce, Progress
from step_agents.proposers.search.proofs import proofs
from step_agents.proposers.search.routing import find_choice
from step_agents.proposers.search.scene import Subject, split_choices
from step_agents.proposers.search.schedule import PLAIN, Entry
from step_agents.proposers.search.setting import Setting, Stage, settings_of
from step_agents.proposers.search.target import Target
from step_agents.proposers.search.terms import weight_of

ASK_AT = 0.25
"""After this share of the budget it is asked what is missing; if all else has its place, the search ends."""
CLUES_SHARE, CLUES_MOST = 0.05, 1.5
"""This share of the budget, and at most so many seconds, are kept for finding out what is missing."""


class Solver:
    """Searches one operator.

    Args:
        seed: another seed searches on other data.
        options: ``hints`` (default true) traces the reference; ``backward`` (default true) inverts functions from the
            outputs; ``polish`` (default true) looks for shorter programs; ``prior`` (default none), a
            :class:`.prior.Prior` as plain data, orders what is tried; ``part`` (default ``[0, 1]``), which share of the
            stages to search, of how many (:mod:`.parts`).
    """

    def __init__(
        self,
        text: str,
        path: str,
        operator: str,
        budget: Budget,
        seed: int,
        options: Mapping[str, Any],
        announce: Announce,
    ) -> None:
        self._target = Target(text, path, operator)
        self.budget, self._seed = budget, seed
        self._hinted = bool(options.get("hints", True))
        self._inverted = bool(options.get("backward", True))
        prior = options.get("prior")
        self._prior = Prior.from_json(prior) if prior else None
        self._polish = bool(options.get("polish", True))
        index, parts = options.get("part", (0, 1))
        self._entries: tuple[Entry, ...] = options.get("entries", PLAIN)[index::parts]
        self._best = Best(self._target, budget)
        self._misses = Misses()
        self._progress = Progress(announce, budget)
        self._stages: list[StageRecord] = []
        self._refuted = 0
        self._record = Record()
        self._reached: set[int] = set()
        self._clue: Clue | None = None
        self._asked = False
        self._straightened = False
        self._subject: Subject | None = None
        self._settings: list[Setting] = []

    def solve(self) -> Outcome:
        """Searches until a program is verified, nothing is left to try, or the budget is used up.

        Raises:
            SimulationError: the module, the operator's reference or its sizes are at fault.
        """
        subjects = list(self._target.subjects(self._seed))
        subject = self._subject = subjects[0]
        self._settings.extend(settings_of(subjects, self._seed, self._hinted))
        impossible = tuple(proofs(subject))
        reason = "impossible" if impossible else "exhausted"
        self.budget.reserved = min(CLUES_MOST, CLUES_SHARE * self.budget.seconds)
        try:
            if not impossible:
                self._rounds()
            if self._is_missing():
                reason = "missing"
        except OutOfBudget as problem:
            reason = problem.reason
        outcome = Outcome(None, reason, self.budget, self._stages, subject=subject, proofs=impossible)
        outcome.faults = faults_of(self._record, subject.functions, subject.problem.functions)
        self.budget.reserved = 0.0
        if self._best.solution is not None:
            outcome.reason = ""
            if self._polish and self._best.origin is not None:
                lighten(self._best, self._best.origin)
        else:
            outputs = len(subject.specification.outputs)
            outcome.misses, outcome.nearest = self._misses.missed(outputs), self._misses.program(outputs)
            if not impossible and not self._is_missing():
                self._ask()
        outcome.solution, outcome.refuted, outcome.clue = self._best.solution, self._refuted, self._clue
        return outcome

    # Rounds

    def _rounds(self) -> None:
        """Each stage that is due has its time, which doubles from round to round."""
        number = 0
        while True:
            busy = later = False
            for setting, entry in self._turns():
                if entry.start + setting.delay > number:
                    later = True
                    continue
                busy = True
                self._run(setting, entry, entry.seconds * 2.0 ** (number - entry.start - setting.delay))
                self._straighten()
                if self._gives_up() or self._is_done():
                    return
            if (not busy and not later) or (number == 0 and self._lacks_choice()):
                return
            number += 1

    def _turns(self) -> Iterator[tuple[Setting, Entry]]:
        """What may run in a round; a setting that is given up meanwhile has no turn any more."""
        for setting in list(self._settings):
            for entry in self._entries:
                if setting not in self._settings:
                    break
                if entry.limit in setting.finished or (entry.limit.guided and not setting.hinted):
                    continue
                if not setting.is_same(entry.limit):
                    yield setting, entry

    def _is_done(self) -> bool:
        return self._best.solution is not None and (not self._polish or self.budget.work >= self._best.deadline)

    def _run(self, setting: Setting, entry: Entry, seconds: float) -> None:
        """Lets a stage go on for its time."""
        stage = setting.stages.get(entry.limit)
        if stage is None:
            stage = setting.start(entry, self.budget, self._prior, self._inverted)
            self._stages.append(stage.record)
        begun = self.budget.elapsed
        until = min(self.budget.work + seconds, self._best.deadline)
        try:
            for found in stage.events:
                if found is not None:
                    self._consider(Find(setting, stage, found))
                    if setting not in self._settings:
                        return
                self._progress.tell(stage, setting.subject, self._best.solution)
                if self._is_past(stage):
                    return
                if self.budget.work >= min(until, self._best.deadline) or self._is_done():
                    return
            stage.record.state = "exhausted"
        finally:
            stage.record.seconds += self.budget.elapsed - begun
            stage.record.values = len(stage.enumeration.bank)
            self._misses.note(setting, stage)
            self._record.add(stage.enumeration.scene.evaluator.record)
            if setting.subject is self._subject:
                self._reached |= stage.enumeration.scene.hints.reached
            if stage.record.state == "exhausted":
                setting.finish(entry.limit)

    def _is_past(self, stage: Stage) -> bool:
        """Whether all that a stage still has costs more than what is found."""
        best = self._best.solution
        return best is not None and stage.entry.limit.guided and stage.enumeration.is_past(weight_of(best.terms))

    def _straighten(self) -> None:
        """Once, after the first program: looks for one without its unusual steps."""
        if self._best.origin is None or self._straightened:
            return
        self._straightened = True
        entry = straighter(self._best) if self._polish else None
        if entry is not None:
            self._run(self._best.origin.setting, entry, entry.seconds)

    # What is found

    def _consider(self, find: Find) -> None:
        """Verifies what met all goals. The first program is polished; a coincidence asks for other data."""
        fresh = self._best.solution is None

        def announce() -> None:
            self._progress.tell(find.stage, find.setting.subject, self._best.solution, now=True)

        wrong = self._best.consider(find, announce)
        if wrong is not None:
            self._refuted += 1
            find.stage.record.state = "met by coincidence"
            self._other_data(find.setting, wrong)
        elif fresh and self._best.solution is not None:
            if self._polish:
                settle(self._best, find, self.budget)
            self._best.deadline = deadline_after_first(self._best, find, self.budget)

    def _other_data(self, setting: Setting, wrong: Program) -> None:
        """Searches on data that tell a wrong program from the reference."""
        self._settings.remove(setting)
        told = self._target.telling(wrong, setting.subject.data, setting.seed)
        if told is not None:
            subject, seed = told
            self._settings.insert(0, Setting(subject, setting.splits, seed, 0, setting.hinted))
        elif not self._settings:
            # No such data, and no other setting that could do: go on with what may still turn up.
            setting.hinted = False
            self._settings.append(setting)

    # What is missing

    def _lacks_choice(self) -> bool:
        """After the first round: whether a choice among experts is all that is missing."""
        if self._best.solution is None:
            assert self._subject is not None
            self._clue = find_choice(self._subject, split_choices(self._subject)[0], self._seed, self.budget)
        return self._is_missing()

    def _gives_up(self) -> bool:
        """After a share of the budget, once: asks what is missing. Whether it is all that is."""
        if self._best.solution is None and not self._asked and self.budget.elapsed > ASK_AT * self.budget.seconds:
            self._asked = True
            self._ask()
            return self._is_missing()
        return False

    def _ask(self) -> None:
        """Asks what is missing, unless the last answer still is: a second one could only be cut off by the end."""
        assert self._subject is not None
        named = None if self._clue is None else self._clue.lacking
        if named is not None and named not in self._reached:
            return
        splits = split_choices(self._subject)[0]
        self._clue = find_clue(self._subject, splits, self._seed, self._reached, self.budget)

    def _is_missing(self) -> bool:
        return self._clue is not None and self._clue.complete
