"""Runs a program element by element."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from step.dims import Dim
from step.function import Function
from step.infer import infer
from step.program import Program
from step.types import Buffer, ElementType, StreamType, fields_of

from tests.oracle import streams
from tests.oracle.streams import Element, OracleError, Stream

Array = NDArray[Any]
_WHOLE = {"bool": "bool", "u8": "uint8", "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64"}


def run_program(
    program: Program,
    input_types: Sequence[StreamType],
    bodies: Mapping[str, Callable[..., Any]],
    inputs: Sequence[Sequence[Array]],
    sizes: Mapping[str, int],
) -> list[tuple[Array, ...]]:
    """The outputs of a program, each as one array a leaf of its element type, axes outermost first.

    `bodies` are the functions by name, `inputs` one sequence of arrays (one a leaf) an input, `sizes` the sizes of the
    symbols.  Values keep the inputs' floating precision.

    Raises:
        OracleError: a type rule does not hold, a function gives another type than it declares, or data does not fit.
    """
    typing = infer(program, input_types)
    if typing.violations:
        raise OracleError(str(typing.violations[0].violation))
    floating = [array for arrays in inputs for array in arrays if array.dtype.kind == "f"]
    precision = np.result_type(*floating) if floating else np.dtype(np.float64)
    run = _Run(bodies, sizes, precision)
    values = [
        _read(type_, arrays, run.leaf_shapes(type_.element)) for type_, arrays in zip(input_types, inputs, strict=True)
    ]
    for node in program.nodes:
        operands = [values[operand] for operand in node.operands]
        types = [typing.types[operand] for operand in node.operands]
        values.extend(run.apply(node.primitive, operands, types, node.results))
    return [_write(values[at], run.leaf_shapes(typing.types[at].element)) for at in program.outputs]


class _Run:
    """The functions, sizes and precision of one run."""

    def __init__(self, bodies: Mapping[str, Callable[..., Any]], sizes: Mapping[str, int], precision: Any) -> None:
        self._bodies, self._sizes, self._precision = bodies, sizes, precision

    def size(self, dim: Dim | int) -> int:
        return dim.evaluate(self._sizes) if isinstance(dim, Dim) else dim

    def leaf_shapes(self, element: ElementType) -> list[tuple[int, ...]]:
        """The NumPy shape of each leaf."""
        return [tuple(self.size(dim) for dim in reversed(leaf.dims)) for leaf in element.leaves]

    def apply(self, p: Any, operands: list[Stream], types: list[StreamType], results: int) -> list[Stream]:
        """One primitive."""
        match p.name:
            case "Map":
                operand = operands[0]
                for other in operands[1:]:
                    operand = streams.zip_streams(operand, other)
                return [streams.map_elements(self.map_body(p.fn), operand)]
            case "Accum":
                return [streams.accum(self.fold_body(p.fn), self.init(p.fn), operands[0], p.b)]
            case "Scan":
                return [streams.scan(self.fold_body(p.fn), self.init(p.fn), operands[0], p.b)]
            case "Zip":
                return [streams.zip_streams(operands[0], operands[1])]
            case "Copy":
                return [operands[0], operands[0]]
            case "Identity":
                return [operands[0]]
            case "Bufferize":
                return [streams.bufferize(operands[0], p.a, self.leaf_shapes(types[0].element))]
            case "Streamify":
                element = types[0].element
                assert isinstance(element, Buffer)
                return [streams.streamify(operands[0], tuple(map(self.size, element.dims)))]
            case "Repeat":
                return [streams.repeat(operands[0], self.size(p.n))]
            case "RepeatRef":
                return [streams.repeat_ref(operands[0], operands[1])]
            case "Promote":
                return [streams.promote(operands[0], p.b)]
            case "Flatten":
                return [streams.flatten(operands[0], p.L)]
            case "Reshape":
                return [streams.reshape(operands[0], p.L, self.size(p.S))]
            case "Partition":
                return streams.partition(operands[0], operands[1], results)
            case "Merge":
                return [streams.merge(self.fold_body(p.fn), self.init(p.fn), operands[:-1], operands[-1])]
        raise OracleError(f"the oracle does not know {p.name}")

    def init(self, fn: Function) -> Element:
        """The init state: a number a field, filled to the field's shape."""
        assert fn.init is not None
        fields = fields_of(fn.result)
        return tuple(
            np.full(shape, value, self._dtype(leaf.dtype))
            for field, value in zip(fields, fn.init, strict=True)
            for leaf, shape in zip(field.leaves, self.leaf_shapes(field), strict=True)
        )

    def map_body(self, fn: Function) -> Callable[[Element], Element]:
        """A map on one element: its fields are the arguments."""
        return lambda element: self._checked(fn, self._bodies[fn.name](*_fields(fn.element, element)))

    def fold_body(self, fn: Function) -> Callable[[Element, Element], Element]:
        """A fold on one state and one element: the state is the first argument, a tuple if it has several fields."""

        def body(state: Element, element: Element) -> Element:
            fields = _fields(fn.result, state)
            first = tuple(fields) if len(fields) > 1 else fields[0]
            return self._checked(fn, self._bodies[fn.name](first, *_fields(fn.element, element)))

        return body

    def _checked(self, fn: Function, result: Any) -> Element:
        """A function's result as leaves of the declared type."""
        fields = fields_of(fn.result)
        returned = result if len(fields) > 1 else (result,)
        if not isinstance(returned, (tuple, list)) or len(returned) != len(fields):
            raise OracleError(f"{fn.name} does not give the {len(fields)} fields of {fn.result}")
        made: list[Array] = []
        for field, value in zip(fields, returned, strict=True):
            parts = value if len(field.leaves) > 1 else (value,)
            for leaf, shape, part in zip(field.leaves, self.leaf_shapes(field), parts, strict=True):
                array = np.asarray(part)
                if array.shape != shape:
                    raise OracleError(f"{fn.name} gives an array of shape {array.shape}; declared {shape}")
                made.append(array.astype(self._dtype(leaf.dtype)))
        return tuple(made)

    def _dtype(self, declared: str) -> Any:
        """Floating fields run in the inputs' precision, others in their own dtype."""
        return self._precision if declared.startswith("f") else np.dtype(_WHOLE[declared])


