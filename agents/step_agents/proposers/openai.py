"""The proposer ``openai``: any OpenAI-compatible service."""

from __future__ import annotations

from step_agents.models.openai import OpenAIModel
from step_agents.prompts import Prompter
from step_agents.proposers.base import Proposer, Settings
from step_agents.proposers.model import ModelProposer


def create(settings: Settings) -> Proposer:
    """The proposer with these settings.

    Raises:
        ProposerError: there is no key, or the extra is not installed.
    """
    model = OpenAIModel(settings.model, settings.access)
    return ModelProposer("openai", model, Prompter(settings.prompt_version))
