"""A campaign's solutions as experience."""

from __future__ import annotations

from step.source import read

from step_agents.canonical import canonical
from step_agents.experience import Experience, ExperienceBuffer, ExperienceError
from step_agents.loop.algorithm import Outcome
from step_agents.loop.step_domain import OperatorAnswer, OperatorTask
from step_agents.normal import graph_hash
from step_agents.placing import hole_module


def keep_solved(
    buffer: ExperienceBuffer,
    outcome: Outcome[OperatorTask, OperatorAnswer],
    *,
    run: str,
    version: str,
    proposer: str,
    model: str | None,
    prompt_version: str | None,
) -> list[str]:
    """Adds every solved task to the experience; returns what people should know (a database that cannot be written)."""
    try:
        for one in outcome.solved:
            counts = outcome.counts[one.task.id]
            form = canonical(one.task.task)
            module = read(one.task.text, one.task.path)
            kept = buffer.add(
                Experience(
                    task=one.task.task,
                    task_hash=form.hash,
                    body=one.answer.body,
                    graph_hash=graph_hash(one.answer.program, form),
                    module=hole_module(module, one.task.operator),
                    length=one.answer.program.length,
                    passes=one.passes,
                    samples=one.samples,
                    proposer=proposer,
                    model=model,
                    prompt_version=prompt_version,
                    group=one.task.group,
                    usage=counts.usage,
                    seconds=counts.seconds,
                    candidates=counts.candidates,
                    fixes=one.answer.fixes,
                    source=f"campaign {run}",
                    tool_version=version,
                ),
                replace=True,
            )
            if not kept.valid:  # it was set aside, and has just been verified
                buffer.judge(kept.id, True)
    except ExperienceError as error:
        return [*buffer.notices, error.message]
    return list(buffer.notices)
