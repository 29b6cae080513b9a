"""The proposer ``anthropic``: Claude."""

from __future__ import annotations

from step_agents.models.anthropic import AnthropicModel
from step_agents.prompts import Prompter
from step_agents.proposers.base import Proposer, Settings
from step_agents.proposers.model import ModelProposer


def create(settings: Settings) -> Proposer:
    """The proposer with these settings.

    Raises:
        ProposerError: there is no key.
    """
    model = AnthropicModel(settings.model, settings.access)
    return ModelProposer("anthropic", model, Prompter(settings.prompt_version))
