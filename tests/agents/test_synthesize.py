"""One operator from hole to verified body, with the real child process, verifiers, database and SDKs."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from step.sandbox import Sandbox
from step.source import read
from step_agents.experience import Experience, ExperienceBuffer
from step_agents.planning import plan
from step_agents.synthesize import Synthesis, SynthesisRequest, synthesize
from step_agents.touched import touched

from tests.agents.samples import SCALE, SCALE_BODY, numbered
from tests.agents.standin import Reply, StandIn

UNCOPIED = "halves = step.Map(fn=half).apply(x)\nreturn step.Map(fn=plus).apply((x, halves))"
WRONG = "a, b = step.Copy().apply(x)\nreturn step.Map(fn=plus).apply((a, b))"
FAR = "halves = step.Map(fn=half).apply(x)\nreturn step.Map(fn=half).apply(halves)"
"""Wrong, and no single change makes it right."""


def code(body: str) -> str:
    return f"```python\n{body}\n```"


def with_body(body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return SCALE.replace("def one_and_a_half(x): ...", f"def one_and_a_half(x):\n{lines}")


@pytest.fixture
def buffer(tmp_path: Path) -> ExperienceBuffer:
    return ExperienceBuffer(str(tmp_path / "experience.db"))


def synthesis(buffer: ExperienceBuffer | None = None, text: str = SCALE, **values: Any) -> Synthesis:
    environment = values.pop("environment", {})
    cancel = values.pop("cancel", None)
    progress = values.pop("progress", lambda _: None)
    given = {"operator": "one_and_a_half", "budget": 30.0, **values}

    async def run() -> Synthesis:
        async with Sandbox() as sandbox:
            request = SynthesisRequest(text, "module.py", **given)
            return await synthesize(
                request, sandbox=sandbox, experience=buffer, environment=environment, cancel=cancel, progress=progress
            )

    return asyncio.run(run())


def claude(server: StandIn) -> dict[str, Any]:
    environment = {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": server.url}
    return {"proposer": "anthropic", "model": "claude-haiku-4-5", "environment": environment}


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    with StandIn(request.param) as made:
        yield made


def test_offline_it_is_solved_without_a_key_and_remembered(buffer: ExperienceBuffer) -> None:
    told: list[str] = []
    found = synthesis(buffer, progress=told.append)
    assert (found.status, found.proposer, found.tokens) == ("solved", "search", 0)
    assert found.program_text is not None
    assert not read(found.program_text).operators[0].is_hole
    assert found.diff.startswith("--- a/module.py\n+++ b/module.py\n")
    assert told
    (kept,) = buffer.all()
    assert (kept.id, kept.body, kept.proposer) == (found.experience, found.body, "search")
    again = synthesis(buffer)
    assert (again.status, again.proposer, again.body) == ("solved", "experience", found.body)


def test_experience_is_used_under_other_names(buffer: ExperienceBuffer) -> None:
    synthesis(buffer)
    renamed = SCALE
    names = {"half": "halve", "plus": "add", "one_and_a_half": "grow", "D": "W", "N": "H", "x": "rows"}
    for name, other in names.items():
        renamed = _renamed(renamed, name, other)
    found = synthesis(buffer, renamed, operator="grow")
    assert (found.status, found.proposer) == ("solved", "experience")
    assert "halve" in (found.body or "")
    assert "rows" in (found.body or "")


@pytest.mark.parametrize("server", [[Reply(code(SCALE_BODY), input_tokens=900, output_tokens=60)]], indirect=True)
def test_a_model_solves_and_is_paid(server: StandIn, buffer: ExperienceBuffer) -> None:
    found = synthesis(buffer, **claude(server))
    assert (found.status, found.proposer, found.model) == ("solved", "anthropic", "claude-haiku-4-5")
    assert found.tokens == 960
    assert found.cost == pytest.approx((900 + 5 * 60) / 1e6)
    (kept,) = buffer.all()
    assert (kept.prompt_version, kept.usage.total, kept.samples) == ("v1", 960, 1)


@pytest.mark.parametrize("server", [[Reply(code(UNCOPIED))]], indirect=True)
def test_the_guardian_mends_and_the_reason_is_kept_for_the_editor(server: StandIn, buffer: ExperienceBuffer) -> None:
    found = synthesis(buffer, **claude(server))
    assert found.status == "solved"
    (fix,) = found.fixes
    assert fix.rule == "insert-copy"
    assert len(server.requests) == 1
    # The file is closed and opened again: the reason is known for the lines that were touched.
    module = read(found.program_text or "")
    (mark,) = touched(buffer, module, module.operators[0])
    lines = (found.program_text or "").split("\n")
    assert "step.Copy()" in lines[mark.span.line]
    assert mark.reason == fix.reason
    # The body is changed: nothing is claimed any more.
    other = read((found.program_text or "").replace("halves", "other"))
    assert touched(buffer, other, other.operators[0]) == ()


@pytest.mark.parametrize("server", [[Reply(code(WRONG)), Reply("I cannot."), Reply(code(SCALE_BODY))]], indirect=True)
def test_a_model_is_shown_what_the_verifier_says(server: StandIn, buffer: ExperienceBuffer) -> None:
    found = synthesis(buffer, **claude(server))
    assert (found.status, found.candidates, len(server.requests)) == ("solved", 3, 3)
    turns = server.requests[1].body["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert WRONG in turns[1]["content"]
    assert "STEP-VALUE" in turns[2]["content"]
    assert "expected" in turns[2]["content"]
    assert buffer.all()[0].samples == 3


@pytest.mark.parametrize("server", [lambda _: Reply(code(WRONG))], indirect=True)
def test_what_stays_unsolved_tells_the_nearest(server: StandIn, buffer: ExperienceBuffer) -> None:
    found = synthesis(buffer, **claude(server), retries=1)
    assert (found.status, found.body, found.nearest) == ("unsolved", None, WRONG)
    assert "differs from the reference" in found.message
    assert buffer.count() == 0


@pytest.mark.parametrize("server", [lambda _: Reply(status=401, message="no")], indirect=True)
def test_a_refused_key_is_an_error_that_says_what_to_do(server: StandIn) -> None:
    found = synthesis(None, **claude(server))
    assert (found.status, found.code) == ("error", "MODEL-KEY-REFUSED")
    assert "check ANTHROPIC_API_KEY" in found.message


def test_a_missing_key_is_an_error_that_says_what_to_do() -> None:
    found = synthesis(None, proposer="anthropic")
    assert (found.status, found.code) == ("error", "MODEL-KEY-MISSING")


def test_an_unknown_proposer_and_operator_are_told() -> None:
    assert synthesis(None, proposer="oracle").code == "PROPOSER-UNKNOWN"
    assert synthesis(None, operator="nothing").code == "SYNTH-OPERATOR"
    unreadable = SCALE.replace("step.stream(f32, [D, N])}", "f()}")
    assert synthesis(None, unreadable).code == "SYNTH-TASK"


@pytest.mark.parametrize("repair", [True, False])
def test_a_reference_without_an_end_does_not_outlive_the_budget(tmp_path: Path, repair: bool) -> None:
    text = with_body(UNCOPIED) if repair else SCALE
    line = next(one for one in text.split("\n") if one.startswith("def reference"))
    endless = text.replace(line, f"{line}\n    while True:\n        pass")
    assert endless != text
    started = time.monotonic()
    found = synthesis(None, endless, repair=repair, proposer="search", budget=2.0)
    assert found.status == "unsolved" and time.monotonic() - started < 60  # it would run for ever
    assert "the reference `reference` " + ("was running" if repair else "takes longer than 2 s") in found.message


def test_repair_mends_what_is_there_and_asks_nobody() -> None:
    found = synthesis(None, with_body(UNCOPIED), repair=True, proposer="anthropic")
    assert (found.status, found.proposer, len(found.fixes)) == ("solved", "guardian", 1)


@pytest.mark.parametrize("server", [[Reply(code(SCALE_BODY))]], indirect=True)
def test_repair_shows_the_model_what_is_there_and_what_is_wrong(server: StandIn) -> None:
    found = synthesis(None, with_body(FAR), repair=True, **claude(server))
    assert found.status == "solved"
    turns = server.requests[0].body["messages"]
    assert FAR in turns[1]["content"]
    assert "STEP-VALUE" in turns[2]["content"]


@pytest.mark.parametrize("server", [lambda _: Reply("x", hang=True)], indirect=True)
def test_cancelling_stops_at_once(server: StandIn) -> None:
    async def run() -> tuple[Synthesis, float]:
        cancel = asyncio.Event()
        async with Sandbox() as sandbox:
            request = SynthesisRequest(SCALE, "module.py", "one_and_a_half", **given)
            work = asyncio.ensure_future(synthesize(request, sandbox=sandbox, environment=environment, cancel=cancel))
            assert await asyncio.to_thread(server.asked.wait, 20)
            started = time.monotonic()
            cancel.set()
            return await work, time.monotonic() - started

    given = claude(server)
    environment = given.pop("environment")
    found, seconds = asyncio.run(run())
    assert found.status == "cancelled"
    assert found.seconds > 0
    assert seconds < 30  # nobody answers, ever
    # What was sent is paid; nobody tells how many tokens it was.
    assert sent(server) / 4 < found.tokens < sent(server)
    assert found.cost and f"{found.tokens:,} of the tokens are an estimate" in found.message


def sent(server: StandIn) -> int:
    """Characters of the texts of a server's last request."""
    asked = server.requests[-1].body
    return sum(len(one["text"]) for one in asked["system"]) + sum(len(one["content"]) for one in asked["messages"])


