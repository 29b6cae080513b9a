"""Scenes: an operator of a user's module as something to search.

The module is run here (only a child process may do that). Searching on the data that the specification asks for lets
coincidences pass (on numbers from 0 to 1, ``sqrt(x²/…)`` is ``x/sqrt(…)``): uniform data are made normal where the
reference can take that. What is found is checked on the specification's own data anyway.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from step.choice import Choice
from step.declare import Operator
from step.dims import Dim, SizeError
from step.function import Function
from step.primitives.base import Data
from step.program import Specification
from step.simulate.dtypes import is_many
from step.simulate.errors import SimulationError
from step.simulate.load import LoadedModule, load
from step.simulate.problem import Problem, check_repeats, pose
from step.simulate.sizes import assignments, dims_that_divide
from step.types import Scalar, StreamType, fields_of

from step_agents.proposers.search.backward import Backward, known_values
from step_agents.proposers.search.cover import Coverer, usual_order
from step_agents.proposers.search.evaluate import Evaluator
from step_agents.proposers.search.goals import canonical, make_goals
from step_agents.proposers.search.hints import Hints
from step_agents.proposers.search.instrument import instrument
from step_agents.proposers.search.kinds import Splits, splittings, vocabulary
from step_agents.proposers.search.limits import Scene
from step_agents.proposers.search.recording import Seen
from step_agents.proposers.search.roles import make_roles
from step_agents.proposers.search.symmetry import symmetric_roles
from step_agents.proposers.search.trace import trace

SEARCH_SEED = 7001
"""Seeds of the data that is searched on start here: none that the check of a result uses."""

LARGEST = 1 << 16
APART = 1009
"""How far those seeds are apart: none is what another search starts with."""
TELLING_TRIES = 6
"""So many seeds are tried for data on which no output is the same number everywhere."""
GROWTH = 64
"""Values of more than so many times the numbers of the largest given stream are not made."""


@dataclass(frozen=True, eq=False)
class Subject:
    """An operator to synthesise, loaded: its specification, its functions in the module's order, and data."""

    text: str
    path: str
    operator: Operator
    module: LoadedModule
    problem: Problem
    functions: tuple[Function, ...]
    data: str

    @property
    def specification(self) -> Specification:
        """What it shall compute."""
        return self.operator.specification


def load_subjects(text: str, path: str, name: str, seed: int) -> Iterator[Subject]:
    """The operator on the data to search on, the best first.

    Raises:
        SimulationError: the module does not run, has no such operator, or its reference fails.
    """
    start = SEARCH_SEED + seed
    plain = load(text, path, Choice({}, start))
    if name not in plain.operators:
        raise SimulationError("STEP-NAME", f"the module has no operator {name}")
    types = _types_of(plain.operators[name].specification)
    sizes = assignments(plain.choice.declared, 1, dims_that_divide(types))[0]
    module = load(text, path, Choice(dict(sizes), start))
    operator = module.operators[name]
    problem = pose(module, operator, start)
    check_repeats(module, operator, problem)
    for other in range(start + APART, start + TELLING_TRIES * APART, APART):
        # A ReLU of a few numbers may be zero everywhere, which tells nothing.
        if not _is_flat(problem.expected):
            break
        try:
            again = load(text, path, Choice(dict(sizes), other))
            posed = pose(again, again.operators[name], other)
        except SimulationError:
            continue  # these data the reference refuses; the first ones it takes
        if not _is_flat(posed.expected):
            start, module, operator, problem = other, again, again.operators[name], posed
    functions = tuple(declared.function for declared in module.functions.values())
    signed = replace(operator, specification=_signed(operator.specification))
    yielded = False
    if signed.specification != operator.specification:
        try:
            normal = pose(module, signed, start)
        except SimulationError:
            normal = None
        if normal is not None and _finite(normal.expected):
            yielded = True
            yield Subject(text, path, operator, module, normal, functions, "normal data")
    for number, output in enumerate(problem.expected):
        if not any(array.size == 0 or np.isfinite(array).any() for array in output.arrays):
            raise SimulationError(
                "STEP-REFERENCE",
                f"the reference gives no finite number for output {number} on the specification's data: "
                "there is nothing to search for; check the reference, or the inputs' data and scale",
            )
    yield Subject(text, path, operator, module, problem, functions, "the specification's data" if yielded else "data")


def _signed(specification: Specification) -> Specification:
    inputs = tuple(
        (name, replace(spec, data="normal") if spec.data == "uniform" else spec) for name, spec in specification.inputs
    )
    return replace(specification, inputs=inputs)


def _finite(data: tuple[Data, ...]) -> bool:
    return all(bool(np.isfinite(array).all()) for one in data for array in one.arrays)


def _is_flat(data: tuple[Data, ...]) -> bool:
    """Whether some output is the same number everywhere."""
    return any(array.size > 1 and bool((array == array.flat[0]).all()) for one in data for array in one.arrays)


