"""Who proposes, and for how long: the offline search first, then a model where there is a key."""

from __future__ import annotations

from collections.abc import Mapping

from step_agents.synthesis import SynthesisRequest

SEARCH_FIRST = 30.0
"""Seconds that the search gets in ``auto`` before a model is asked; half of the budget at most."""

_KEYS = {"anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"), "openai": ("OPENAI_API_KEY",)}


def plan(request: SynthesisRequest, left: float, environment: Mapping[str, str]) -> list[tuple[str, float]]:
    """The proposers in order, each with its seconds at most, of ``left`` in all."""
    if request.proposer != "auto":
        return [(request.proposer, left)]
    model = next((name for name, keys in _KEYS.items() if any(environment.get(key) for key in keys)), None)
    if model is None and request.base_url:
        model = "openai"
    if model is None:
        return [("search", left)]
    return [("search", min(SEARCH_FIRST, left / 2)), (model, left)]
