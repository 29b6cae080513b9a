"""The model guardian around one synthesis: what no rule mends is shown to a model once, and tried again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from step.source import OperatorSource

from step_agents.errors import ProposerError
from step_agents.model_guardian import explained, model_guardian
from step_agents.proposers import create
from step_agents.proposers.base import Proposer, Settings
from step_agents.proposers.model import ModelProposer
from step_agents.task import Task
from step_agents.trying import Trial
from step_agents.usage import Usage


class Mender:
    """Mends failed trials with a proposer's model; without one it leaves everything as it is, and a notice says so."""

    def __init__(self, names: list[str], settings: Callable[[str], Settings]) -> None:
        self.notices: tuple[str, ...] = ()
        self._proposer: Proposer | None = None
        try:
            name = next((one for one in names if one != "search"), None)
            self._proposer = create(name, settings(name)) if name else None
        except ProposerError as error:
            self.notices = (f"the model guardian is left out: {error.message}",)
            return
        self._guardian = model_guardian(self._proposer) if self._proposer else None
        if self._guardian is None:
            self.notices = ("the model guardian is left out: it needs a proposer that asks a model",)

    async def mend(
        self,
        operator: OperatorSource,
        task: Task,
        proposed: str,
        trial: Trial,
        seconds: float,
        again: Callable[[str], Awaitable[Trial]],
    ) -> tuple[Trial, Usage]:
        """The mended body's trial if it passes, else the trial as it was; what was paid. ``again`` tries a body.

        A model that cannot be asked is a notice, once, and the guardian is left out from then on.
        """
        if self.notices or self._guardian is None or trial.passed or seconds <= 0:
            return trial, Usage()
        try:
            found = await self._guardian.mend(operator, task, proposed, seconds)
        except ProposerError as error:
            self.notices = (f"the model guardian is left out: {error.message}",)
            return trial, error.usage
        if found is None:
            return trial, Usage()
        if found.body is None:
            return trial, found.usage
        tried = await again(found.body)
        if not tried.passed:
            return trial, found.usage
        fix = explained(operator, proposed, tried.body, found.model, tuple(one.title for one in tried.fixes))
        return replace(tried, fixes=(fix,), proposed_right=trial.proposed_right), found.usage

    @property
    def under_way(self) -> Usage:
        """What its request under way comes to if it is given up now: an estimate."""
        return self._proposer.under_way if isinstance(self._proposer, ModelProposer) else Usage()

    async def close(self) -> None:
        """Gives back connections."""
        if self._proposer is not None:
            await self._proposer.close()
