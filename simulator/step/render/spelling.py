"""How a module's own names are written: what it calls ``step``, its dimensions and its functions."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from step.dims import Dim
from step.function import Function
from step.primitives import Primitive
from step.source.evaluate import STEP
from step.types import Unknown


@dataclass(frozen=True)
class Spelling:
    """The names of one scope. ``functions`` and ``dims`` say by which expression each is written."""

    module: str | None = "step"
    members: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[Function, str] = field(default_factory=dict)
    dims: Mapping[Dim, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()

    def primitive(self, name: str) -> str:
        """A primitive's name as the module can write it."""
        if name in self.members:
            return self.members[name]
        return f"{self.module or 'step'}.{name}"

    def dim(self, dim: Dim | int) -> str:
        """A dimension or number as the module can write it."""
        if not isinstance(dim, Dim):
            return str(dim)
        if dim.label is not None and dim.label in self.labels:
            return self.labels[dim.label]
        if dim in self.dims and not dim.is_number:
            return self.dims[dim]
        if dim.is_number:
            return str(dim.numerator)
        over = [str(dim.numerator)] if dim.numerator != 1 else []
        under = [str(dim.denominator)] if dim.denominator != 1 else []
        for name, exponent in dim.factors:
            written = self.dims.get(Dim.symbol(name), name)
            (over if exponent > 0 else under).extend([written] * abs(exponent))
        text = " * ".join(over) or "1"
        for part in under:
            text += f" / {part}"
        return text

    def function(self, function: Function) -> str:
        """A function as the module can write it."""
        return self.functions.get(function, function.name)

    def parameter(self, value: object) -> str:
        """A parameter's value as the module can write it."""
        match value:
            case Function():
                return self.function(value)
            case Dim():
                return self.dim(value)
            case tuple():
                return "[" + ", ".join(self.parameter(one) for one in value) + "]"
            case Unknown():
                return "..."
            case _:
                return str(value)

    def call(self, primitive: Primitive) -> str:
        """A primitive with its parameters: ``step.Accum(fn=add, b=1)``."""
        values = ", ".join(
            f"{one.name}={self.parameter(getattr(primitive, one.name))}" for one in primitive.parameters()
        )
        return f"{self.primitive(primitive.name)}({values})"


def spelling_of(scope: Mapping[str, object]) -> Spelling:
    """The spelling of a scope, such as an operator's."""
    module: str | None = None
    members: dict[str, str] = {}
    functions: dict[Function, str] = {}
    dims: dict[Dim, str] = {}
    labels: dict[str, str] = {}
    for name, value in scope.items():
        if value is STEP:
            module = module or name
        elif isinstance(value, type) and issubclass(value, Primitive):
            members.setdefault(value.__name__, name)
        elif isinstance(value, Function):
            functions.setdefault(value, name)
        elif isinstance(value, Dim):
            dims.setdefault(value, name)
            if value.label is not None:
                labels.setdefault(value.label, name)
        elif isinstance(value, tuple):
            for index, one in enumerate(value):
                if isinstance(one, Function):
                    functions.setdefault(one, one.name if "[" in one.name else f"{name}[{index}]")
    return Spelling(module, members, functions, dims, labels, frozenset(scope))


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """A name that is not taken: the wanted one, or with a number behind it."""
    used = taken if isinstance(taken, (set, frozenset, dict)) else set(taken)
    base = wanted if wanted.isidentifier() and not keyword.iskeyword(wanted) else "stream"
    name, number = base, 2
    while name in used:
        name, number = f"{base}_{number}", number + 1
    return name
