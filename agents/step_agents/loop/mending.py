"""The loop's guardian: a failed answer is mended once, and what comes of it counts only if it passes."""

from __future__ import annotations

from dataclasses import replace

from step_agents.errors import ProposerError
from step_agents.loop.domain import A, Domain, Draw, Guardian, Judged, Sample, T
from step_agents.loop.surroundings import Gate, Memory


async def mend(
    domain: Domain[T, A],
    guardian: Guardian[T, A],
    task: T,
    draw: Draw,
    sample: Sample,
    judged: Judged[A],
    *,
    memory: Memory[A] | None,
    gate: Gate,
) -> tuple[Sample, Judged[A]]:
    """The sample with what the guardian cost, and the better verdict: an answer that passed is never touched.

    A guardian's answer is remembered before it is verified, so that it is not paid twice.

    Raises:
        ProposerError: the guardian cannot work at all.
    """
    if judged.passed or sample.text is None:
        return sample, judged
    name = domain.id(task)
    mended = memory.mending(name, draw) if memory else None
    if mended is None:
        try:
            mended = await guardian.mend(task, sample, judged)
        except ProposerError as error:
            gate.spend(error.usage)
            if memory:
                memory.failed(name, draw, error)
            if error.fatal:
                raise
            return replace(sample, usage=sample.usage + error.usage), judged
        if mended is None:
            return sample, judged
        gate.spend(mended.usage)
        if memory:
            memory.mended(name, draw, mended)
        sample = replace(sample, usage=sample.usage + mended.usage, seconds=sample.seconds + mended.seconds)
    if mended.text is None:
        return sample, judged
    again = await domain.judge(task, mended)
    if not again.passed:
        return sample, replace(judged, corrupted=judged.corrupted or again.corrupted)
    return sample, replace(guardian.accept(task, sample, mended, again), mended=True)