def _fields(element: ElementType, leaves: Element) -> list[Any]:
    """An element's fields: each an array, or a tuple of arrays for a Buffer of a tuple."""
    made: list[Any] = []
    at = 0
    for field in fields_of(element):
        count = len(field.leaves)
        made.append(leaves[at] if count == 1 else leaves[at : at + count])
        at += count
    return made


def _read(type_: StreamType, arrays: Sequence[Array], leaf_shapes: list[tuple[int, ...]]) -> Stream:
    """Whole arrays, outermost first, as a stream."""
    axes = len(type_.known_shape)
    outer = arrays[0].shape[:axes]
    flat = [
        array.reshape((int(np.prod(outer)), *leaf_shape)) for array, leaf_shape in zip(arrays, leaf_shapes, strict=True)
    ]
    elements = tuple(tuple(np.asarray(leaf[at]) for leaf in flat) for at in range(int(np.prod(outer))))
    return Stream(tuple(reversed(outer)), elements)


def _write(stream: Stream, leaf_shapes: list[tuple[int, ...]]) -> tuple[Array, ...]:
    """A stream as whole arrays, outermost first."""
    outer = tuple(reversed(stream.shape))
    made = []
    for number, leaf_shape in enumerate(leaf_shapes):
        parts = [element[number].ravel() for element in stream.elements]
        values = np.concatenate(parts) if parts else np.zeros(0)
        made.append(values.reshape(outer + leaf_shape))
    return tuple(made)
