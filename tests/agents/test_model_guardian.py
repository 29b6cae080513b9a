"""The model guardian: only for what no rule mends, its answer is data, and it can make nothing worse."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from step.sandbox import Sandbox
from step_agents.experience import ExperienceBuffer
from step_agents.guardian import alternatives
from step_agents.loop.algorithm import LoopSettings, improve
from step_agents.loop.domain import Judged, Sample
from step_agents.model_guardian import RULE, explained
from step_agents.prompts import Prompter
from step_agents.reading import read_candidate
from step_agents.synthesize import Synthesis, SynthesisRequest, synthesize
from step_agents.task import Task
from step_agents.task_module import module_text
from step_agents.usage import Usage

from tests.agents.samples import SCALE, SCALE_BODY, operator_of
from tests.agents.standin import Reply, Request, StandIn
from tests.agents.test_loop import Letters, Scripted

BROKEN = "halves = step.Map(fn=half).apply(x)\nreturn x + halves"
UNCOPIED = "halves = step.Map(fn=half).apply(x)\nreturn step.Map(fn=plus).apply((x, halves))"
CHECKS_BUT_WRONG = "a, b = step.Copy().apply(x)\nreturn step.Map(fn=plus).apply((a, b))"


def code(body: str) -> str:
    return f"```python\n{body}\n```"


def is_guardian(request: Request) -> bool:
    system = request.body["system"]
    return len(system) > 1 and system[1]["text"].startswith("# Guardian")


def two(proposed: str, mended: str | Reply) -> Any:
    """A model that proposes one body and mends with another answer."""

    def answer(request: Request) -> Reply:
        if not is_guardian(request):
            return Reply(code(proposed), input_tokens=900, output_tokens=60)
        return mended if isinstance(mended, Reply) else Reply(mended, input_tokens=300, output_tokens=40)

    return answer


def synthesis(server: StandIn, buffer: ExperienceBuffer | None = None, text: str = SCALE, **values: Any) -> Synthesis:
    environment = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": server.url}
    given = {"proposer": "anthropic", "model": "claude-haiku-4-5", "guardian": "model", "retries": 0, "budget": 60.0}
    request = SynthesisRequest(text, "module.py", "one_and_a_half", **{**given, **values})

    async def run() -> Synthesis:
        async with Sandbox() as sandbox:
            return await synthesize(request, sandbox=sandbox, experience=buffer, environment=environment)

    return asyncio.run(run())


def asked(server: StandIn) -> int:
    return sum(map(is_guardian, server.requests))


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    with StandIn(request.param) as made:
        yield made


# the prompt


def examples() -> list[tuple[str, str, list[str], str]]:
    """Task, proposed body, diagnostics and mended body of every example in the prompt."""
    text = Prompter().guarding(operator_of(SCALE)[1], BROKEN, ["x"]).prefix[1]
    found: list[tuple[str, str, list[str], str]] = []
    for part in text.split("## Example")[1:]:
        (task,) = re.findall(r"```yaml\n(.*?)```", part, re.DOTALL)
        proposed, mended = re.findall(r"```python\n(.*?)\n```", part, re.DOTALL)
        found.append((task, proposed, re.findall(r"^- (STEP-.*)$", part, re.MULTILINE), mended))
    return found


def test_the_prompt_has_three_examples_that_hold() -> None:
    assert len(examples()) == 3
    for task, proposed, diagnostics, mended in examples():
        operator, _ = operator_of(module_text(Task.from_yaml(task)))
        told = {f"{one.code}: {one.message}" for one in read_candidate(operator, proposed).errors}
        assert told == set(diagnostics)
        assert list(alternatives(operator, proposed)) == []  # no rule mends it
        assert read_candidate(operator, mended).is_right


def test_the_prompt_shares_the_proposers_first_part() -> None:
    _, task = operator_of(SCALE)
    prompt = Prompter().guarding(task, BROKEN, ["line 2: STEP-SUBSET: no"])
    assert prompt.prefix[0] == Prompter().prompt(task).prefix[0]
    assert BROKEN in prompt.turns[0].text
    assert "- line 2: STEP-SUBSET: no" in prompt.turns[0].text


def test_the_fix_names_the_lines_and_the_streams() -> None:
    operator, _ = operator_of(SCALE)
    fix = explained(operator, BROKEN, SCALE_BODY, "claude")
    assert (fix.rule, tuple(fix.before), tuple(fix.after)) == (RULE, (0, 0, 1, 17), (0, 0, 2, 44))
    assert fix.streams == ("x0", "x1", "x", "halves")
    assert "streams have no operators" in fix.reason
    lines = SCALE_BODY.split("\n")
    fix = explained(operator, "\n".join([*lines[:2], "return x0 + halves"]), SCALE_BODY, "claude", ("Copy",))
    assert (tuple(fix.before), tuple(fix.after)) == ((2, 0, 2, 18), (2, 0, 2, 44))
    assert (fix.old, fix.new) == ("return x0 + halves", lines[2])
    assert "Then: Copy." in fix.reason


# one operator


@pytest.mark.parametrize("server", [two(BROKEN, code(SCALE_BODY))], indirect=True)
def test_a_model_mends_what_no_rule_does(server: StandIn, tmp_path: Path) -> None:
    buffer = ExperienceBuffer(str(tmp_path / "experience.db"))
    found = synthesis(server, buffer)
    assert (found.status, found.proposer, found.body) == ("solved", "anthropic", SCALE_BODY)
    assert [one.rule for one in found.fixes] == [RULE]
    assert (asked(server), len(server.requests)) == (1, 2)
    assert found.tokens == 960 + 340
    assert found.cost == pytest.approx((900 + 5 * 60 + 300 + 5 * 40) / 1e6)
    assert buffer.all()[0].fixes[0]["rule"] == RULE


@pytest.mark.parametrize("server", [two(BROKEN, code(UNCOPIED))], indirect=True)
def test_rules_finish_what_the_model_begins(server: StandIn) -> None:
    found = synthesis(server)
    assert found.status == "solved"
    assert [one.rule for one in found.fixes] == [RULE]
    assert "Then: " in found.fixes[0].reason


@pytest.mark.parametrize("server", [two(BROKEN, code(SCALE_BODY))], indirect=True)
def test_it_is_off_by_default(server: StandIn) -> None:
    found = synthesis(server, guardian="rules")
    assert (found.status, found.nearest, asked(server)) == ("unsolved", BROKEN, 0)


@pytest.mark.parametrize("server", [two(UNCOPIED, code(SCALE_BODY))], indirect=True)
def test_what_rules_mend_is_not_shown_to_the_model(server: StandIn) -> None:
    found = synthesis(server)
    assert (found.status, [one.rule for one in found.fixes], asked(server)) == ("solved", ["insert-copy"], 0)


@pytest.mark.parametrize("server", [two(CHECKS_BUT_WRONG, code(SCALE_BODY))], indirect=True)
def test_a_body_that_checks_is_not_touched(server: StandIn) -> None:
    found = synthesis(server)
    assert (found.status, found.nearest, asked(server)) == ("unsolved", CHECKS_BUT_WRONG, 0)


@pytest.mark.parametrize(
    "server",
    [
        two(BROKEN, code(CHECKS_BUT_WRONG)),
        two(BROKEN, code("import os\nos.system('true')\nreturn x")),
        two(BROKEN, code("return x.__class__")),
        two(BROKEN, "I would rather not."),
        two(BROKEN, ""),
        two(BROKEN, Reply("no", stop="refusal")),
        two(BROKEN, Reply(code(SCALE_BODY)[:60], stop="max_tokens")),
    ],
    indirect=True,
)
def test_else_the_proposers_version_stays(server: StandIn) -> None:
    found = synthesis(server)
    assert (found.status, found.nearest, found.fixes) == ("unsolved", BROKEN, ())
    assert asked(server) == 1
    assert found.tokens > 960


@pytest.mark.parametrize("server", [two(BROKEN, Reply(status=400, message="not this"))], indirect=True)
def test_a_guardian_that_fails_stops_nothing(server: StandIn) -> None:
    found = synthesis(server, retries=2)
    assert (found.status, found.nearest) == ("unsolved", BROKEN)
    assert any("the model guardian is left out" in one for one in found.notices)
    assert (asked(server), len(server.requests)) == (1, 4)


@pytest.mark.parametrize("server", [two(BROKEN, code(SCALE_BODY))], indirect=True)
def test_without_a_model_a_notice_says_so(server: StandIn) -> None:
    found = synthesis(server, proposer="search", model=None)
    assert found.status == "solved"
    assert any("needs a proposer that asks a model" in one for one in found.notices)
    assert server.requests == []


# the loop, over any domain


class Capital:
    """Mends by writing small letters; says no to what holds "!" ."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def mend(self, task: str, sample: Sample, judged: Judged[str]) -> Sample | None:
        assert not judged.passed
        text = sample.text or ""
        self.asked.append(text)
        return None if "!" in text else Sample(text.lower(), Usage(7, 3, cost=0.5))

    def accept(self, task: str, sample: Sample, mended: Sample, judged: Judged[str]) -> Judged[str]:
        return judged


class Loud(Scripted):
    """Answers in capitals, in turn right and wrong for whoever does not look at case, and with "!"."""

    async def sample(self, task: str, demonstrations: Any, draw: Any) -> Sample:
        return Sample((task.upper(), "Z", "!", task)[draw.index], Usage(10, 5, cost=0.25))


def test_the_loop_counts_what_was_mended_and_paid() -> None:
    guardian = Capital()
    settings = LoopSettings(4, (None,), parallel=1, improve=False)
    outcome = asyncio.run(improve(Letters(), Loud(lambda *_: 0), ["a"], settings, guardian=guardian))
    counts = outcome.counts["a"]
    assert guardian.asked == ["A", "Z", "!"]
    assert (counts.samples, counts.passes, counts.mended, counts.corrupted) == (4, 2, 1, 0)
    assert (counts.usage.total, counts.usage.cost) == (4 * 15 + 2 * 10, 4 * 0.25 + 2 * 0.5)
