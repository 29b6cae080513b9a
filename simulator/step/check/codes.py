"""Every diagnostic code, with what it means and what to do; gathered from where each is reported."""

from __future__ import annotations

import importlib
import pkgutil

from step.check import rules

READING = {
    "STEP-SYNTAX": "The text does not parse as Python. Finish the statement; the other operators are still checked.",
    "STEP-SUBSET": "A body is data: it names primitives, the given functions, whole numbers, dimensions and streams, "
    "and nothing else. Move the computation into a function declared with @step.fn.",
    "STEP-NAME": "Nothing of this name is defined. Check the spelling, declare it in the module, or import it (`import "
    "step`).",
    "STEP-PARAM": "A primitive's parameter is missing, unknown or of the wrong kind. Hover the primitive for its rule.",
    "STEP-ARITY": "A primitive takes another number of streams, or gives another number than is unpacked.",
    "STEP-RETURN": "The body ends without `return`: an operator returns its output streams.",
    "STEP-DECLARATION": "A declaration of step does not make sense, or counts for nothing: an operator inside of a "
    "function, a class or a loop, or of a name that another one takes. The message says what to write.",
    "STEP-SIGNATURE": "The operator's parameters are not its declared inputs, in the same order.",
}


def _gather() -> dict[str, str]:
    codes = dict(READING)
    for module in pkgutil.iter_modules(rules.__path__):
        codes.update(importlib.import_module(f"{rules.__name__}.{module.name}").CODES)
    return codes


CODES: dict[str, str] = _gather()
"""The explanation of each static diagnostic, by its code."""


def explain(code: str) -> str:
    """What a code means; empty for an unknown one."""
    return CODES.get(code, "")
