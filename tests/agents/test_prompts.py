"""Prompts: from the primitives' own docstrings and the structural IR, within budgets, the shared part first."""

from __future__ import annotations

import asyncio

import pytest
from step.primitives import PRIMITIVES
from step_agents.models.base import Completion, Prompt, estimate_tokens
from step_agents.prompts import Prompter, PromptTooLong, versions
from step_agents.proposers.base import Demonstration, Feedback, Request
from step_agents.proposers.model import ModelProposer
from step_agents.usage import Usage

from tests.agents.samples import SCALE, SCALE_BODY, operator_of, solution, task_files

FILES = task_files()
DEMONSTRATIONS = [Demonstration(operator_of(file.read_text())[1], solution(file)) for file in FILES]
_, TASK = operator_of(SCALE)


def test_the_reference_teaches_every_primitive_from_its_docstring() -> None:
    text = Prompter().reference()
    for name, primitive in PRIMITIVES.items():
        assert f"## {name}(" in text
        assert (primitive.__doc__ or "").strip().split("\n")[0] in text
        assert primitive.rule in text
        for parameter in primitive.parameters():
            assert parameter.metadata["text"] in text
        assert primitive.example in text
    assert "consumed at most once" in text


def test_the_reference_is_the_same_for_every_task() -> None:
    prefixes = {Prompter().prompt(one.task).prefix for one in DEMONSTRATIONS}
    assert len(prefixes) == 1


def test_a_prompt_holds_the_task_and_its_types() -> None:
    prompt = Prompter().prompt(TASK)
    (turn,) = prompt.turns
    assert turn.role == "user"
    assert TASK.to_yaml().rstrip() in turn.text
    assert "`one_and_a_half(x)`" in turn.text
    assert "`f32, [D, N]`" in turn.text


def test_demonstrations_come_in_order_and_end_at_the_budget() -> None:
    everything = Prompter(demonstration_budget=10**6, budget=10**6).prompt(TASK, DEMONSTRATIONS).prefix[1]
    places = [everything.index(f"## {one.task.operator}\n") for one in DEMONSTRATIONS]
    assert places == sorted(places)
    limited = Prompter(demonstration_budget=3000).prompt(TASK, DEMONSTRATIONS).prefix[1]
    assert estimate_tokens(limited) <= 3000
    assert f"## {DEMONSTRATIONS[0].task.operator}\n" in limited
    assert 2 <= limited.count("\n## ") < 26
    for one in DEMONSTRATIONS:
        assert (f"## {one.task.operator}\n" in limited) == (one.body.strip() in limited)


def test_a_prompt_with_all_of_the_paper_as_demonstrations_stays_within_its_budget() -> None:
    prompt = Prompter().prompt(TASK, DEMONSTRATIONS)
    whole = sum(map(estimate_tokens, [*prompt.prefix, *(turn.text for turn in prompt.turns)]))
    assert whole <= Prompter().budget


def test_a_demonstration_takes_about_as_many_tokens_as_in_the_paper() -> None:
    sizes = [estimate_tokens(Prompter().demonstrations([one], 10**6)) for one in DEMONSTRATIONS]
    assert 300 < sum(sizes) / len(sizes) < 1000


def test_a_task_that_cannot_fit_is_told() -> None:
    huge = TASK.model_copy(update={"helpers": "x = 1\n" * 50_000})
    with pytest.raises(PromptTooLong, match="budget"):
        Prompter().prompt(huge)


def test_a_retry_shows_the_body_and_the_diagnostics() -> None:
    prompt = Prompter().prompt(TASK, (), [Feedback("return x", "line 1: STEP-VALUE: wrong\nline 2: more")])
    assert [turn.role for turn in prompt.turns] == ["user", "assistant", "user"]
    assert "return x" in prompt.turns[1].text
    assert "- line 1: STEP-VALUE: wrong" in prompt.turns[2].text


def test_prompts_are_versioned() -> None:
    assert "v1" in versions()
    with pytest.raises(ValueError, match="v1"):
        Prompter("v0")


class Fixed:
    """A model that always says the same."""

    name = "fixed"
    priced = heated = False
    under_way = Usage()

    def __init__(self, text: str, stop: str = "end") -> None:
        self._done = Completion(text, stop, Usage(10, 1024), 0.1, "fixed")  # type: ignore[arg-type]
        self.prompts: list[Prompt] = []

    async def complete(self, prompt: Prompt, **_: object) -> Completion:
        self.prompts.append(prompt)
        return self._done

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("text", "stop", "body", "message"),
    [
        (f"```python\n{SCALE_BODY}\n```", "end", SCALE_BODY, ""),
        (f"```python\n{SCALE_BODY}\n```", "length", SCALE_BODY, ""),  # cut after the block: nothing is missing
        (f"```python\n{SCALE_BODY[:40]}", "length", None, "cut off after 1,024 tokens"),
        ("Let me think", "length", None, "cut off"),
        ("I will not.", "refusal", None, "refused: I will not."),
        ("", "end", None, "empty"),
    ],
)
def test_what_becomes_of_an_answer(text: str, stop: str, body: str | None, message: str) -> None:
    proposer = ModelProposer("fixed", Fixed(text, stop), Prompter())
    proposal = asyncio.run(proposer.propose(Request(SCALE, "", "one_and_a_half", TASK)))
    assert proposal.body == body
    assert message in proposal.message
    assert (proposal.usage.total, proposal.candidates, proposal.prompt_version) == (1034, 1, "v1")
    assert proposal.answer == text
