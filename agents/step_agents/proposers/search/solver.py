"""The solver: stages in turn, lowering and verification of what they find, and what to do about coincidences."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from step.infer import infer
from step.program import Program
from step.render.python import body_text
from step.render.spelling import spelling_of
from step.simulate.compare import compare
from step.simulate.engine import execute
from step.simulate.errors import SimulationError
from step.simulate.report import Report
from step.simulate.verify import verify

from step_agents.faults import Fault
from step_agents.proposers.search.budget import Budget, OutOfBudget
from step_agents.proposers.search.enumerate import Enumeration
from step_agents.proposers.search.failures import Record, faults_of
from step_agents.proposers.search.guided import GLUE
from step_agents.proposers.search.hints import Hints
from step_agents.proposers.search.kinds import Splits
from step_agents.proposers.search.limits import Limit, Scene
from step_agents.proposers.search.lower import CannotLower, Wanted, lower
from step_agents.proposers.search.meeting import Found, Nearest
from step_agents.proposers.search.missing import Clue, find_clue
from step_agents.proposers.search.prior import Prior
from step_agents.proposers.search.proofs import proofs
from step_agents.proposers.search.scene import Subject, load_subjects, make_hints, make_scene, split_choices
from step_agents.proposers.search.schedule import PLAIN, Entry, enumeration
from step_agents.proposers.search.terms import TRICK, Term, extract, steps_of, term_of, tricks_of, variants, weight_of
from step_agents.proposers.search.work import work_of_terms

Announce = Callable[[dict[str, Any]], None]

POLISH_SHARE = 0.3
POLISH_MOST = 2.0
"""After a program is found, shorter ones are looked for: this share of the work so far, and at most so
many nominal seconds (:attr:`.budget.Budget.work`)."""
POLISH_ODD = 1.6
"""At least so many, if a step of the program is an unusual one: then one step more off the reference's path is looked
at."""
SETTLE_MOST = 0.1
"""Nominal seconds for what is as short as the first program and may be less work."""
ASK_AT = 0.25
"""After this share of the budget it is asked what is missing; if all else has its place, the search ends."""
CLUES_SHARE, CLUES_MOST = 0.05, 1.5
"""This share of the budget, and at most so many seconds, are kept for finding out what is missing."""
RESEEDS = 8
ANNOUNCE_EVERY = 0.25


@dataclass(frozen=True, eq=False)
class Solution:
    """A verified program. ``work`` (:mod:`.work`) is that of its steps at the sizes searched on."""

    program: Program
    terms: tuple[Term, ...]
    work: int
    stage: str
    seconds: float

    @property
    def rank(self) -> tuple[int, int, int]:
        """Shorter first (a trick is as bad as some primitives more), then less work, then fewer copies."""
        return self.program.length + TRICK * tricks_of(self.terms), self.work, len(self.program.nodes)


@dataclass
class StageRecord:
    """What one stage did."""

    setting: str
    limit: str
    seconds: float = 0.0
    values: int = 0
    state: str = "started"


@dataclass(frozen=True)
class Miss:
    """An output that no value met: how far off the nearest was (relative), and the nearest, as an expression."""

    output: int
    gap: float
    term: Term | None


@dataclass
class Outcome:
    """What a search came to.

    Attributes:
        reason: "" if it solved, else why it stopped: "time", "memory", "exhausted" or "missing" (``clue`` says what),
            and before anything was tried "impossible" (``proofs`` say why).
        faults: functions that failed on the way.
        clue: what may be missing (:mod:`.missing`).
    """

    solution: Solution | None
    reason: str
    budget: Budget
    stages: list[StageRecord]
    misses: tuple[Miss, ...] = ()
    refuted: int = 0
    nearest: Program | None = None
    subject: Subject | None = None
    faults: tuple[Fault, ...] = ()
    proofs: tuple[str, ...] = ()
    clue: Clue | None = None


@dataclass(eq=False)
class _Stage:
    entry: Entry
    record: StageRecord
    enumeration: Enumeration
    events: Iterator[Found | None]


@dataclass(eq=False)
class _Setting:
    """One way to look at the operator: the data it is searched on, and how products of dimensions are written."""

    subject: Subject
    splits: Splits
    seed: int
    delay: int
    hinted: bool
    scene: Scene | None = None
    hints: Hints | None = None
    stages: dict[Limit, _Stage] = field(default_factory=dict)
    finished: set[Limit] = field(default_factory=set)

    @property
    def name(self) -> str:
        """For people."""
        written = ", ".join(f"{dim} = {' × '.join(map(str, factors))}" for dim, factors in self.splits.factors.items())
        return f"{self.subject.data}, seed {self.seed}" + (f", {written}" if written else "")


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
        self._text, self._path, self._name = text, path, operator
        self.budget, self._seed, self._announce = budget, seed, announce
        self._hinted = bool(options.get("hints", True))
        self._inverted = bool(options.get("backward", True))
        prior = options.get("prior")
        self._prior = Prior.from_json(prior) if prior else None
        self._polish = bool(options.get("polish", True))
        index, parts = options.get("part", (0, 1))
        self._entries: tuple[Entry, ...] = options.get("entries", PLAIN)[index::parts]
        self._stages: list[StageRecord] = []
        self._best: Solution | None = None
        self._origin: tuple[_Setting, _Stage, Found] | None = None
        self._deadline = math.inf
        self._told = 0.0
        self._refuted = 0
        self._tried: set[Program] = set()
        self._nearest: dict[int, tuple[float, Nearest, Enumeration, _Setting]] = {}
        self._record = Record()
        self._reached: set[int] = set()
        self._clue: Clue | None = None
        self._asked = False
        self._straightened = False
        self._subject: Subject | None = None
        self._settings: list[_Setting] = []

    def solve(self) -> Outcome:
        """Searches until a program is verified, nothing is left to try, or the budget is used up.

        Raises:
            SimulationError: the module, the operator's reference or its sizes are at fault.
        """
        subjects = list(load_subjects(self._text, self._path, self._name, self._seed))
        self._subject = subjects[0]
        for number, subject in enumerate(subjects):
            for place, splits in enumerate(split_choices(subject)[:6]):
                self._settings.append(_Setting(subject, splits, self._seed, min(2, number + (place > 0)), self._hinted))
        impossible = tuple(proofs(self._subject))
        reason = "impossible" if impossible else "exhausted"
        self.budget.reserved = min(CLUES_MOST, CLUES_SHARE * self.budget.seconds)
        try:
            if not impossible:
                self._rounds()
            if self._missing():
                reason = "missing"
        except OutOfBudget as problem:
            reason = problem.reason
        faults = faults_of(self._record, self._subject.functions, self._subject.problem.functions)
        misses: tuple[Miss, ...] = ()
        nearest: Program | None = None
        self.budget.reserved = 0.0
        if self._best is not None:
            reason = ""
            if self._polish and self._origin is not None:
                self._lighten(*self._origin)
        else:
            misses, nearest = self._misses()
            if not impossible and not self._missing():
                self._ask()
        return Outcome(
            self._best,
            reason,
            self.budget,
            self._stages,
            misses,
            self._refuted,
            nearest,
            self._subject,
            faults,
            impossible,
            self._clue,
        )

    # Rounds

    def _rounds(self) -> None:
        number = 0
        while True:
            busy = False
            later = False
            for setting in list(self._settings):
                if setting not in self._settings:
                    continue
                for entry in self._entries:
                    if entry.limit in setting.finished or (entry.limit.guided and not setting.hinted):
                        continue
                    if entry.start + setting.delay > number:
                        later = True
                        continue
                    busy = True
                    share = entry.seconds * 2.0 ** (number - entry.start - setting.delay)
                    self._run(setting, entry, share)
                    if self._best is not None and self._origin is not None and not self._straightened:
                        self._straightened = True
                        self._straighten(*self._origin[:2])
                    if self._best is None and not self._asked and self.budget.elapsed > ASK_AT * self.budget.seconds:
                        self._asked = True
                        self._ask()
                        if self._missing():
                            return
                    if self._done() or setting not in self._settings:
                        break
                if self._done():
                    return
            if not busy and not later:
                return
            number += 1

    def _done(self) -> bool:
        return self._best is not None and (not self._polish or self.budget.work >= self._deadline)

    def _run(self, setting: _Setting, entry: Entry, seconds: float) -> None:
        """Lets a stage go on for its time."""
        stage = setting.stages.get(entry.limit)
        if stage is None:
            stage = self._start(setting, entry)
        begun = self.budget.elapsed
        until = min(self.budget.work + seconds, self._deadline)
        try:
            for found in stage.events:
                if found is not None:
                    self._consider(setting, stage, found)
                    if setting not in self._settings:
                        return
                self._tell(stage)
                if self._is_past(stage):
                    return
                if self.budget.work >= min(until, self._deadline) or self._done():
                    return
            stage.record.state = "exhausted"
            setting.finished.add(entry.limit)
        finally:
            stage.record.seconds += self.budget.elapsed - begun
            stage.record.values = len(stage.enumeration.bank)
            self._note_nearest(setting, stage)
            self._record.add(stage.enumeration.scene.evaluator.record)
            if setting.subject is self._subject:
                self._reached |= stage.enumeration.scene.hints.reached
            if entry.limit in setting.finished:
                setting.stages.pop(entry.limit, None)

    def _straighten(self, setting: _Setting, stage: _Stage) -> None:
        """Looks for a way without the unusual steps of what a guided stage found: the reference may take a detour."""
        limit = stage.entry.limit
        if self._polish and self._best is not None and limit.guided and _is_odd(self._best.terms):
            further = Limit(limit.slack + 1, limit.cap, guided=True, exact=True)
            self._run(setting, Entry(further, 0, POLISH_ODD), POLISH_ODD)

    def _is_past(self, stage: _Stage) -> bool:
        """Whether all that a stage still has costs more than what is found."""
        guided = stage.entry.limit.guided
        return self._best is not None and guided and stage.enumeration.level > weight_of(self._best.terms)

    def _start(self, setting: _Setting, entry: Entry) -> _Stage:
        if setting.scene is None:
            setting.scene = make_scene(setting.subject, setting.splits, setting.seed)
        scene = setting.scene
        if entry.limit.guided:
            if setting.hints is None:
                setting.hints = make_hints(setting.subject, scene, setting.splits, self._inverted)
            coverer = scene.coverer.repeating(setting.hints.twice)
            scene = replace(scene, coverer=coverer, hints=setting.hints.fresh(entry.limit.exact))
        record = StageRecord(setting.name, str(entry.limit))
        self._stages.append(record)
        started = enumeration(scene, entry.limit, self.budget, self._prior)
        stage = setting.stages[entry.limit] = _Stage(entry, record, started, started.run())
        return stage

    # What is found

    def _consider(self, setting: _Setting, stage: _Stage, found: Found) -> None:
        """Lowers and verifies what met all goals."""
        bank = stage.enumeration.bank
        if self._best is not None and weight_of(extract(bank, found.values)) > weight_of(self._best.terms):
            return
        verified = first = False
        for terms in variants(bank, found.values, 12):
            program = self._lower(setting, found, terms)
            if program is None or program in self._tried:
                continue
            self._tried.add(program)
            work = work_of_terms(terms, setting.subject.problem.sizes)
            solution = Solution(program, terms, work, stage.record.limit, self.budget.elapsed)
            if self._best is not None and solution.rank >= self._best.rank:
                continue
            report = self._verify(program)
            if report.status == "passed":
                verified = True
                first = first or self._best is None
                self._best, self._origin = solution, (setting, stage, found)
                self._tell(stage, True)
            elif not verified and self._best is None:
                self._refuted += 1
                stage.record.state = "met by coincidence"
                self._other_data(setting, program)
                return
            if self.budget.work > self._deadline:
                return
        if first and self._polish:
            self._settle(setting, stage, found)
        if first and self._best is not None:
            share = POLISH_SHARE * self.budget.work
            odd = POLISH_ODD if stage.entry.limit.guided and _is_odd(self._best.terms) else 0.0
            self._deadline = self.budget.work + min(POLISH_MOST, max(share, odd))

    def _settle(self, setting: _Setting, stage: _Stage, found: Found) -> None:
        """Ends the level that the first program is of, as far as its outputs are concerned: what is found later on it
        is as short, and may be less work."""
        until = self.budget.work + SETTLE_MOST
        others = []
        for one in stage.enumeration.rest_of_level():
            if one is not None:
                others.append(one)
            if self.budget.work >= until:
                break
        for one in (found, *others):
            self._lighten(setting, stage, one)

    def _lighten(self, setting: _Setting, stage: _Stage, found: Found) -> None:
        """Takes the ways to make what was found that are the least work, if a program of them is no longer; of those of
        as much work the shortest."""
        assert self._best is not None
        bank, sizes = stage.enumeration.bank, setting.subject.problem.sizes

        def measure(terms: Sequence[Term]) -> tuple[int, int]:
            return weight_of(terms), work_of_terms(terms, sizes)

        for terms in variants(bank, found.values, 12, measure):
            work = work_of_terms(terms, sizes)
            if work > self._best.work:
                continue
            program = self._lower(setting, found, terms)
            if program is None or program in self._tried:
                continue
            self._tried.add(program)
            solution = Solution(program, terms, work, stage.record.limit, self.budget.elapsed)
            if solution.rank < self._best.rank and self._verify(program).status == "passed":
                self._best, self._origin = solution, (setting, stage, found)

    def _lower(self, setting: _Setting, found: Found, terms: tuple[Term, ...]) -> Program | None:
        subject = setting.subject
        wanted = [
            Wanted(term, stream, goal.kept)
            for term, stream, goal in zip(terms, subject.specification.output_types, found.goals, strict=True)
        ]
        inputs = [(name, spec.type) for name, spec in subject.specification.inputs]
        functions = {function.name: function for function in subject.functions}
        try:
            program = lower(inputs, wanted, functions, setting.splits)
        except CannotLower:
            return None
        return program if infer(program, subject.specification.input_types).holds else None

    def _verify(self, program: Program) -> Report:
        return verify(self._text, self._path, self._name, program, float32=False)

    def _other_data(self, setting: _Setting, program: Program) -> None:
        """Searches on data that tell a wrong program from the reference: the first of some seeds that do."""
        self._settings.remove(setting)
        for seed in range(setting.seed + 1, setting.seed + 1 + RESEEDS):
            for subject in load_subjects(self._text, self._path, self._name, seed):
                if subject.data == setting.subject.data and _differs(program, subject):
                    self._settings.insert(0, _Setting(subject, setting.splits, seed, 0, setting.hinted))
                    return
        # No such data: another of the settings has to do. If there is none, go on with what may still turn up.
        if not self._settings:
            setting.hinted = setting.hinted and False
            self._settings.append(setting)

    # What is told

    def _tell(self, stage: _Stage, now: bool = False) -> None:
        elapsed = self.budget.elapsed
        if not now and elapsed - self._told < ANNOUNCE_EVERY:
            return
        self._told = elapsed
        gaps = [one.gap for one in stage.enumeration.nearest]
        met = sum(gap <= 1e-6 for gap in gaps)
        self._announce(
            {
                "stage": stage.record.limit,
                "setting": stage.record.setting,
                "seconds": round(elapsed, 3),
                "candidates": self.budget.candidates,
                "values": len(stage.enumeration.bank),
                "level": stage.enumeration.level,
                "outputs": len(gaps),
                "met": met,
                "nearest": [round(gap, 6) if math.isfinite(gap) else None for gap in gaps],
                "best": self._best.program.length if self._best is not None else None,
            }
        )

    def _note_nearest(self, setting: _Setting, stage: _Stage) -> None:
        for output, nearest in enumerate(stage.enumeration.nearest):
            known = self._nearest.get(output)
            if nearest.way is not None and (known is None or nearest.gap < known[0]):
                self._nearest[output] = (nearest.gap, nearest, stage.enumeration, setting)

    def _misses(self) -> tuple[tuple[Miss, ...], Program | None]:
        """The outputs that were not met, and the program that came nearest."""
        assert self._subject is not None
        misses: list[Miss] = []
        for output in range(len(self._subject.specification.outputs)):
            known = self._nearest.get(output)
            if known is None:
                misses.append(Miss(output, math.inf, None))
                continue
            gap, nearest, enumeration, _ = known
            assert nearest.way is not None
            term = term_of(enumeration.bank, nearest.goal.kind, nearest.way)
            if gap > 1e-6:
                misses.append(Miss(output, gap, term))
        return tuple(misses), self._nearest_program()

    def _ask(self) -> None:
        """Asks what may be missing."""
        assert self._subject is not None
        splits = split_choices(self._subject)[0]
        self._clue = find_clue(self._subject, splits, self._seed, self._reached, self.budget)

    def _missing(self) -> bool:
        return self._clue is not None and self._clue.complete

    def _nearest_program(self) -> Program | None:
        assert self._subject is not None
        parts = [self._nearest.get(output) for output in range(len(self._subject.specification.outputs))]
        if any(part is None for part in parts):
            return None
        known = [part for part in parts if part is not None]
        settings = {id(part[3].splits): part[3] for part in known}
        if len(settings) != 1:
            return None
        terms = [term_of(part[2].bank, part[1].goal.kind, part[1].way) for part in known if part[1].way is not None]
        if any(term is None for term in terms):
            return None
        (setting,) = settings.values()
        found = Found((), tuple(part[1].goal for part in known))
        return self._lower(setting, found, tuple(term for term in terms if term is not None))


def _is_odd(terms: Sequence[Term]) -> bool:
    """Whether a step has glue that a person would hardly write (a Repeat inside a buffer, a shape that nothing has),
    and it may go without: some function is used twice."""
    recipes = [one.recipe for one in steps_of(terms) if one.recipe is not None]
    regions = {recipe.role.region for recipe in recipes}
    return len(regions) < len(recipes) and any(recipe.weight > GLUE for recipe in recipes)


def _differs(program: Program, subject: Subject) -> bool:
    problem = subject.problem
    try:
        made = execute(program, problem.inputs, problem.functions, input_types=subject.specification.input_types)
    except SimulationError:
        return True
    return compare(problem.expected, made.outputs).difference is not None


def write_body(program: Program, subject: Subject, indent: str = "    ") -> str:
    """The program as the lines of the operator's body, with the module's own names."""
    return body_text(program, subject.specification, spelling_of(subject.module.environment.scope), indent)