@pytest.mark.parametrize(
    "server", [lambda asked: Reply("x", hang=True) if len(asked.body["messages"]) > 1 else Reply(code(WRONG))],
    indirect=True,
)  # fmt: skip
def test_a_cancelled_task_tells_what_was_paid_with_the_request_under_way(server: StandIn) -> None:
    async def run() -> Synthesis:
        told: list[Synthesis] = []
        async with Sandbox() as sandbox:
            request = SynthesisRequest(SCALE, "module.py", "one_and_a_half", **given)
            work = asyncio.ensure_future(
                synthesize(request, sandbox=sandbox, environment=environment, cancelled=told.append)
            )
            while len(server.requests) < 2:
                server.asked.clear()
                assert len(server.requests) == 2 or await asyncio.to_thread(server.asked.wait, 20)
            assert not told
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
        (found,) = told
        return found

    given = claude(server)
    environment = given.pop("environment")
    found = asyncio.run(run())
    answered = 150  # the first answer, as the service counted it
    assert found.status == "cancelled" and found.usage.output == 50
    assert answered + sent(server) / 4 < found.tokens < answered + sent(server)
    assert f"; {found.tokens - answered:,} of the tokens are an estimate" in found.message


def test_a_search_that_is_cancelled_has_nothing_to_pay() -> None:
    async def run() -> Synthesis:
        async with Sandbox() as sandbox:
            request = SynthesisRequest(SCALE, "module.py", "one_and_a_half", proposer="search")
            cancel = asyncio.Event()
            return await synthesize(request, sandbox=sandbox, cancel=cancel, progress=lambda _: cancel.set())

    found = asyncio.run(run())
    assert (found.status, found.tokens, found.message) == ("cancelled", 0, "nothing was changed")


