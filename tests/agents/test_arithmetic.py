"""The loop on word problems, through a real SDK: it knows nothing of STeP."""

from __future__ import annotations

import ast
import asyncio
import re
import threading
from collections import Counter
from pathlib import Path

import pytest
from step_agents.loop import algorithm
from step_agents.loop.algorithm import LoopSettings, Outcome, improve
from step_agents.loop.arithmetic import (
    ArithmeticAgents,
    ArithmeticDomain,
    Problem,
    Solution,
    make_problems,
    read_value,
)
from step_agents.loop.domain import Sample
from step_agents.models.base import Access
from step_agents.models.openai import OpenAIModel

from tests.agents.standin import Reply, Request, StandIn

PROBLEMS = make_problems(30)
BY_TEXT = {one.text: one for one in PROBLEMS}


class Pupil:
    """Solves two steps always, three with one demonstration, four with a demonstration of three steps: once of four."""

    def __init__(self) -> None:
        self._asked: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Reply:
        messages = [one["content"] for one in request.body["messages"]]
        problem = BY_TEXT[messages[-1].removeprefix("Problem: ")]
        shown = messages[1] if len(messages) > 2 else ""
        steps = {BY_TEXT[text].steps for text in re.findall(r"^Problem: (.*)$", shown, re.MULTILINE)}
        with self._lock:
            number = self._asked[problem.id, shown]
            self._asked[problem.id, shown] += 1
        able = {2: True, 3: bool(steps), 4: 3 in steps}[problem.steps]
        right = able and (problem.steps == 2 or number % 4 == 0)
        return Reply(f"So it is.\nAnswer: {problem.answer if right else problem.answer + 1}", output_tokens=20)


def run(server: StandIn, **values: object) -> Outcome[Problem, Solution]:
    async def loop() -> Outcome[Problem, Solution]:
        model = OpenAIModel("scripted", Access({}, f"{server.url}/v1"))
        settings = LoopSettings(4, (None,), 3, parallel=4, **values)  # type: ignore[arg-type]
        try:
            return await improve(ArithmeticDomain(), ArithmeticAgents(model), PROBLEMS, settings)
        finally:
            await model.close()

    return asyncio.run(loop())


def test_demonstrations_lift_the_pass_rate_as_computed_by_hand() -> None:
    easy = sum(one.steps == 2 for one in PROBLEMS)
    three = sum(one.steps == 3 for one in PROBLEMS)
    with StandIn(Pupil()) as server:
        plain = run(server, improve=False)
    with StandIn(Pupil()) as server:
        improved = run(server)
    assert (plain.pass_at_n, plain.reason) == (easy / 30, "exhausted")
    assert (improved.pass_at_n, improved.reason) == (1.0, "solved")
    assert [one.solved_total for one in improved.rounds] == [easy, easy + three, 30]
    assert improved.pass_at_1 == pytest.approx((easy + (30 - easy) / 4) / 30)
    # D is {easy at 1.0} and then {three steps at 0.25, easy at 1.0}: the hard-earned come first.
    assert {BY[one].steps for one in improved.rounds[2].demonstrations} == {3}
    assert improved.counts[PROBLEMS[0].id].usage.output == 20 * improved.counts[PROBLEMS[0].id].samples


BY = {one.id: one for one in PROBLEMS}


def test_problems_are_made_alike_from_a_seed_and_all_are_different() -> None:
    assert make_problems(30) == PROBLEMS
    assert make_problems(30, 1) != PROBLEMS
    assert len(BY_TEXT) == 30
    assert {one.steps for one in PROBLEMS} == {2, 3, 4}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Answer: 42", 42),
        ("The answer is 1,234.", 1234),
        ("so 3 + 4 = 7", 7),
        ("Answer: 3\nNo, wait.\nAnswer: -5", -5),
        (r"\boxed{17}", 17),
        ("Answer: $12", 12),
        ("no number", None),
        ("Answer: " + "9" * 100, None),
    ],
)
def test_the_number_that_counts_is_the_last_one_named(text: str, value: int | None) -> None:
    assert read_value(text) == value


def test_the_verifier_is_exact() -> None:
    problem = PROBLEMS[0]

    def judged(sample: Sample) -> bool:
        return asyncio.run(ArithmeticDomain().judge(problem, sample)).passed

    assert judged(Sample(f"Answer: {problem.answer}"))
    assert not judged(Sample(f"Answer: {problem.answer + 1}"))
    assert not judged(Sample(None, message="nothing"))


def test_the_loop_imports_nothing_of_step() -> None:
    folder = Path(algorithm.__file__).parent
    for name in ("algorithm", "domain", "accounting", "select", "strata", "arithmetic"):
        tree = ast.parse((folder / f"{name}.py").read_text())
        modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        modules += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        assert not [one for one in modules if one == "step" or one.startswith("step.")], name
