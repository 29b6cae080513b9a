"""Prompts as versioned files: a folder a version, rendered from the primitives' docstrings and the structural IR."""

from step_agents.prompts.render import Prompter, PromptTooLong, estimate_tokens, versions

__all__ = ["PromptTooLong", "Prompter", "estimate_tokens", "versions"]
