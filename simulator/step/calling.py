"""How a function is called: with the state first if it folds, then one argument for each field of its element.

A function that cannot be called so is wrong as it is declared, whatever it computes (1-language, section 4): that is
told from its parameters, before anything runs.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from step.function import Function
from step.types import Unknown, fields_of

_MOST_SHOWN = 6
"""Arguments that a message spells out."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """How many arguments a function can be called with: ``least``, and ``most`` (None: any number)."""

    least: int
    most: int | None

    def __str__(self) -> str:
        if self.most is None:
            return f"{self.least} arguments or more"
        if self.least != self.most:
            return f"{self.least} to {self.most} arguments"
        return f"{self.most} argument" + "s" * (self.most != 1)


def written_parameters(arguments: ast.arguments) -> Parameters | None:
    """The parameters of a ``def`` or a ``lambda``; None where one can be given by its name only."""
    if len(arguments.kw_defaults) > sum(one is not None for one in arguments.kw_defaults):
        return None
    most = len(arguments.posonlyargs) + len(arguments.args)
    return Parameters(most - len(arguments.defaults), None if arguments.vararg else most)


def parameters_of(body: Callable[..., Any]) -> Parameters | None:
    """The parameters of what can be called; None where that cannot be known (many functions written in C), or where
    one can be given by its name only. What is wrapped is asked by its wrapper: that is what is called."""
    try:
        found = inspect.signature(body, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):
        return None
    least = most = 0
    for one in found:
        match one.kind:
            case one.VAR_POSITIONAL:
                return Parameters(least, None)
            case one.KEYWORD_ONLY if one.default is one.empty:
                return None
            case one.POSITIONAL_ONLY | one.POSITIONAL_OR_KEYWORD:
                most += 1
                least += one.default is one.empty
    return Parameters(least, most)


def misfit(function: Function, parameters: Parameters | None) -> str | None:
    """What is wrong with a function that cannot be called as it is declared, and what to write; None if it can be."""
    fields = fields_of(function.element)
    if parameters is None or any(isinstance(one, Unknown) for one in (*fields, *fields_of(function.result))):
        return None
    given = len(fields) + function.is_fold
    if parameters.least <= given and (parameters.most is None or given <= parameters.most):
        return None
    name = function.name or "the function"
    forgotten = not function.is_fold and parameters.least == given + 1
    advice = init_advice(function) if forgotten else call_shape(function)
    return f"step.fn: {name} takes {parameters}, and is called with {given}{advice}"


def init_advice(function: Function) -> str:
    """That a map which takes one argument more may be meant for a fold, as the end of a message."""
    return f": {function.name} has no init ({function}): if it is a fold, give it one in @step.fn(…, init=…)"


def call_shape(function: Function) -> str:
    """How a function is called, as the end of a message."""
    name, elements = function.name or "f", _letters(len(fields_of(function.element)))
    if not function.is_fold:
        return f": it is called with one argument a field of its element: def {name}({elements})"
    fields = len(fields_of(function.result))
    if fields == 1:
        return f": the state comes first: def {name}(state, {elements})"
    unpacked = ", ".join(f"s{index}" for index in range(fields)) if fields <= _MOST_SHOWN else "…"
    return f": the state is one tuple, the first argument: def {name}(state, {elements}), with {unpacked} = state in it"


def _letters(count: int) -> str:
    if count == 1:
        return "x"
    return ", ".join(f"x{index}" for index in range(count)) if count <= _MOST_SHOWN else "x0, x1, …"
