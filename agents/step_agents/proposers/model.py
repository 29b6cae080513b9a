"""Proposing with a language model: prompt, answer, body. Shared by the proposers that ask one."""

from __future__ import annotations

from step_agents.answer import read_answer
from step_agents.errors import ProposerError
from step_agents.models.base import Completion, Model
from step_agents.prompts import Prompter, PromptTooLong
from step_agents.proposers.base import Progress, Proposal, Request, silent
from step_agents.usage import Usage

_EVERY = 400


class ModelProposer:
    """Asks a model for a body. An answer without one is a failed proposal, not an error: it counts as a sample."""

    def __init__(self, name: str, model: Model, prompter: Prompter) -> None:
        self._name, self._model, self._prompter = name, model, prompter

    @property
    def name(self) -> str:
        """The proposer's name."""
        return self._name

    @property
    def model(self) -> str | None:
        """The model's name."""
        return self._model.name

    @property
    def service(self) -> Model:
        """The model itself, for who else asks it: one bound of requests under way holds for all."""
        return self._model

    @property
    def under_way(self) -> Usage:
        """What its model's requests under way come to if they are given up now: an estimate."""
        return self._model.under_way

    @property
    def prompter(self) -> Prompter:
        """Renders its prompts."""
        return self._prompter

    async def propose(self, request: Request, progress: Progress = silent) -> Proposal:
        """One answer of the model, read.

        Raises:
            ProposerError: there is no answer.
        """
        try:
            prompt = self._prompter.prompt(request.task, request.demonstrations, request.feedback)
        except PromptTooLong as error:
            raise ProposerError("MODEL-TOO-LARGE", str(error)) from None
        told = 0

        def received(characters: int) -> None:
            nonlocal told
            if characters - told >= _EVERY or told == 0:
                told = characters
                progress(f"{self._model.name} · {characters:,} characters")

        progress(f"asking {self._model.name}")
        completion = await self._model.complete(
            prompt, temperature=request.temperature, received=received, seconds=request.seconds
        )
        return self._proposal(request, completion)

    async def close(self) -> None:
        """Closes the model's connections."""
        await self._model.close()

    def _proposal(self, request: Request, completion: Completion) -> Proposal:
        answer = read_answer(completion.text, request.operator)
        body, message = answer.body, answer.problem
        match completion.stop:
            case "length" if body is None or answer.cut:
                body = None
                message = f"the answer was cut off after {completion.usage.output:,} tokens: allow more"
            case "refusal":
                body, message = None, "the model refused: " + " ".join(completion.text.split())[:200]
            case "end" | "length" if answer.cut and body is not None:
                message = "the answer's code block is not closed"
        return Proposal(
            body,
            self._name,
            self._model.name,
            completion.usage,
            completion.seconds,
            candidates=1,
            message=message,
            answer=completion.text,
            prompt_version=self._prompter.version,
        )
