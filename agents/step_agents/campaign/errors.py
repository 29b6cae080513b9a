"""What can go wrong with a campaign."""

from __future__ import annotations

from step_agents.errors import AgentError


class CampaignError(AgentError):
    """A campaign cannot run: no such suite, a run that cannot be resumed, a cluster that does not answer."""
