"""The optional second guardian: a language model for what no rule mends (the paper's guardian; 3-self-improvement).

It is asked only about bodies that do not check and that no rewrite brought to pass. Its answer is text like a
proposer's: read as data, checked, verified by the caller; if that does not pass, the proposer's version stays. So it
can make nothing worse.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from step.diagnostic import Span
from step.source import OperatorSource
from step.source.split import split_lines

from step_agents.answer import read_answer
from step_agents.guardian import Fix
from step_agents.models.base import Model
from step_agents.prompts import Prompter, PromptTooLong
from step_agents.proposers.base import Proposer
from step_agents.proposers.model import ModelProposer
from step_agents.reading import read_candidate
from step_agents.task import Task
from step_agents.trying import cleaned
from step_agents.usage import Usage

RULE = "model-guardian"
_NAME = re.compile(r"[^\W\d]\w*")
_TARGETS = re.compile(r"^[ \t]*(\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*=(?!=)")


@dataclass(frozen=True, slots=True)
class Mending:
    """What a model made of a body: ``body`` is None where its answer holds none (``message`` says why)."""

    body: str | None
    model: str
    prompt_version: str
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    message: str = ""
    answer: str = ""


class ModelGuardian:
    """Asks a model to mend bodies."""

    def __init__(self, model: Model, prompter: Prompter) -> None:
        self._model, self._prompter = model, prompter

    async def mend(self, operator: OperatorSource, task: Task, body: str, seconds: float) -> Mending | None:
        """The model's version of a body; None if the body checks (it is not touched) or is too long to show.

        Raises:
            ProposerError: there is no answer.
        """
        body = cleaned(body)
        reading = await asyncio.to_thread(read_candidate, operator, body)
        if reading.is_right:
            return None
        told = [f"line {one.span.line + 1}: {one.code}: {one.message}" for one in reading.errors]
        try:
            prompt = self._prompter.guarding(task, body, told or ["the body is not complete"])
        except PromptTooLong:
            return None
        done = await self._model.complete(prompt, temperature=0.0, seconds=seconds)
        answer = read_answer(done.text, operator.name)
        found, message = answer.body, answer.problem
        if found is not None and done.stop == "length" and answer.cut:
            found, message = None, f"the answer was cut off after {done.usage.output:,} tokens"
        if done.stop == "refusal":
            found, message = None, "the model refused"
        return Mending(found, done.model, self._prompter.version, done.usage, done.seconds, message, done.text)


def model_guardian(proposer: Proposer) -> ModelGuardian | None:
    """A guardian that asks the proposer's model; None where the proposer asks none."""
    return ModelGuardian(proposer.service, proposer.prompter) if isinstance(proposer, ModelProposer) else None


def explained(operator: OperatorSource, proposed: str, final: str, model: str, rules: tuple[str, ...] = ()) -> Fix:
    """The change from a proposed body to the one that passed, as one fix: the lines from the first to the last changed.

    ``rules`` are the titles of what rewrites changed after the model.
    """
    proposed = cleaned(proposed)
    reading = read_candidate(operator, proposed)
    old, new = split_lines(proposed), split_lines(final)
    start = 0
    while start < min(len(old), len(new)) - 1 and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start - 1 and old[-1 - end] == new[-1 - end]:
        end += 1
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    told = "; ".join(dict.fromkeys(one.message for one in reading.errors)) or "the body is not complete"
    then = f" Then: {'; '.join(rules)}." if rules else ""
    written = "\n".join(after)
    defined = {name for line in new if (found := _TARGETS.match(line)) for name in _NAME.findall(found[1])}
    known = defined | {name for name, _ in operator.parameters}
    return Fix(
        RULE,
        f"Rewritten by {model}",
        Span(start, 0, start + len(before) - 1, len(before[-1])),
        Span(start, 0, start + len(after) - 1, len(after[-1])),
        f"The static check said: {told}. No rule mends that, so {model} rewrote these lines.{then} "
        "The result was checked and verified again.",
        tuple(dict.fromkeys(name for name in _NAME.findall(written) if name in known)),
        "\n".join(before),
        written,
    )
