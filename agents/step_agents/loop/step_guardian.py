"""The model guardian as the loop's guardian of operators."""

from __future__ import annotations

from dataclasses import replace

from step_agents.loop.domain import Judged, Sample
from step_agents.loop.step_domain import OperatorAnswer, OperatorTask
from step_agents.model_guardian import ModelGuardian, explained, model_guardian
from step_agents.proposers.base import Proposer


class OperatorGuardian:
    """Shows a model the bodies that no rule mends. ``seconds`` bounds one answer."""

    def __init__(self, guardian: ModelGuardian, seconds: float) -> None:
        self._guardian, self._seconds = guardian, seconds

    async def mend(self, task: OperatorTask, sample: Sample, judged: Judged[OperatorAnswer]) -> Sample | None:
        """The model's version; None for a body that checks, or is too long.

        Raises:
            ProposerError: there is no answer.
        """
        if sample.text is None:
            return None
        found = await self._guardian.mend(task.operator, task.task, sample.text, self._seconds)
        if found is None:
            return None
        return Sample(
            found.body,
            found.usage,
            found.seconds,
            message=found.message,
            proposer="guardian",
            model=found.model,
            prompt_version=found.prompt_version,
            answer=found.answer,
        )

    def accept(
        self, task: OperatorTask, sample: Sample, mended: Sample, judged: Judged[OperatorAnswer]
    ) -> Judged[OperatorAnswer]:
        """The verdict with the one fix that says what the model changed."""
        answer = judged.answer
        if answer is None or sample.text is None:
            return judged
        rules = tuple(str(one["title"]) for one in answer.fixes)
        fix = explained(task.operator, sample.text, answer.body, mended.model or "a model", rules)
        details = {"proposed_right": False, "fixes": 1, "model_guardian": True}
        return replace(judged, answer=replace(answer, fixes=(fix.to_json(),)), details=details)


def operator_guardian(proposer: Proposer, seconds: float) -> OperatorGuardian | None:
    """A guardian that asks the proposer's model; None where it asks none."""
    made = model_guardian(proposer)
    return None if made is None else OperatorGuardian(made, seconds)