def _types_of(specification: Specification) -> tuple[StreamType, ...]:
    return (*specification.input_types, *specification.output_types)


def split_choices(subject: Subject) -> tuple[Splits, ...]:
    """The ways to write products of dimensions as factors, the likeliest first."""
    words = vocabulary(_types_of(subject.specification), subject.functions)
    multiples = {name: spec.multiple_of for name, spec in subject.module.choice.declared.items()}
    return tuple(splittings(words, subject.problem.sizes, multiples))


def make_scene(subject: Subject, splits: Splits, seed: int) -> Scene:
    """What is searched, without hints."""
    problem, specification = subject.problem, subject.specification
    sizes = problem.sizes
    elements = [element for one in specification.input_types for element in fields_of(one.element)]
    roles, regions = make_roles(subject.functions, elements, splits)
    inputs = tuple(
        canonical(data, stream, splits, sizes)
        for data, stream in zip(problem.inputs, specification.input_types, strict=True)
    )
    goals = make_goals(problem.expected, specification.output_types, splits, sizes)
    kinds = [kind for kind, _ in inputs] + [one[0].kind for one in goals]
    stream_dims: dict[Dim, None] = {}
    for stream in _types_of(specification):
        for dim in splits.dims(stream.known_shape):
            stream_dims.setdefault(dim)
    repeats = {dim for kind in kinds for dim in kind.dims if kind.dims.count(dim) > 1}
    for function in subject.functions:
        for element in (*fields_of(function.element), *fields_of(function.result)):
            dims = splits.field(element).dims
            repeats |= {dim for dim in dims if dims.count(dim) > 1}
    largest = max(_numbers(kind.dims, sizes) for kind in kinds)
    most = min(max(LARGEST, 4 * largest), max(GROWTH * largest, 4096))
    order = usual_order(kind.dims for kind in kinds)
    coverer = Coverer(splits, tuple(stream_dims), frozenset(repeats), sizes, most, order)
    symmetric = symmetric_roles(roles, problem.functions)
    return Scene(Evaluator(problem.functions), roles, regions, coverer, inputs, goals, Hints(), seed, symmetric)


def make_hints(subject: Subject, scene: Scene, splits: Splits, inverted: bool = True) -> Hints:
    """What the reference computes on its way, and (``inverted``) what would make an output from that."""
    wholes, parts, twice, _ = trace_reference(subject)
    given = tuple(array for data in subject.problem.inputs for array in data.arrays)
    repeated = frozenset(
        dim.evaluate(subject.problem.sizes)
        for function in subject.functions
        for element in fields_of(function.result)
        for dim in splits.field(element).dims
    )
    if not inverted:
        return Hints(wholes, parts, given, twice, repeated)
    words = vocabulary(_types_of(subject.specification), subject.functions)
    dims = tuple(dict.fromkeys(factor for dim in words for factor in splits.factors_of(dim)))
    backward = Backward(scene.evaluator, scene.roles, dims)
    goals = [
        (one.kind, one.arrays[0])
        for variants in scene.goals
        for one in variants
        if isinstance(one.kind.element, Scalar)
    ]
    targets = backward.targets(goals, known_values(scene.inputs, wholes, backward))
    return Hints(wholes, (*parts, *targets), given, twice, repeated)


def trace_reference(subject: Subject) -> Seen:
    """What the reference computes on its way, on the data that is searched on."""
    operator = _instrumented(subject)
    if operator.reference is None:
        return Seen()
    plain: list[tuple[Any, ...]] = [data.arrays for data in subject.problem.inputs]
    if operator.array == "torch":
        import torch

        plain = [tuple(torch.from_numpy(one.copy()) for one in arrays) for arrays in plain]
    many = [is_many(data.element) for data in subject.problem.inputs]
    return trace(operator.reference, tuple(one if tuple_ else one[0] for one, tuple_ in zip(plain, many, strict=True)))


def _instrumented(subject: Subject) -> Operator:
    """The operator of the same module, loaded so that its reference shows its expressions; as it is, if that fails."""
    text = instrument(subject.text)
    if text is None:
        return subject.operator
    lines = dict(linecache.cache)
    choice = subject.module.choice
    try:
        module = load(text, subject.path, Choice(dict(choice.sizes), choice.seed))
    except SimulationError:
        return subject.operator
    finally:
        # Messages show lines of the module as it was written.
        linecache.cache.clear()
        linecache.cache.update(lines)
    return module.operators.get(subject.operator.name, subject.operator)


def _numbers(dims: tuple[Dim, ...], sizes: Mapping[str, int]) -> int:
    count = 1
    for dim in dims:
        try:
            count *= dim.evaluate(sizes)
        except SizeError:
            return 1
    return count
