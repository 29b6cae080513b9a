"""Random well-typed programs over random specifications, for tests by property.

A drawn case is an operator whose program uses every stream exactly once: the static check holds, and the simulator
must run it with exactly the inferred shapes. Function bodies are ordinary NumPy on one element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from step.declare import DeclaredFunction
from step.dims import Dim
from step.function import Function
from step.infer import Typing, infer, infer_node
from step.primitives import PRIMITIVES, Primitive
from step.program import Builder, Node, Program, Specification, StreamSpec, Value
from step.source.evaluate import STEP
from step.types import Buffer, ElementType, Multihot, Scalar, StreamType, STuple, Tile, f32, fields_of, tuple_of

SIZES: Mapping[str, int] = {"A": 2, "B": 3, "C": 5, "H": 4, "Z": 1}
SYMBOLS = tuple(Dim.symbol(name, SIZES) for name in SIZES)
EXPERTS = Dim.number(3, "E")
DIMS = (*SYMBOLS, Dim.number(2), Dim.number(1), EXPERTS, SYMBOLS[0] * SYMBOLS[1], 2 * SYMBOLS[2])
I32 = Scalar("i32")


@dataclass(frozen=True)
class Case:
    """An operator with a program that holds, and the functions that it names."""

    specification: Specification
    program: Program
    functions: tuple[Function, ...]

    @property
    def typing(self) -> Typing:
        """The types of all values."""
        return infer(self.program, self.specification.input_types)

    @property
    def scope(self) -> dict[str, object]:
        """What a module that declares all of it has under its names."""
        dims = dict(zip(SIZES, SYMBOLS, strict=True))
        return {"step": STEP, "E": EXPERTS, **dims, **{one.name: one for one in self.functions}}

    def bodies(self, sizes: Mapping[str, int] = SIZES) -> dict[str, Callable[..., Any]]:
        """The functions as NumPy on one element."""
        return {one.name: _body(one, index, sizes) for index, one in enumerate(self.functions)}

    def declared(self, sizes: Mapping[str, int] = SIZES) -> dict[str, DeclaredFunction]:
        """The functions as a loaded module has them."""
        bodies = self.bodies(sizes)
        return {one.name: DeclaredFunction(one, bodies[one.name]) for one in self.functions}


def _body(function: Function, index: int, sizes: Mapping[str, int]) -> Callable[..., Any]:
    """A body that mixes everything it gets with weights of its own, so that no two functions and no two arguments
    are alike; bounded, so that folds stay finite."""

    def field(element: ElementType, total: Any, place: int) -> Any:
        if isinstance(element, Buffer) and isinstance(element.element, STuple):
            return tuple(leaf(one, total, place + part) for part, one in enumerate(element.leaves))
        return leaf(element.leaves[0], total, place)

    def leaf(one: Any, total: Any, place: int) -> Any:
        shape = tuple(dim.evaluate(sizes) for dim in reversed(one.dims))
        ramp = np.arange(int(np.prod(shape))).reshape(shape) * 0.25 + place
        values = np.cos(total + ramp)
        return np.rint(values * 3) if one.dtype == "i32" else values

    def multihot(element: Multihot, total: Any) -> Any:
        return np.where(np.cos(total + np.arange(element.length.evaluate(sizes))) > 0, 1.0, 0.0)

    def body(*arguments: Any) -> Any:
        total: Any = 0.125 * index
        for place, argument in enumerate(_flat(arguments)):
            total = total + np.sum(argument) * (0.3 + 0.2 * place)
        made = [
            multihot(one, total) if isinstance(one, Multihot) else field(one, total, place)
            for place, one in enumerate(fields_of(function.result))
        ]
        return tuple(made) if len(made) > 1 else made[0]

    return body


def _flat(arguments: Any) -> list[Any]:
    found: list[Any] = []
    for one in arguments:
        found.extend(_flat(one) if isinstance(one, tuple) else [one])
    return found


def dims() -> st.SearchStrategy[Dim]:
    """A dimension: a symbol, a number, a product, a fixed one."""
    return st.sampled_from(DIMS)


def plain_elements() -> st.SearchStrategy[ElementType]:
    """An element type that is no tuple."""
    numbers: st.SearchStrategy[ElementType] = st.sampled_from([f32, f32, I32])
    tiles = st.builds(lambda a, b: Tile("f32", [a, b]), dims(), dims())
    pairs: st.SearchStrategy[ElementType] = st.just(STuple((f32, I32)))
    buffers = st.builds(Buffer, numbers | tiles | pairs, st.lists(dims(), min_size=1, max_size=2))
    return numbers | buffers | tiles | st.just(Multihot("f32", EXPERTS))


def elements() -> st.SearchStrategy[ElementType]:
    """Any element type."""
    return plain_elements() | st.lists(plain_elements(), min_size=2, max_size=3).map(tuple_of)


@st.composite
def cases(draw: st.DrawFn, most: int = 8) -> Case:
    """An operator with a random program of about ``most`` primitives at most."""
    shape = draw(st.lists(dims(), min_size=1, max_size=3))
    streams = [StreamSpec(StreamType(draw(elements()), tuple(shape)), "uniform")]
    if draw(st.booleans()):
        streams.append(StreamSpec(StreamType(draw(elements()), tuple(shape)), "normal"))
    routed = draw(st.integers(0, len(shape)))
    if routed:
        low = draw(st.integers(0, 1))
        index = StreamType(Multihot("f32", EXPERTS), tuple(shape[len(shape) - routed :]))
        streams.append(StreamSpec(index, ones=(low, draw(st.integers(low, 3)))))
    drawer = _Drawer(draw, streams)
    for _ in range(draw(st.integers(1, most))):
        drawer.step()
    return drawer.finish()


class _Drawer:
    def __init__(self, draw: st.DrawFn, streams: list[StreamSpec]) -> None:
        self.draw, self.streams = draw, streams
        self.names = tuple(f"x{index}" for index in range(len(streams)))
        self.builder = Builder(len(streams), self.names)
        self.types = [one.type for one in streams]
        self.free: list[Value] = list(range(len(streams)))
        self.functions: list[Function] = []
        self.partitions = 0

    def step(self) -> None:
        value = self.draw(st.sampled_from(self.free))
        stream = self.types[value]
        rank = stream.rank
        choices: list[Callable[[], None]] = [
            lambda: self.apply(PRIMITIVES["Map"](fn=self.map(stream.element)), value),
            lambda: self.apply(PRIMITIVES["Promote"](b=self.draw(st.integers(0, rank + 1))), value),
            lambda: self.apply(PRIMITIVES["Repeat"](n=self.draw(dims() | st.integers(0, 3))), value),
            lambda: self.apply(PRIMITIVES["Identity"](), value),
            lambda: self.apply(PRIMITIVES["Copy"](), value),
        ]
        if rank:
            count = self.draw(st.integers(1, rank))
            choices += [
                lambda: self.apply(PRIMITIVES["Accum"](fn=self.fold(stream.element), b=count), value),
                lambda: self.apply(PRIMITIVES["Scan"](fn=self.fold(stream.element), b=count), value),
                lambda: self.apply(PRIMITIVES["Bufferize"](a=count), value),
                lambda: self.apply(
                    PRIMITIVES["Flatten"](L=tuple(range(count, self.draw(st.integers(count, rank)) + 1))), value
                ),
            ]
        if isinstance(stream.element, Buffer):
            choices.append(lambda: self.apply(PRIMITIVES["Streamify"](), value))
        for index, dim in enumerate(stream.known_shape):
            for block in (*SYMBOLS, Dim.number(2)):
                if set(block.symbols) <= set(dim.symbols) and (dim / block).denominator == 1:
                    choices.append(
                        lambda index=index, block=block: self.apply(PRIMITIVES["Reshape"](L=(index,), S=block), value)  # type: ignore[misc]
                    )
        for other in self.free:
            if other == value:
                continue
            second = self.types[other]
            if second.shape == stream.shape:
                choices.append(lambda other=other: self.apply(PRIMITIVES["Zip"](), value, other))  # type: ignore[misc]
                joined = tuple_of((*fields_of(stream.element), *fields_of(second.element)))
                choices.append(
                    lambda other=other, joined=joined: self.apply(PRIMITIVES["Map"](fn=self.map(joined)), value, other)  # type: ignore[misc]
                )
            if second.known_shape[1:] == stream.shape:
                choices.append(lambda other=other: self.apply(PRIMITIVES["RepeatRef"](), value, other))  # type: ignore[misc]
            if self.fits_index(stream, second):
                choices += [lambda other=other: self.route(value, other)] * 3  # type: ignore[misc]
        self.draw(st.sampled_from(choices))()

    def fits_index(self, data: StreamType, index: StreamType) -> bool:
        groups = index.known_shape
        return (
            isinstance(index.element, Multihot)
            and len(groups) <= len(data.known_shape)
            and data.known_shape[len(data.known_shape) - len(groups) :] == groups
        )

    def route(self, data: Value, index: Value) -> None:
        first, second = self.apply(PRIMITIVES["Copy"](), index)
        element = self.types[data].element
        parts = self.apply(PRIMITIVES["Partition"](N=EXPERTS), data, first)
        result = self.draw(plain_elements())
        made = []
        for part in parts:
            (one,) = self.apply(PRIMITIVES["Map"](fn=self.new(element, result, fold=False)), part)
            made.append(one)
        self.apply(PRIMITIVES["Merge"](fn=self.fold(result)), *made, second)

    def map(self, element: ElementType) -> Function:
        known = [one for one in self.functions if not one.is_fold and one.element == element]
        if known and self.draw(st.booleans()):
            return self.draw(st.sampled_from(known))
        return self.new(element, self.draw(elements()), fold=False)

    def fold(self, element: ElementType) -> Function:
        known = [one for one in self.functions if one.is_fold and one.element == element]
        if known and self.draw(st.booleans()):
            return self.draw(st.sampled_from(known))
        return self.new(element, self.draw(elements()), fold=True)

    def new(self, element: ElementType, result: ElementType, *, fold: bool) -> Function:
        init = tuple(float(self.draw(st.integers(-1, 1))) for _ in fields_of(result)) if fold else None
        function = Function(f"f{len(self.functions)}", element, result, init)
        self.functions.append(function)
        return function

    def apply(self, primitive: Primitive, *operands: Value) -> range:
        results = self.builder.add(primitive, operands)
        node = Node(primitive, operands, len(results))
        self.types.extend(infer_node(node, tuple(self.types[one] for one in operands), self.partitions))
        self.partitions += primitive.gives == "list"
        self.free = [one for one in self.free if one not in operands] + list(results)
        return results

    def finish(self) -> Case:
        outputs = [value for value in self.free if not any(one.is_dynamic for one in self.types[value].known_shape)]
        program = self.builder.build(outputs)
        inputs = tuple(zip(self.names, self.streams, strict=True))
        specification = Specification("drawn", inputs, tuple(StreamSpec(self.types[one]) for one in outputs))
        return Case(specification, program, tuple(self.functions))
