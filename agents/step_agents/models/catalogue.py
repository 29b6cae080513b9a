"""What is known of models: prices, and which parameters they take. Data: ``catalogue.yaml``, and a file of the user's.

The user's file is ``models.yaml`` in the user's configuration folder, or what ``STEPLANG_MODELS`` names. Its entries
come first, so that a price that has changed, or one that was agreed on, is right without a new version of the tool.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import yaml
from platformdirs import user_config_path

from step_agents.errors import ProposerError
from step_agents.usage import Usage

_T = TypeVar("_T")

VARIABLE = "STEPLANG_MODELS"
"""The environment variable that names another file of the user's."""

ANSWER_TOKENS = 1024
"""The paper's bound on an answer's tokens."""

THINKING_TOKENS = 16_000
"""The bound for models whose reasoning counts as output."""

_DATED = re.compile(r"[-@:](latest|\d{6,8}|\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True)
class Card:
    """One model: prices in dollars a million tokens (None: unknown), whether it takes a temperature, and whether its
    reasoning counts as output. What is read from and written to the cache costs as input where nothing else is said."""

    input: float | None = None
    output: float | None = None
    cache_read: float | None = None
    cache_write: float | None = None
    temperature: bool = True
    thinking: bool = False

    @property
    def max_tokens(self) -> int:
        """The bound on an answer's tokens where the user gives none."""
        return THINKING_TOKENS if self.thinking else ANSWER_TOKENS

    def priced(self, usage: Usage) -> Usage:
        """The usage with its cost."""
        if self.input is None or self.output is None:
            return replace(usage, cost=None)
        dollars = (
            usage.input * self.input
            + usage.output * self.output
            + usage.cache_read * (self.input if self.cache_read is None else self.cache_read)
            + usage.cache_write * (self.input if self.cache_write is None else self.cache_write)
        )
        return replace(usage, cost=dollars / 1e6)


@functools.cache
def cards() -> dict[str, Card]:
    """All models that the tool knows, by name."""
    text = resources.files("step_agents.models").joinpath("catalogue.yaml").read_text("utf-8")
    return {name: Card(**entry) for name, entry in _read(text, "catalogue.yaml").items()}


def own_file(environment: Mapping[str, str] | None = None) -> Path:
    """Where the user's own file is, or would be."""
    named = (os.environ if environment is None else environment).get(VARIABLE)
    return Path(named).expanduser() if named else user_config_path("steplang") / "models.yaml"


def own_entries(environment: Mapping[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """What the user's file says of models, by name; nothing where there is no file.

    Raises:
        ProposerError: the file cannot be read, or is no catalogue.
    """
    path = own_file(environment)
    if not path.exists() and not (os.environ if environment is None else environment).get(VARIABLE):
        return {}
    try:
        return _read(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ProposerError("MODEL-CATALOGUE", f"{path} cannot be read: {error}") from None


def card(model: str, unknown: Card = Card(), environment: Mapping[str, str] | None = None) -> Card:
    """The card of a model: the user's own, else the vendor's; ``unknown`` where there is none.

    A dated name (``…-20261122``, ``…-2026-11-22``, ``…-latest``) is the model without the date. Another number is
    another model: its price is not guessed.

    Raises:
        ProposerError: the user's file is no catalogue.
    """
    return own_card(model, _find(cards(), model) or unknown, environment)


def own_card(model: str, unknown: Card = Card(), environment: Mapping[str, str] | None = None) -> Card:
    """The card with what the user's file says of the model; as it is where that says nothing.

    Raises:
        ProposerError: the user's file is no catalogue.
    """
    entry = _find(own_entries(environment), model)
    if entry is None:
        return unknown
    if "input" in entry:  # the vendor's prices of the cache do not belong to another price
        unknown = replace(unknown, cache_read=None, cache_write=None)
    return replace(unknown, **entry)


def _find(known: Mapping[str, _T], model: str) -> _T | None:
    if model in known:
        return known[model]
    dated = [name for name in known if model.startswith(name) and _DATED.fullmatch(model[len(name) :])]
    return known[max(dated, key=len)] if dated else None


def _read(text: str, where: str) -> dict[str, dict[str, Any]]:
    try:
        values: Any = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ProposerError("MODEL-CATALOGUE", f"{where} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise ProposerError("MODEL-CATALOGUE", f"{where} is not a catalogue: it must map names of models to prices")
    return {str(name): _entry(entry, f"{where}: {name}") for name, entry in values.items()}


def _entry(entry: Any, where: str) -> dict[str, Any]:
    kinds = {one.name: bool if one.name in ("temperature", "thinking") else float for one in fields(Card)}
    if not isinstance(entry, dict):
        raise ProposerError("MODEL-CATALOGUE", f"{where} must have some of {', '.join(kinds)}")
    for name, value in entry.items():
        if name not in kinds:
            raise ProposerError("MODEL-CATALOGUE", f"{where}: there is no {name}; one of {', '.join(kinds)}")
        right = isinstance(value, bool) if kinds[name] is bool else _is_price(value)
        if not right:
            told = "true or false" if kinds[name] is bool else "dollars a million tokens, 0 or more"
            raise ProposerError("MODEL-CATALOGUE", f"{where}: {name} must be {told}; got {value!r}")
    return {str(name): value for name, value in entry.items()}


def _is_price(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")
