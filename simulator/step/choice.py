"""The choice under which a user's module runs: sizes, seed and precision.

A module means the same for every choice (1-language, section 5): a check runs it again under other ones, and
``step.dims``, ``step.dim`` and ``step.parameter`` read the current one. That is why the choice is a context variable
and not an argument: the module is ordinary Python and knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DimSpec:
    """A dimension as declared: its size, and what other sizes a check may choose."""

    name: str
    size: int
    fixed: bool = False
    multiple_of: int = 1
    at_least: int = 0


@dataclass
class Choice:
    """Sizes by symbol (empty: the declared ones), the seed of all data, and the floating dtype ("f64" or "f32").

    ``declared`` and ``parameters`` record what the module asked for while it ran.
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    seed: int = 0
    precision: str = "f64"
    declared: dict[str, DimSpec] = field(default_factory=dict)
    actual: dict[str, int] = field(default_factory=dict)
    parameters: int = 0
    array: str = "numpy"

    def declare(self, spec: DimSpec) -> int:
        """Records a dimension; returns its size under this choice."""
        self.declared[spec.name] = spec
        size = spec.size if spec.fixed else int(self.sizes.get(spec.name, spec.size))
        self.actual[spec.name] = size
        return size

    def sizes_of(self, name: str) -> Mapping[str, int]:
        """What a dimension's ``size`` reads: the sizes of the whole module; outside of any check its own only, for
        there several modules may give a name several sizes."""
        return {name: self.actual[name]} if self is _outside else self.actual

    def next_parameter(self) -> np.random.Generator:
        """The random generator of the next parameter: its order in the module and the seed decide it."""
        self.parameters += 1
        return np.random.default_rng([self.seed, 0x5EED, self.parameters])


_current: ContextVar[Choice | None] = ContextVar("step_choice", default=None)
_outside = Choice()


def current_choice() -> Choice:
    """The choice of the module that runs now; the declared sizes outside of any check."""
    return _current.get() or _outside


@contextmanager
def choosing(choice: Choice) -> Iterator[Choice]:
    """Runs what is inside under a choice."""
    token = _current.set(choice)
    try:
        yield choice
    finally:
        _current.reset(token)


def make_data(
    generator: np.random.Generator, data: str, shape: tuple[int, ...], scale: float = 1.0
) -> NDArray[np.float64]:
    """Random numbers of a kind: "normal", "uniform" in [0, 1), "ones" or "binary".

    Every number is one that float32 can hold, so that both precisions see the same data.

    Raises:
        ValueError: no such kind.
    """
    match data:
        case "normal":
            values = generator.standard_normal(shape)
        case "uniform":
            values = generator.random(shape)
        case "ones":
            values = np.ones(shape)
        case "binary":
            values = generator.integers(0, 2, shape).astype(np.float64)
        case _:
            raise ValueError(f'data is "normal", "uniform", "ones" or "binary"; got {data!r}')
    return (values * scale).astype(np.float32).astype(np.float64)
