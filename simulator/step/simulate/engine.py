"""Runs a program on data: nodes in order, whole arrays, each stream freed after its last use."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from step.dims import Dim, SizeError
from step.function import Function
from step.infer import Typing, infer
from step.primitives.accum import Accum
from step.primitives.base import Array, Data, ExecutionError
from step.primitives.scan import Scan
from step.program import Node, Program, Specification
from step.simulate.dtypes import dim_size
from step.simulate.errors import SimulationError
from step.simulate.fold.deferred import Deferred, deferrable
from step.simulate.fold.folding import Whole, agrees_with_fold, fold
from step.simulate.functions import Batched, FunctionTable
from step.simulate.memory import Need, needed, stream_bytes
from step.types import StreamType, fields_of

Stream = Data | Deferred


@dataclass(frozen=True, slots=True)
class Execution:
    """What a program computed: one stream's data an output. ``non_finite`` is the first value of the program that
    holds NaN or infinity, if that was asked for and there is one."""

    outputs: tuple[Data, ...]
    non_finite: int | None = None


def execute(
    program: Program,
    inputs: Sequence[Data],
    functions: FunctionTable,
    *,
    typing: Typing | None = None,
    input_types: Sequence[StreamType] = (),
    plan: Plan | None = None,
    watch: bool = False,
) -> Execution:
    """Runs a program.

    Args:
        inputs: the data of the program's inputs, arrays outermost first.
        functions: the functions that the program names, with the sizes of the dimensions.
        typing: the types of all values, if they are known already (they are inferred from ``input_types`` otherwise).
        plan: what :func:`plan_of` found out about the program, if it is known already.
        watch: look for the first stream with a value that is not finite.

    Raises:
        SimulationError: a type rule does not hold, a function fails, sizes do not divide, routing does not add up;
            ``node`` says where.
    """
    types = _types(program, typing, input_types)
    context = Context(functions)
    values: list[Stream | None] = [*inputs]
    plan = plan or plan_of(program)
    last, later = plan.last, frozenset[int]() if watch else plan.later
    non_finite: int | None = None
    with np.errstate(all="ignore"):
        for index, node in enumerate(program.nodes):
            operands = tuple(_present(values[operand]) for operand in node.operands)
            context.results = types[len(values) : len(values) + node.results]
            try:
                results = context.run(node, operands, index in later)
            except SimulationError as error:
                error.node = index
                raise
            except ExecutionError as error:
                raise SimulationError(error.code, error.message, node=index) from error
            except SizeError as error:
                raise SimulationError("STEP-SIZE", f"{node.primitive.name}: {error}", node=index) from error
            if watch and non_finite is None:
                first = len(values)
                non_finite = next(
                    (first + place for place, one in enumerate(results) if not is_finite(_whole(one))), None
                )
            values.extend(results)
            for value in last[index]:
                values[value] = None
            del operands, results
    return Execution(tuple(_whole(_present(values[output])) for output in program.outputs), non_finite)


@dataclass(frozen=True, slots=True)
class Plan:
    """What running a program needs to know of it: for each node the values that nothing needs after it, and the nodes
    that may be deferred."""

    last: tuple[tuple[int, ...], ...]
    later: frozenset[int]


def plan_of(program: Program) -> Plan:
    """The plan of a program, which is the same for every run."""
    return Plan(_last_uses(program), deferrable(program))


class Context:
    """What a primitive's execution rule may ask for: sizes, and functions on whole batches."""

    def __init__(self, functions: FunctionTable) -> None:
        self._functions = functions
        self._sizes: Mapping[str, int] = functions.sizes
        self.results: tuple[StreamType, ...] = ()

    def run(self, node: Node, operands: tuple[Stream, ...], later: bool) -> tuple[Stream, ...]:
        """The results of a node; of a Map that may be computed ``later``, and is large, what will compute them."""
        function = node.primitive.function
        if later and function is not None:
            deferred = Deferred(self._functions.batched(function.name), function.result, operands, operands[0].outer)
            if deferred.is_large:
                return (deferred,)
        if isinstance(operands[0], Deferred) and function is not None and isinstance(node.primitive, (Accum, Scan)):
            return (self._fold_deferred(node.primitive, function, operands[0]),)
        return node.primitive.run(tuple(map(_whole, operands)), self)

    def _fold_deferred(self, primitive: Accum | Scan, function: Function, elements: Deferred) -> Data:
        every = isinstance(primitive, Scan)
        outer = elements.outer[:-1]
        batched = self._functions.batched(function.name)
        if not every:
            total = self._contract(function, batched, elements)
            if total is not None:
                return Data(function.result, len(outer), (total,))
        last, states = fold(batched, self.start(function, outer), elements, every)
        return Data(function.result, len(elements.outer), states) if every else Data(function.result, len(outer), last)

    def _contract(self, function: Function, fold_by: Batched, elements: Deferred) -> Array | None:
        """The fold of products as a matrix product, compared with the fold on a few groups the first time."""
        total = elements.contracted(fold_by)
        if total is None:
            return None
        (start,) = self.start(function, elements.outer[:-1])
        if start.flat[0] != 0:
            total = start + total
        known = elements.function.contracted
        if fold_by.name not in known:
            known[fold_by.name] = agrees_with_fold(fold_by, (start,), elements, total)
        return total if known[fold_by.name] else None

    def size(self, dim: Dim | int) -> int:
        """The size of a dimension in this run."""
        return dim_size(dim, self._sizes)

    def call(self, function: Function, arguments: Sequence[Data], batch: tuple[int, ...]) -> tuple[Array, ...]:
        """The function applied to every element of a batch; ``arguments`` have ``batch`` as their stream axes."""
        arrays = tuple(array for data in arguments for array in data.arrays)
        return self._functions.batched(function.name)(arrays, batch)

    def fold(
        self, function: Function, state: tuple[Array, ...], elements: Data, every: bool
    ) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        """A left fold along the last stream axis; see :func:`step.simulate.fold.folding.fold`."""
        return fold(self._functions.batched(function.name), state, Whole(elements), every)

    def start(self, function: Function, batch: tuple[int, ...]) -> tuple[Array, ...]:
        """The init state of a fold, one for every element of a batch; views, not to be written to."""
        assert function.init is not None
        batched = self._functions.batched(function.name)
        shapes = iter(batched.signature.result_leaves)
        state: list[Array] = []
        for field, value in zip(fields_of(function.result), function.init, strict=True):
            for _ in field.leaves:
                leaf = next(shapes)
                state.append(np.broadcast_to(np.asarray(value).astype(leaf.dtype), batch + leaf.shape))
        return tuple(state)


