"""Experience that no longer holds is found and set aside, not deleted."""

from __future__ import annotations

import asyncio
from pathlib import Path

from step.sandbox import Sandbox
from step_agents.experience import ExperienceBuffer
from step_agents.experience.recheck import Rechecked, as_module, recheck
from step_agents.experience.retrieve import demonstrations

from tests.agents.samples import SCALE, SCALE_BODY, experience, operator_of


def checked(buffer: ExperienceBuffer) -> Rechecked:
    async def run() -> Rechecked:
        async with Sandbox() as sandbox:
            return await recheck(buffer, sandbox)

    return asyncio.run(run())


def test_what_no_longer_holds_is_set_aside_and_taken_back_when_it_does(tmp_path: Path) -> None:
    buffer = ExperienceBuffer(str(tmp_path / "experience.db"))
    good = buffer.add(experience())
    wrong = buffer.add(experience(graph_hash="wrong", body=SCALE_BODY.replace("(x0, halves)", "(halves, halves)")))
    false = buffer.add(
        experience(graph_hash="false", body="a, b = step.Copy().apply(x)\nreturn step.Map(fn=plus).apply((a, b))")
    )
    lost = buffer.add(experience(graph_hash="lost", module=SCALE.replace("def one_and_a_half", "def another")))
    returned = buffer.add(experience(graph_hash="returned", valid=False, invalid_reason="of another version"))
    found = checked(buffer)
    assert set(found.valid) == {good.id, returned.id}
    assert found.taken_back == (returned.id,)
    assert {id for id, _ in found.set_aside} == {wrong.id, false.id, lost.id}
    reasons = dict(found.set_aside)
    assert "STEP-AFFINE" in reasons[wrong.id]
    assert "differs from the reference" in reasons[false.id]
    assert "no operator" in reasons[lost.id]
    assert buffer.count() == 5
    kept = buffer.get(false.id)
    assert kept is not None
    assert not kept.valid
    assert kept.invalid_reason == reasons[false.id]
    assert found.message == "2 hold, 3 set aside, 1 hold again"
    assert checked(buffer).set_aside[0][0] in reasons


def test_a_reference_that_hangs_decides_nothing(tmp_path: Path) -> None:
    buffer = ExperienceBuffer(str(tmp_path / "experience.db"))
    one = buffer.add(experience(SCALE.replace("    return x + x / 2", "    while True: pass")))

    async def run() -> Rechecked:
        async with Sandbox() as sandbox:
            return await recheck(buffer, sandbox, timeout=1.0)

    found = asyncio.run(run())
    assert [id for id, _ in found.undecided] == [one.id]
    kept = buffer.get(one.id)
    assert kept is not None
    assert kept.valid


def test_an_experience_is_shown_as_a_module() -> None:
    text = as_module(experience())
    operator, _ = operator_of(text)
    assert not operator.is_hole
    assert "    x0, x1 = step.Copy().apply(x)" in text


def test_demonstrations_are_hard_first_then_alike_and_never_the_task_itself() -> None:
    _, task = operator_of(SCALE)

    def other(number: int, passes: int, text: str = SCALE, **values: object) -> object:
        return experience(text, task_hash=f"t{number}", passes=passes, samples=64, **values)

    unlike = SCALE.replace("f32, [D, N]", "step.Buffer(f32, [4]), [D, N]")
    known = [
        other(1, 64),
        other(2, 1, unlike),
        other(3, 1),
        other(4, 30),
        other(5, 2, valid=False),
        other(6, 2, accepted=False),
        other(7, 64, unlike),
        experience(passes=1, samples=64),
    ]
    chosen = demonstrations(known, task, 4)  # type: ignore[arg-type]
    assert [one.rate for one in chosen] == [1 / 64, 1 / 64, 30 / 64, 1.0]
    assert chosen[0].task == task  # of the two hard ones the one with the same types
    assert chosen[3].task == task
    assert demonstrations(known, task, 0) == ()  # type: ignore[arg-type]


def test_one_experience_can_be_verified_alone(tmp_path: Path) -> None:
    buffer = ExperienceBuffer(f"sqlite:///{tmp_path / 'experience.db'}")
    one = buffer.add(experience())
    buffer.add(experience(graph_hash="other"))

    async def run() -> Rechecked:
        async with Sandbox() as sandbox:
            return await recheck(buffer, sandbox, only=one.id)

    assert asyncio.run(run()).valid == (one.id,)
