"""Prompts as versioned files: a folder a version, rendered from the primitives' docstrings and the structural IR."""

from step_agents.prompts.render import Prompter, PromptTooLong, versions

__all__ = ["PromptTooLong", "Prompter", "versions"]