def is_finite(data: Data) -> bool:
    """Whether a stream holds neither NaN nor infinity."""
    return all(bool(np.isfinite(array).all()) for array in data.arrays if array.dtype.kind == "f")


def size_in_bytes(data: Data) -> int:
    """The memory of a stream's arrays if nothing of them is shared."""
    return sum(math.prod(array.shape) * array.itemsize for array in data.arrays)


def execution_memory(
    program: Program,
    types: Sequence[StreamType],
    sizes: Mapping[str, int],
    precision: str,
    specification: Specification,
    *,
    watch: bool = False,
) -> Need:
    """An upper estimate of the memory that :func:`execute` takes, with what the reference computed.

    Raises:
        SizeError: a dimension has no whole size here.
    """
    need = needed(program, types, sizes, precision, frozenset() if watch else deferrable(program))
    expected = sum(stream_bytes(one, sizes, precision) for one in specification.output_types)
    return Need(need.peak + expected, need.largest, need.largest_value)


def _types(program: Program, typing: Typing | None, input_types: Sequence[StreamType]) -> tuple[StreamType, ...]:
    known = typing or infer(program, input_types)
    for violation in known.violations:
        raise SimulationError(violation.violation.code, violation.violation.message, node=violation.node)
    return known.types


def _whole(stream: Stream) -> Data:
    return stream.whole() if isinstance(stream, Deferred) else stream


def _present(data: Stream | None) -> Stream:
    if data is None:
        raise SimulationError("STEP-AFFINE", "a stream is consumed after its last use")
    return data


def _last_uses(program: Program) -> tuple[tuple[int, ...], ...]:
    """For each node, the values that nothing needs after it."""
    last: list[list[int]] = [[] for _ in program.nodes]
    kept = set(program.outputs)
    final: dict[int, int] = {}
    for index, node in enumerate(program.nodes):
        for operand in node.operands:
            final[operand] = index
        for value in program.results_of(index):
            final.setdefault(value, index)
    for value, index in final.items():
        if value not in kept:
            last[index].append(value)
    return tuple(map(tuple, last))
