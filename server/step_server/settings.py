"""The settings of section ``step``, as clients send them (docs/protocol.md)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeGuard


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person chose. Times are seconds, memory is MiB."""

    interpreter: str | None = None
    check_on_save: bool = True
    check_timeout: float = 20.0
    check_memory: int = 4096
    inlay_hints: bool = True
    proposer: str = "auto"
    budget: float = 60.0
    apply_mode: str = "apply"
    guardian: Literal["rules", "model"] = "rules"
    repairs: int = 3
    seed: int = 0
    prior: bool = False
    model: str | None = None
    base_url: str | None = None
    experience_url: str | None = None
    trusted: bool = True


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    raise ValueError("must be a text")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("must be true or false")


def _is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a number that JSON means: not `1e999`, which Python reads as infinite, and no flag."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _positive(value: object) -> float:
    if _is_number(value) and value > 0:
        return float(value)
    raise ValueError("must be a number above 0")


def _count(value: object) -> int:
    if _is_number(value) and value >= 0 and value == int(value):
        return int(value)
    raise ValueError("must be a whole number, 0 or more")


def _one_of(*names: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value in names:
            return str(value)
        raise ValueError(f"must be one of {', '.join(names)}")

    return read


_KEYS: Mapping[str, tuple[str, Callable[[object], Any]]] = {
    "interpreter": ("interpreter", _text),
    "check.onSave": ("check_on_save", _flag),
    "check.timeout": ("check_timeout", _positive),
    "check.memory": ("check_memory", lambda value: int(_positive(value))),
    "inlayHints": ("inlay_hints", _flag),
    "proposer": ("proposer", _one_of("auto", "search", "anthropic", "openai")),
    "budget": ("budget", _positive),
    "applyMode": ("apply_mode", _one_of("apply", "preview")),
    "guardian": ("guardian", _one_of("rules", "model")),
    "repairs": ("repairs", _count),
    "seed": ("seed", _count),
    "prior": ("prior", _flag),
    "model": ("model", _text),
    "baseUrl": ("base_url", _text),
    "experience.url": ("experience_url", _text),
    "trusted": ("trusted", _flag),
}


def read_settings(values: object, base: Settings) -> tuple[Settings, tuple[str, ...]]:
    """The settings that JSON values say, nested or with dotted keys, and a complaint for each that makes no sense.

    A key that is missing, or ``null`` where null means nothing, keeps its value in ``base``.
    """
    if not isinstance(values, Mapping):
        return base, ()
    changes: dict[str, Any] = {}
    complaints: list[str] = []
    for key, value in _flatten(values):
        known = _KEYS.get(key)
        if known is None:
            continue
        name, convert = known
        if value is None and convert is not _text:
            continue
        try:
            changes[name] = convert(value)
        except ValueError as error:
            complaints.append(f"step.{key} {error}; got {value!r}")
    return replace(base, **changes), tuple(complaints)


def _flatten(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        name = f"{prefix}{key}".removeprefix("step.")
        if isinstance(value, Mapping):
            found.extend(_flatten(value, "" if name == "step" else f"{name}."))
        else:
            found.append((name, value))
    return found
