"""What to do about what users' code raises most: names that are not defined, and calls with other arguments."""

from __future__ import annotations

import linecache
import re
import traceback
from collections.abc import Iterable
from difflib import get_close_matches

from step.calling import call_shape, init_advice
from step.dims import Dim
from step.function import Function
from step.source.namespaces import STEP

_IMPORTS = {
    "step": "import step",
    "np": "import numpy as np",
    "numpy": "import numpy",
    "math": "import math",
    "torch": "import torch",
}
_INTERNAL = re.compile(r"(?<!\w)_(sum|prod|mean|var|std|amax|amin|max|min|any|all|clip|ptp)\(\)")
"""How NumPy calls its own reductions in the errors of ``array.sum`` and its kin."""
_IS_DIM = re.compile(r"\bDim\b")
_NAME = re.compile(r"[^\W\d]\w*")
_SAME = {"amax": "max", "amin": "min"}
_SINGULAR = re.compile(r"unexpected keyword argument 'keepdim'")
_ARITY = re.compile(r"(takes|missing) .*positional argument")


def public(text: str) -> str:
    """A message with the names that people write, and what they meant where that is a slip between libraries."""
    text = _INTERNAL.sub(lambda found: f"{_SAME.get(found[1], found[1])}()", text)
    if _SINGULAR.search(text):
        text += "; NumPy calls it `keepdims`"
    return text


def advice(error: BaseException | None) -> str:
    """What to do about a name that is not defined, or a dimension that is taken for a number, as the end of a message;
    nothing for another error."""
    if isinstance(error, TypeError) and _IS_DIM.search(str(error)):
        return f": a dimension is a symbol; its size is {_size_at(error)}"
    if not isinstance(error, NameError) or isinstance(error, UnboundLocalError) or not error.name:
        return ""
    name = error.name
    if name in _IMPORTS:
        return f": add `{_IMPORTS[name]}`"
    close = get_close_matches(name, sorted(_names_at(error)), 1, 0.6)
    if name in STEP.members:
        return f": add `from step import {name}`"
    return f"; did you mean `{close[0]}`?" if close else ""


def call_advice(detail: str, name: str, function: Function, cause: BaseException | None) -> str:
    """What to do about a function that cannot be called, or that gives nothing, as the end of a message."""
    if detail.startswith(("returned None", "returned a NoneType")):
        return ": is `return` missing?"
    if not isinstance(cause, TypeError) or not _ARITY.search(detail) or f"{name}()" not in detail:
        return ""
    if not function.is_fold and "missing 1 required" in detail:
        return init_advice(function)
    return call_shape(function)


def _size_at(error: BaseException) -> str:
    """``D.size`` of the dimensions that an error's line names, in the innermost of the functions that name some."""
    found: list[str] = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        known = {name for name, value in {**frame.f_globals, **frame.f_locals}.items() if isinstance(value, Dim)}
        words = _NAME.findall(linecache.getline(frame.f_code.co_filename, line))
        found = [one for one in dict.fromkeys(words) if one in known] or found
    return " or ".join(f"{one}.size" for one in found) if found else "`.size`, such as D.size"


def _names_at(error: BaseException) -> Iterable[str]:
    """The names that were known where an error was raised."""
    found: set[str] = set()
    for frame, _ in traceback.walk_tb(error.__traceback__):
        found = {*frame.f_globals, *frame.f_locals}
    return (one for one in found if not one.startswith("_"))
