"""The names a body may use, with their meaning: from a loaded module's namespace, under the names that bodies write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np

from step.declare import DeclaredFunction, Operator
from step.dims import Dim
from step.function import Function
from step.primitives import Primitive
from step.source.evaluate import STEP, Foreign
from step.types import ELEMENT_TYPES, Unknown


@dataclass(frozen=True)
class Environment:
    """The scope in which bodies are read, and the functions with their bodies, by the name a body writes."""

    scope: Mapping[str, object]
    functions: Mapping[str, DeclaredFunction]


def runtime_environment(namespace: Mapping[str, object]) -> Environment:
    """The environment that a loaded module gives to its bodies.

    Functions are renamed after the names they are bound to: the first name that a module binds a function to is its
    name, and an item of a list that has no name of its own is called ``experts[1]``.
    """
    functions: dict[str, DeclaredFunction] = {}
    named: dict[int, Function] = {}

    def declare(declared: DeclaredFunction, name: str) -> Function:
        known = named.get(id(declared))
        if known is None:
            known = named[id(declared)] = replace(declared.function, name=name)
            functions[name] = DeclaredFunction(known, declared.body)
        return known

    def convert(value: object, name: str) -> object:
        match value:
            case DeclaredFunction():
                return declare(value, name)
            case list() | tuple():
                return tuple(convert(one, f"{name}[{index}]") for index, one in enumerate(value))
            case ModuleType() if value.__name__ == "step":
                return STEP
            case Dim() | bool() | int() | float() | str() | Operator():
                return value
            case type() if issubclass(value, Primitive) or value in ELEMENT_TYPES:
                return value
            case _ if isinstance(value, (*ELEMENT_TYPES, Primitive)):
                return value
            case _ if getattr(value, "__module__", None) == "step.declare":
                return STEP.members.get(getattr(value, "__name__", ""), Unknown())
            case ModuleType():
                return Foreign(f"the module {value.__name__}")
            case np.ndarray():
                return Foreign("an array")
            case type():
                return Foreign("a class")
            case _ if callable(value):
                return Foreign("a Python function without @step.fn")
            case _:
                return Foreign(f"a {type(value).__name__}")

    for name, value in namespace.items():
        if isinstance(value, DeclaredFunction):
            declare(value, name)
    scope = {name: convert(value, name) for name, value in namespace.items() if not name.startswith("__")}
    return Environment(scope, functions)