def test_a_broken_database_stops_no_synthesis(tmp_path: Path) -> None:
    newer = ExperienceBuffer(str(tmp_path / "newer.db"))
    newer.add(numbered(1))
    with sqlite3.connect(tmp_path / "newer.db") as db:
        db.execute("UPDATE steplang_meta SET value = '99'")
    found = synthesis(ExperienceBuffer(str(tmp_path / "newer.db")))
    assert found.status == "solved"
    assert any("upgrade steplang" in one for one in found.notices)


@contextmanager
def held(buffer: ExperienceBuffer, *, readers: bool) -> Iterator[None]:
    """While another program writes to the database; without ``readers`` nobody else can even read."""
    with closing(sqlite3.connect(buffer.where, isolation_level=None)) as db:
        if not readers:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE steplang_meta SET value = value")
        yield


def test_what_is_known_is_used_while_another_program_writes(buffer: ExperienceBuffer) -> None:
    assert synthesis(buffer).status == "solved"
    buffer.close()
    with held(buffer, readers=True):
        found = synthesis(ExperienceBuffer(buffer.where, wait=0.2))
    assert (found.status, found.proposer, found.notices) == ("solved", "experience", ())


@pytest.mark.parametrize("readers", [True, False])
def test_a_database_that_another_program_holds_stops_no_synthesis(buffer: ExperienceBuffer, readers: bool) -> None:
    buffer.add(numbered(1))
    buffer.close()
    tried: list[str] = []

    class Watched(ExperienceBuffer):
        def of_task(self, task_hash: str) -> list[Experience]:
            tried.append("of_task")
            return super().of_task(task_hash)

        def all(self, *, valid_only: bool = False) -> list[Experience]:
            tried.append("all")
            return super().all(valid_only=valid_only)

    with held(buffer, readers=readers):
        found = synthesis(Watched(buffer.where, wait=0.2), prior=True)
    assert (found.status, found.proposer, found.experience) == ("solved", "search", None)
    told = f"{buffer.where} is held by another program"
    unread = [] if readers else [f"{told}: what it knows was not used"]
    assert [*found.notices] == [*unread, f"{told}: this result was not recorded"]
    assert tried == (["of_task", "all"] if readers else ["of_task"])  # nobody waits for it twice
    assert buffer.count() == 1


