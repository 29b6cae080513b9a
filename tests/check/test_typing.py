"""While a body is typed, character by character, the check stays calm."""

from __future__ import annotations

import pytest
from step_agents.benchmark import Task

from tests.benchmark.solutions import PAPER, solution, solved
from tests.server.samples import SOLVED
from tests.source.texts import Document

CALM = {"STEP-SYNTAX", "STEP-NAME", "STEP-RETURN", "STEP-SUBSET", "STEP-ARITY", "STEP-OUTPUT"}
"""What a half-typed statement may be called: it does not parse, a name or an attribute is not whole, the return or a
part of it is not there."""


@pytest.mark.parametrize("task", PAPER.tasks, ids=lambda task: task.id)
def test_a_half_typed_body_has_one_mistake_or_two(task: Task) -> None:
    text, function = solved(task), solution(task).rstrip("\n")
    start, document = text.index(function), Document()
    end = start + len(function)
    for cut in range(start + function.index("\n") + 1, end, 3):
        module, found = document.update(text[:cut] + text[end:])
        (said,) = found.values()
        typed = text[start:cut]
        assert not module.problems, typed
        codes = [one.code for one in said]
        # What is typed of a name may be another stream's for a moment (`return s` of `sums`): a whole program, not
        # the one that is meant.
        allowed = CALM | (
            {"STEP-AFFINE", "STEP-UNUSED"} if typed.split("\n")[-1].lstrip().startswith("return") else set()
        )
        assert set(codes) <= allowed, (typed[-80:], said)
        assert len([one for one in said if one.severity == "error"]) <= 3, (typed[-80:], said)


def test_most_of_the_time_there_is_one_mistake() -> None:
    counts: list[int] = []
    for task in PAPER.tasks[:3]:
        text, function = solved(task), solution(task).rstrip("\n")
        start, document = text.index(function), Document()
        for cut in range(start + function.index("\n") + 1, start + len(function), 2):
            (said,) = document.update(text[:cut] + text[start + len(function) :])[1].values()
            counts.append(len(said))
    assert sum(counts) / len(counts) < 1.5


@pytest.mark.parametrize("typed", ["step.Map(", "step.Map(fn=", "step.Map(fn=square", "step.Map(fn=square).apply("])
def test_what_is_made_of_a_half_typed_call_is_unknown(typed: str) -> None:
    """The next statement names its result: that the call is not applied yet is no mistake of that one."""
    before, after = SOLVED.split("    squares = step.Map(fn=square).apply(x0)\n")
    _, found = Document().update(f"{before}    squares = {typed}\n{after}")
    (said,) = found.values()
    assert [one.code for one in said] == ["STEP-SYNTAX"]
