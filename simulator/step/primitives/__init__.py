"""The primitives. Each is a module of this package; a new module is a new primitive, and nothing else changes."""

from __future__ import annotations

import importlib
import pkgutil

from step.primitives.base import Data, Primitive, RuleViolation, RunContext, TypeContext


def _discover() -> dict[str, type[Primitive]]:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    found = (cls for cls in Primitive.__subclasses__() if cls.__module__.startswith(f"{__name__}."))
    return {cls.__name__: cls for cls in sorted(found, key=lambda cls: cls.__name__)}


PRIMITIVES: dict[str, type[Primitive]] = _discover()
"""Every primitive by its name."""

SPELLINGS: dict[str, type[Primitive]] = {
    **PRIMITIVES,
    **{alias: cls for cls in PRIMITIVES.values() for alias in cls.aliases},
}
"""Every primitive by every name it may be written with."""

__all__ = ["PRIMITIVES", "SPELLINGS", "Data", "Primitive", "RuleViolation", "RunContext", "TypeContext"]
