"""The loop against numbers computed by hand, with scripted agents of known success rates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from step_agents.errors import ProposerError
from step_agents.loop.algorithm import LoopSettings, Outcome, improve
from step_agents.loop.domain import Draw, Judged, Sample, Solved
from step_agents.loop.surroundings import Stop
from step_agents.usage import Usage


@dataclass
class Letters:
    """A domain as small as can be: an answer is a text, right if it begins with the task's letter."""

    name: str = "letters"

    def id(self, task: str) -> str:
        return task

    def group(self, task: str) -> str:
        return "letters"

    async def judge(self, task: str, sample: Sample) -> Judged[str]:
        right = sample.text is not None and sample.text.startswith(task)
        return Judged(right, sample.text if right else None)

    def groups(self, task: str, answers: Sequence[str]) -> list[list[int]]:
        found: dict[str, list[int]] = {}
        for index, answer in enumerate(answers):
            found.setdefault(answer.strip(), []).append(index)
        return list(found.values())

    def length(self, answer: str) -> int:
        return len(answer)

    def dump(self, answer: str) -> Any:
        return answer

    def load(self, task: str, values: Any) -> str:
        return str(values)


@dataclass
class Scripted:
    """Passes the first ``passes(task, shown)`` of every round's samples. Remembers what it was shown."""

    passes: Callable[[str, tuple[str, ...]], int]
    asked: list[tuple[str, Draw, tuple[str, ...]]] = field(default_factory=list)

    async def sample(self, task: str, demonstrations: Sequence[Solved[str, str]], draw: Draw) -> Sample:
        shown = tuple(one.task for one in demonstrations)
        self.asked.append((task, draw, shown))
        await asyncio.sleep(0)
        right = draw.index < self.passes(task, shown)
        return Sample(f"{task}{draw.index}" if right else "wrong", Usage(6, 4, cost=0.5), 1.0, 1)


def run(agents: Any, tasks: str, **values: Any) -> Outcome[str, str]:
    settings = {name: values.pop(name) for name in list(values) if name in LoopSettings.__slots__}
    loop = LoopSettings(**{"samples": 4, "temperatures": (None,), "granularity": 3, **settings})
    return asyncio.run(improve(Letters(), agents, list(tasks), loop, **values))


def by_hand(task: str, shown: tuple[str, ...]) -> int:
    """a is easy, b middling; c needs b's solution; d needs all three."""
    if task == "a":
        return 4
    if task == "b":
        return 2
    if task == "c":
        return 1 if "b" in shown else 0
    return 3 if len(shown) == 3 else 0


def test_the_curve_and_the_accounting_are_those_computed_by_hand() -> None:
    agents = Scripted(by_hand)
    outcome = run(agents, "abcd", parallel=3)
    # Round 1 shows nothing: a 4/4, b 2/4. Then D = {b, a}, strata [b] [a]: b is shown, c passes 1/4.
    # Then D = {c, b, a}, strata [c] [b] [a]: c, then c b, then c b a, with which d passes 3/4.
    assert [(one.stratum, one.demonstrations, one.solved) for one in outcome.rounds] == [
        (0, (), ("a", "b")),
        (0, ("b",), ("c",)),
        (0, ("c",), ()),
        (1, ("c", "b"), ()),
        (2, ("c", "b", "a"), ("d",)),
    ]
    assert [one.pass_at_1 for one in outcome.rounds] == [0.375, 0.4375, 0.4375, 0.4375, 0.625]
    assert [one.solved_total for one in outcome.rounds] == [2, 3, 3, 3, 4]
    assert [one.usage_total.total for one in outcome.rounds] == [160, 240, 280, 320, 360]
    assert outcome.rounds[-1].usage_total.cost == 18.0
    assert (outcome.reason, outcome.pass_at_1, outcome.pass_at_n) == ("solved", 0.625, 1.0)
    assert {name: (one.samples, one.passes) for name, one in outcome.counts.items()} == {
        "a": (4, 4), "b": (4, 2), "c": (8, 1), "d": (20, 3)}  # fmt: skip
    assert {one.task: one.rate for one in outcome.solved} == {"a": 1.0, "b": 0.5, "c": 0.25, "d": 0.75}


def test_it_ends_when_all_of_d_was_shown_and_nothing_new_was_solved() -> None:
    outcome = run(Scripted(lambda task, shown: {"a": 4, "b": 2, "c": 1}.get(task, 0)), "abcde")
    assert outcome.reason == "exhausted"
    assert [one.demonstrations for one in outcome.rounds] == [(), ("c",), ("c", "b"), ("c", "b", "a")]
    assert outcome.unsolved == ("d", "e")
    assert outcome.pass_at_n == 0.6


def test_without_self_improvement_there_is_one_round_and_nothing_is_shown() -> None:
    outcome = run(Scripted(by_hand), "abcd", improve=False)
    assert [one.demonstrations for one in outcome.rounds] == [()]
    assert outcome.pass_at_n == 0.5


def test_samples_are_drawn_at_every_temperature() -> None:
    agents = Scripted(lambda task, shown: 0)
    run(agents, "a", samples=2, temperatures=(0.4, 0.7, 1.0))
    assert [draw.temperature for _, draw, _ in agents.asked] == [0.4, 0.4, 0.7, 0.7, 1.0, 1.0]


