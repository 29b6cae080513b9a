"""The proposers. Each is a module or package of this package, found by its name."""

from __future__ import annotations

import importlib
import pkgutil

from step_agents.proposers.base import Proposer, ProposerError, Settings

_NOT_PROPOSERS = frozenset({"asking", "base", "model"})


def names() -> tuple[str, ...]:
    """The names of all proposers."""
    return tuple(sorted(one.name for one in pkgutil.iter_modules(__path__) if one.name not in _NOT_PROPOSERS))


def create(name: str, settings: Settings) -> Proposer:
    """The proposer of that name.

    Raises:
        ProposerError: there is none, or it cannot work with these settings (no key, an extra that is not installed).
    """
    if name not in names():
        raise ProposerError("PROPOSER-UNKNOWN", f"there is no proposer {name!r}; one of {', '.join(names())}")
    module = importlib.import_module(f"{__name__}.{name}")
    proposer: Proposer = module.create(settings)
    return proposer
