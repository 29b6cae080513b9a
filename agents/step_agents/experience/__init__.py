"""The experience buffer: every verified synthesis, kept for the next one."""

from __future__ import annotations

from step_agents.experience.buffer import ExperienceBuffer
from step_agents.experience.engine import PATIENCE
from step_agents.experience.errors import ExperienceError
from step_agents.experience.location import default_url, resolve_url
from step_agents.experience.record import Experience

__all__ = ["PATIENCE", "Experience", "ExperienceBuffer", "ExperienceError", "default_url", "resolve_url"]