def test_every_sample_has_a_seed_of_its_own_and_the_same_in_every_run() -> None:
    first, second, other = (Scripted(by_hand) for _ in range(3))
    run(first, "abcd")
    run(second, "abcd", parallel=1)
    run(other, "abcd", seed=1)
    seeds = {(task, draw.round, draw.index): draw.seed for task, draw, _ in first.asked}
    assert len(set(seeds.values())) == len(seeds) == 36
    assert seeds == {(task, draw.round, draw.index): draw.seed for task, draw, _ in second.asked}
    assert not set(seeds.values()) & {draw.seed for _, draw, _ in other.asked}


def test_validation_tasks_are_sampled_but_never_shown_and_never_count_as_a_gain() -> None:
    agents = Scripted(lambda task, shown: {"a": 4, "v": 1}.get(task, 0))
    outcome = run(agents, "avz", validation=frozenset("v"))
    assert {one.task for one in outcome.solved} == {"a", "v"}
    assert all("v" not in shown for _, _, shown in agents.asked)
    assert [one.demonstrations for one in outcome.rounds] == [(), ("a",)]


def test_a_loop_can_start_with_experience() -> None:
    agents = Scripted(by_hand)
    outcome = run(agents, "c", started_with=[Solved("b", "b1", 2, 4)])
    assert [one.demonstrations for one in outcome.rounds] == [("b",)]
    assert outcome.reason == "solved"


class Gate:
    """Lets so many samples in."""

    def __init__(self, places: int) -> None:
        self.places = places

    def enter(self) -> None:
        if self.places == 0:
            raise Stop("budget", "no more")
        self.places -= 1

    def leave(self, usage: Usage, *, answered: bool) -> None:
        pass

    def spend(self, usage: Usage) -> None:
        pass


def test_a_budget_stops_between_samples_and_keeps_what_was_found() -> None:
    agents = Scripted(by_hand)
    outcome = run(agents, "abcd", gate=Gate(6), parallel=1)
    assert (outcome.reason, outcome.message) == ("budget", "no more")
    assert len(agents.asked) == 6
    assert {one.task for one in outcome.solved} == {"a", "b"}


class Failing(Scripted):
    """Raises instead of answering for one task."""

    fatal = False

    async def sample(self, task: str, demonstrations: Sequence[Solved[str, str]], draw: Draw) -> Sample:
        if task == "b":
            raise ProposerError("MODEL-OVERLOADED", "later", fatal=self.fatal, usage=Usage(3))
        return await super().sample(task, demonstrations, draw)


def test_requests_without_an_answer_are_counted_apart_and_paid() -> None:
    outcome = run(Failing(by_hand), "ab", granularity=1)
    assert (outcome.counts["b"].samples, outcome.counts["b"].errors) == (0, 8)
    assert outcome.counts["b"].usage.input == 24
    assert outcome.rounds[0].usage_total.total == 40 + 12
    assert outcome.pass_at_1 == 0.5


class Flaky(Scripted):
    """Answers once in a while, until the service goes away for good."""

    async def sample(self, task: str, demonstrations: Sequence[Solved[str, str]], draw: Draw) -> Sample:
        if draw.index in (2, 5):
            return await super().sample(task, demonstrations, draw)
        raise ProposerError("MODEL-UNREACHABLE", "no network", fatal=False)


def test_a_service_that_went_away_ends_the_run_where_it_can_go_on() -> None:
    outcome = run(Flaky(lambda *_: 0), "x", samples=20, parallel=1, give_up=4)
    assert (outcome.reason, outcome.message) == ("error", "no network")
    # Two, an answer, two, an answer, and then four in a row; the round is not complete.
    assert (outcome.counts["x"].errors, outcome.counts["x"].samples) == (8, 2)
    assert outcome.rounds == ()


def test_a_refused_key_ends_the_run_with_its_message() -> None:
    agents = Failing(by_hand)
    agents.fatal = True
    outcome = run(agents, "ab")
    assert (outcome.reason, outcome.message) == ("error", "later")


class Slow(Scripted):
    """The later a sample is drawn, the sooner it answers; the shorter answers are drawn last."""

    async def sample(self, task: str, demonstrations: Sequence[Solved[str, str]], draw: Draw) -> Sample:
        for _ in range(20 - 2 * draw.index):
            await asyncio.sleep(0)
        return Sample(task + "ab"[draw.index % 2], Usage(1, 1), 1.0, 1)


def test_what_enters_d_does_not_hang_on_who_answered_first() -> None:
    together = run(Slow(lambda *_: 0), "x", parallel=8, samples=8)
    one_by_one = run(Slow(lambda *_: 0), "x", parallel=1, samples=8)
    assert [one.answer for one in together.solved] == [one.answer for one in one_by_one.solved] == ["xa"]


class Crashing(Scripted):
    """The first sample cannot be drawn at all; the others never end."""

    stopped = 0

    async def sample(self, task: str, demonstrations: Sequence[Solved[str, str]], draw: Draw) -> Sample:
        if draw.index == 0:
            await asyncio.sleep(0)
            raise RuntimeError("the disk is gone")
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped += 1
        raise AssertionError


def test_what_is_under_way_is_stopped_when_the_loop_cannot_go_on() -> None:
    agents = Crashing(lambda *_: 0)
    with pytest.raises(RuntimeError, match="the disk is gone"):
        run(agents, "x", parallel=4)
    assert agents.stopped == 3