def test_a_synthesis_sets_a_broken_database_aside_and_remembers_in_a_new_one(buffer: ExperienceBuffer) -> None:
    path = Path(buffer.where)
    path.write_bytes(b"SQLite format 3\0" + b"rubbish " * 1000)
    found = synthesis(buffer)
    assert (found.status, buffer.count(), len(found.notices)) == ("solved", 1, 1)
    (aside,) = path.parent.glob("*.broken-*")
    assert aside.name in found.notices[0] and "a new one was begun" in found.notices[0]


@pytest.mark.parametrize("server", [[Reply(code(SCALE_BODY))]], indirect=True)
def test_demonstrations_come_from_experience(server: StandIn, buffer: ExperienceBuffer) -> None:
    other = SCALE.replace("return x / 2", "return x / 4").replace("x + x / 2", "x + x / 4")
    other = other.replace("one_and_a_half", "more")
    assert synthesis(buffer, other, operator="more").status == "solved"
    found = synthesis(buffer, **claude(server))
    assert found.status == "solved"
    system = server.requests[0].body["system"]
    assert len(system) == 2
    assert "## more" in system[1]["text"]
    assert "x / 4" in system[1]["text"]


def test_auto_searches_first_and_asks_a_model_where_there_is_a_key() -> None:
    request = SynthesisRequest("", "", "f", budget=60)
    assert plan(request, 60, {}) == [("search", 60)]
    assert plan(request, 60, {"OPENAI_API_KEY": "k"}) == [("search", 30), ("openai", 60)]
    both = {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}
    assert plan(request, 20, both) == [("search", 10), ("anthropic", 20)]
    local = SynthesisRequest("", "", "f", base_url="http://127.0.0.1:11434/v1")
    assert [name for name, _ in plan(local, 60, {})] == ["search", "openai"]


def _renamed(text: str, name: str, other: str) -> str:
    return re.sub(rf"(?<![\w.]){name}\b", other, text)


@pytest.mark.parametrize("repair", [False, True])
def test_an_operator_whose_branch_does_not_run_is_told_before_anybody_is_asked(repair: bool) -> None:
    head, declared = (with_body(FAR) if repair else SCALE).split("@step.operator", 1)
    inside = "".join(f"    {line}\n" for line in f"@step.operator{declared}".splitlines())
    found = synthesis(text=f"{head}if False:\n{inside}", repair=repair)
    assert found.status == "error" and found.code == "STEP-BRANCH" and found.candidates == 0
    assert "`if False:`" in found.message
