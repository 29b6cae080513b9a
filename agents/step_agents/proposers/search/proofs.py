"""What no body can compute, shown before anything is searched.

Where nothing folds, a program works on every element by itself: what an output's element is made of stands in one place
of an input, and along a dimension that only Repeat can give nothing varies. Functions that take a buffer are left out
of this along the buffer's dimensions. What a reference does is tried out: places of an input are changed, and where the
outputs change is looked at. Reshape and Flatten may put one element elsewhere, so only an element that depends on all
places along a dimension shows that elements are put together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from step.dims import Dim, Shape
from step.function import Function
from step.primitives.base import Data
from step.program import Specification
from step.simulate.errors import SimulationError
from step.simulate.problem import run_reference
from step.types import ElementType, Scalar, StreamType, fields_of

from step_agents.proposers.search.evaluate import Array
from step_agents.proposers.search.kinds import peel
from step_agents.proposers.search.scene import Subject

PLACES = 6
"""Places along a dimension that are tried, of three or more."""


def proofs(subject: Subject) -> Iterator[str]:
    """Why no body can be right; none where one may be. Each is a sentence or two for people.

    Args:
        subject: the operator with its data; its reference is run once for every dimension of an input.
    """
    told = list(unreachable(subject.specification, subject.functions))
    yield from told
    if told or any(one.is_fold for one in subject.functions):
        return
    taken = {
        dim for one in subject.functions for field in fields_of(one.element) for dim in peel(field)[1]
    }  # fmt: skip
    if any(not dim.symbols for dim in taken):
        return  # blocks of a number: Reshape makes them of any dimension
    mixed = {symbol for dim in taken for symbol in dim.symbols}
    for number in range(len(subject.specification.inputs)):
        told += _mixing(subject, number, mixed)
    yield from dict.fromkeys((*told, *_varying(subject)))


def reachable(specification: Specification, functions: tuple[Function, ...]) -> tuple[set[ElementType], list[Function]]:
    """The elements that inputs and functions give one after the other, and the functions that can never be applied."""
    reached = {peel(field)[0] for stream in specification.input_types for field in fields_of(stream.element)}
    blocked = list(functions)
    while True:
        usable = [one for one in blocked if all(peel(field)[0] in reached for field in fields_of(one.element))]
        if not usable:
            break
        blocked = [one for one in blocked if one not in usable]
        reached |= {peel(field)[0] for one in usable for field in fields_of(one.result)}
    return reached, blocked


def unreachable(specification: Specification, functions: tuple[Function, ...]) -> Iterator[str]:
    """Outputs whose elements no body can make, by the types alone."""
    reached, blocked = reachable(specification, functions)
    for number, stream in enumerate(specification.output_types):
        named = _named(specification, number)
        for field in fields_of(stream.element):
            element = peel(field)[0]
            if element in reached:
                continue
            makers = [one for one in blocked if any(peel(part)[0] == element for part in fields_of(one.result))]
            if not makers:
                yield f"No function gives {element}, which {named} ({stream}) is made of: add one that does."
            for maker in makers:
                missing = [str(part) for part in fields_of(maker.element) if peel(part)[0] not in reached]
                yield (
                    f"Only {maker.name} gives {element} for {named}, but it needs {' and '.join(missing)}, which no "
                    "input is and no function gives."
                )


def _dims(stream: StreamType) -> Shape:
    """All dimensions of a stream's array, innermost first."""
    return (*peel(stream.element)[1], *stream.known_shape)


def _plain(stream: StreamType) -> bool:
    return isinstance(peel(stream.element)[0], Scalar)


def _named(specification: Specification, output: int) -> str:
    many = len(specification.outputs) > 1
    return f"output {output}" if many else "the output"


def _mixing(subject: Subject, number: int, mixed: set[str]) -> Iterator[str]:
    """Dimensions of an input along which the reference puts elements together, though no function can."""
    specification = subject.specification
    name, spec = specification.inputs[number]
    sizes = subject.problem.sizes
    if not _plain(spec.type):
        return
    for place, dim in enumerate(_dims(spec.type)):
        if len(dim.symbols) != 1 or dim.symbols & mixed or _dims(spec.type).count(dim) > 1:
            continue
        places = range(min(PLACES, dim.evaluate(sizes)))
        runs = [[_with_changed(subject, number, place, at, sign) for sign in (1, -1)] for at in places]
        if len(runs) < 3:
            continue
        for output, stream in enumerate(specification.output_types):
            if not _plain(stream) or sum(dim.symbols <= other.symbols for other in _dims(stream)) > 1:
                continue
            before = subject.problem.expected[output].arrays[0]
            moved = [
                np.logical_or.reduce([_differs(before, one[output].arrays[0]) for one in run if one is not None])
                for run in runs
            ]
            if np.logical_and.reduce(moved).any():
                yield (
                    f"An element of {_named(specification, output)} ({stream}) depends on several elements of {name} "
                    f"along {dim}, but no function puts such together: none is a fold (@step.fn(…, init=…), for Accum "
                    f"and Scan), and none takes a buffer with {dim}. Add one."
                )


def _differs(before: Array, after: Array) -> NDArray[np.bool_]:
    return ~np.isclose(before, after, rtol=1e-9, atol=1e-12, equal_nan=True)


def _with_changed(subject: Subject, number: int, place: int, at: int, sign: int) -> tuple[Data, ...] | None:
    """The outputs where an input's elements at one place along one of its dimensions are others; None if the reference
    refuses that."""
    problem = subject.problem
    data = problem.inputs[number]
    array = np.array(data.arrays[0])
    if array.dtype.kind != "f":
        return None
    rows = np.moveaxis(array, array.ndim - 1 - place, 0)
    rows[at] += sign * (2.0 * np.abs(array).max() + 0.37)  # so much that it is the largest, or the smallest
    array.setflags(write=False)
    inputs = list(problem.inputs)
    inputs[number] = replace(data, arrays=(array,))
    module = subject.module
    try:
        return run_reference(subject.operator, tuple(inputs), problem.sizes, problem.precision, module.path)
    except SimulationError:
        return None


def _varying(subject: Subject) -> Iterator[str]:
    """Dimensions along which an output varies, though values can only be repeated along them."""
    specification = subject.specification
    streams = [dim for stream in specification.input_types for dim in _dims(stream)]
    given = [dim for one in subject.functions for field in fields_of(one.result) for dim in peel(field)[1]]
    if any(not dim.symbols for dim in given):
        return
    sources = {symbol for dim in (*streams, *given) for symbol in dim.symbols}
    for output, stream in enumerate(specification.output_types):
        dims = _dims(stream)
        for place, dim in enumerate(dims):
            if dim.symbols and not dim.symbols & sources and _plain(stream):
                array = subject.problem.expected[output].arrays[0]
                axis = array.ndim - 1 - place
                if not np.allclose(array, np.take(array, [0], axis), rtol=1e-9, atol=1e-12, equal_nan=True):
                    yield _lost(_named(specification, output), stream, dim)


def _lost(named: str, stream: StreamType, dim: Dim) -> str:
    return (
        f"{named[0].upper()}{named[1:]} ({stream}) varies along {dim}, but no input has {dim} and no function gives "
        "it: values could only be repeated along it. Add a function that gives a buffer with it."
    )
