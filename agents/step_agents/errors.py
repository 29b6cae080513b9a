"""Errors of the agents that a user can meet: typed, with a stable code, saying what to do next."""

from __future__ import annotations

from step_agents.usage import Usage


class AgentError(Exception):
    """Something the agents cannot do. ``code`` is stable; ``message`` says what happened and what to do next."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class ProposerError(AgentError):
    """A proposer cannot work.

    ``fatal`` says that asking again will not help (a refused key); ``usage`` is what was paid all the same.
    """

    def __init__(self, code: str, message: str, *, fatal: bool = True, usage: Usage | None = None) -> None:
        super().__init__(code, message)
        self.fatal, self.usage = fatal, usage or Usage()
