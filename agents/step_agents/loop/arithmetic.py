"""Word problems with one whole number as the answer: a second domain, which shows that the loop knows nothing of STeP.

It stands for the paper's experiment on AIME-2024: an exact-answer verifier, demonstrations with a worked solution.
The problems are made here, from a seed; no two have the same numbers and story.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from step_agents.loop.domain import Draw, Judged, Sample, Solved
from step_agents.models.base import Model, Prompt, Turn

_ANSWER = re.compile(r"(?:answer|\\boxed)\s*(?:is\s*)?[:={]*\s*\$?(-?\d[\d,]*)", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d[\d,]*")


@dataclass(frozen=True, slots=True)
class Problem:
    """A word problem. ``steps`` (how many operations it takes) is its group."""

    id: str
    text: str
    answer: int
    steps: int


@dataclass(frozen=True, slots=True)
class Solution:
    """A worked solution that ends in the right number."""

    text: str
    value: int


class ArithmeticDomain:
    """Verifies by the exact answer. Solutions are the same if they use the same numbers in the same order."""

    name = "arithmetic"

    def id(self, task: Problem) -> str:
        """The problem's id."""
        return task.id

    def group(self, task: Problem) -> str:
        """Problems of as many steps."""
        return f"{task.steps} steps"

    async def judge(self, task: Problem, sample: Sample) -> Judged[Solution]:
        """Compares the last number that is named as the answer."""
        if sample.text is None:
            return Judged(False, None, sample.message or "no answer")
        value = read_value(sample.text)
        if value is None:
            return Judged(False, None, "the answer names no number")
        if value != task.answer:
            return Judged(False, None, f"expected {task.answer}, got {value}")
        return Judged(True, Solution(sample.text.strip(), value))

    def groups(self, task: Problem, answers: Sequence[Solution]) -> list[list[int]]:
        """Groups of solutions with the same sequence of numbers."""
        found: dict[tuple[str, ...], list[int]] = {}
        for index, answer in enumerate(answers):
            found.setdefault(tuple(_NUMBER.findall(answer.text)), []).append(index)
        return list(found.values())

    def length(self, answer: Solution) -> int:
        """Words."""
        return len(answer.text.split())

    def dump(self, answer: Solution) -> Any:
        """Text and value."""
        return {"text": answer.text, "value": answer.value}

    def load(self, task: Problem, values: Any) -> Solution:
        """The solution of a journal."""
        return Solution(values["text"], values["value"])


def read_value(text: str) -> int | None:
    """The whole number that a text names as its answer: the last one after "answer", else its last number."""
    named = _ANSWER.findall(text) or _NUMBER.findall(text)
    if not named or len(named[-1]) > 40:
        return None
    return int(named[-1].replace(",", ""))


class ArithmeticAgents:
    """A language model that solves word problems, with solved ones as demonstrations."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def sample(self, task: Problem, demonstrations: Sequence[Solved[Problem, Solution]], draw: Draw) -> Sample:
        """One answer.

        Raises:
            ProposerError: there is none.
        """
        prompt = render(task, demonstrations)
        done = await self._model.complete(prompt, temperature=draw.temperature)
        return Sample(done.text, done.usage, done.seconds, 1, proposer="model", model=done.model, answer=done.text)


def render(task: Problem, demonstrations: Sequence[Solved[Problem, Solution]]) -> Prompt:
    """The prompt: the rules, then the demonstrations, then the problem."""
    rules = "Solve the problem step by step, in few words. End with a line `Answer: N`, N a whole number."
    shown = "\n\n".join(f"Problem: {one.task.text}\n{one.answer.text}" for one in demonstrations)
    prefix = (rules, f"Solved problems:\n\n{shown}") if shown else (rules,)
    return Prompt(prefix, (Turn("user", f"Problem: {task.text}"),))


def make_problems(count: int, seed: int = 0) -> tuple[Problem, ...]:
    """Word problems of two to four steps, the same for the same seed."""
    generator = random.Random(seed)
    made: dict[str, Problem] = {}
    while len(made) < count:
        story = _STORIES[len(made) % len(_STORIES)]
        text, answer, steps = story(generator)
        made.setdefault(text, Problem(f"problem-{len(made) + 1:02d}", text, answer, steps))
    return tuple(made.values())


def _orchard(g: random.Random) -> tuple[str, int, int]:
    rows, trees, fallen, apples = g.randint(6, 14), g.randint(5, 12), g.randint(2, 5), g.randint(20, 60)
    text = f"An orchard has {rows} rows of {trees} trees. {fallen} trees fell in a storm. Each tree that stands bears {apples} apples. How many apples are there?"  # noqa: E501
    return text, (rows * trees - fallen) * apples, 3


def _trains(g: random.Random) -> tuple[str, int, int]:
    first, second, hours = g.randint(60, 110), g.randint(40, 90), g.randint(2, 6)
    text = f"Two trains leave a station in opposite directions at {first} and {second} kilometres an hour. How many kilometres are they apart after {hours} hours?"  # noqa: E501
    return text, (first + second) * hours, 2


def _library(g: random.Random) -> tuple[str, int, int]:
    shelves, books, lent, back = g.randint(8, 20), g.randint(15, 40), g.randint(30, 80), g.randint(5, 25)
    text = f"A library has {shelves} shelves of {books} books. It lends {lent} books and gets {back} of them back. How many books are in the library?"  # noqa: E501
    return text, shelves * books - lent + back, 3


def _bakery(g: random.Random) -> tuple[str, int, int]:
    loaves, price, eaten, rent = g.randint(40, 90), g.randint(3, 7), g.randint(4, 12), g.randint(20, 60)
    text = f"A baker bakes {loaves} loaves, keeps {eaten}, sells the rest at {price} coins each, and pays {rent} coins of rent and 10 of tax. How many coins are left?"  # noqa: E501
    return text, (loaves - eaten) * price - rent - 10, 4


def _remainder(g: random.Random) -> tuple[str, int, int]:
    base, power, modulus = g.randint(3, 9), g.randint(4, 9), g.randint(7, 19)
    text = f"What is the remainder when {base} to the power {power} is divided by {modulus}?"
    return text, base**power % modulus, 2


def _sum_of_series(g: random.Random) -> tuple[str, int, int]:
    first, step, count = g.randint(2, 15), g.randint(2, 9), g.randint(8, 20)
    text = f"A sequence starts at {first} and grows by {step} each time. What is the sum of its first {count} terms?"
    return text, count * (2 * first + (count - 1) * step) // 2, 4


_STORIES: tuple[Callable[[random.Random], tuple[str, int, int]], ...] = (
    _orchard,
    _trains,
    _library,
    _bakery,
    _remainder,
    _sum_of_series,
)
