"""Random well-typed programs, with functions and data for them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from step.declare import DeclaredFunction
from step.dims import Dim
from step.function import Function
from step.infer import infer_node
from step.primitives import PRIMITIVES, Primitive, RuleViolation
from step.primitives.base import Data
from step.program import Builder, Node, Program, StreamSpec
from step.simulate.make import make_stream
from step.types import Buffer, ElementType, Multihot, Scalar, StreamType, STuple, Tile, fields_of

SYMBOLS = {name: Dim.symbol(name) for name in "ABCD"}
EXPERTS = Dim.number(3, label="E")
MAX_ELEMENTS = 400


@dataclass
class Case:
    """A program with everything it needs to run."""

    program: Program
    input_types: tuple[StreamType, ...]
    types: tuple[StreamType, ...]
    functions: dict[str, DeclaredFunction]
    sizes: dict[str, int]
    inputs: tuple[Data, ...]

    @property
    def bodies(self) -> dict[str, Callable[..., Any]]:
        return {name: one.body for name, one in self.functions.items()}

    def __repr__(self) -> str:
        nodes = "; ".join(f"{node.primitive}{node.operands}" for node in self.program.nodes)
        return f"Case({', '.join(map(str, self.input_types))}: {nodes} → {self.program.outputs}, {self.sizes})"


def dims() -> st.SearchStrategy[Dim]:
    return st.sampled_from([*SYMBOLS.values(), Dim.number(1), Dim.number(2)])


def elements() -> st.SearchStrategy[ElementType]:
    leaf = st.one_of(
        st.just(Scalar("f32")),
        st.just(Scalar("f32")),
        st.just(Scalar("i32")),
        st.just(Multihot("f32", EXPERTS)),
        st.builds(lambda x, y: Tile("f32", [x, y]), dims(), dims()),
        st.builds(lambda x: Buffer("f32", [x]), dims()),
        st.builds(lambda x, y: Buffer("f32", [x, y]), dims(), dims()),
    )
    several = st.lists(leaf, min_size=2, max_size=3).map(STuple)
    return st.one_of(leaf, leaf, several, several.map(lambda one: Buffer(one, [SYMBOLS["A"]])))


@dataclass
class _Maker:
    draw: Any
    sizes: dict[str, int]
    builder: Builder
    types: list[StreamType]
    functions: dict[str, DeclaredFunction] = field(default_factory=dict)
    partitions: int = 0

    def function(self, element: ElementType, result: ElementType, body: Any, init: Any = None) -> Function:
        name = f"f{len(self.functions)}"
        function = Function(name, element, result, init)
        self.functions[name] = DeclaredFunction(function, body)
        return function

    def add(self, primitive: Primitive, operands: list[int]) -> range | None:
        """Appends a node, if its rule holds and its results stay small."""
        node = Node(primitive, tuple(operands), primitive.results)
        try:
            results = infer_node(node, tuple(self.types[one] for one in operands), self.partitions)
        except RuleViolation:
            return None
        if any(self.count(one) > MAX_ELEMENTS for one in results):
            return None
        self.partitions += primitive.gives == "list"
        values = self.builder.add(primitive, operands)
        self.types.extend(results)
        return values

    def count(self, stream: StreamType) -> int:
        sizes = {**self.sizes}
        leaf_dims = [dim for leaf in stream.element.leaves for dim in leaf.dims]
        for dim in (*stream.known_shape, *leaf_dims):
            for symbol in dim.symbols:
                sizes.setdefault(symbol, 6)
        return sum(
            math.prod(dim.evaluate(sizes) for dim in (*stream.known_shape, *leaf.dims))
            for leaf in stream.element.leaves
        )


def _leafwise(work: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An operation on every array of a field, which is a tuple where the field has several."""

    def apply(value: Any) -> Any:
        return tuple(map(apply, value)) if isinstance(value, tuple) else work(value)

    return apply


def _pairwise(work: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(one: Any, other: Any) -> Any:
        if isinstance(one, tuple):
            return tuple(apply(left, right) for left, right in zip(one, other, strict=True))
        return work(one, other)

    return apply


def _total(value: Any) -> Any:
    return sum(map(_total, value)) if isinstance(value, tuple) else np.sum(value)


def _as_element(fields: tuple[Any, ...]) -> Any:
    return fields if len(fields) > 1 else fields[0]


def _map(maker: _Maker, element: ElementType) -> Function:
    kind = maker.draw(st.sampled_from(["scale", "total", "wave", "pair"]))
    fields = len(fields_of(element))
    match kind:
        case "scale":
            return maker.function(element, element, lambda *x: _as_element(tuple(map(_leafwise(lambda a: a * 2), x))))
        case "total":
            return maker.function(element, Scalar("f32"), lambda *x: _total(x))
        case "wave":
            return maker.function(element, Scalar("f32"), lambda *x: np.sin(_total(x)) if _total(x) > 0 else _total(x))
        case _:
            result = STuple((Scalar("f32"), *fields_of(element)))
            assert fields >= 1
            return maker.function(element, result, lambda *x: (_total(x) / 2, *x))


def _fold(maker: _Maker, element: ElementType) -> Function:
    kind = maker.draw(st.sampled_from(["add", "decay", "count", "peak"]))
    fields = fields_of(element)
    init = tuple(float(maker.draw(st.integers(-2, 2))) for _ in fields)
    add, decay = _pairwise(lambda s, x: s + x), _pairwise(lambda s, x: s * 0.5 + x)

    def each(work: Callable[[Any, Any], Any]) -> Callable[..., Any]:
        def body(state: Any, *x: Any) -> Any:
            states = state if len(fields) > 1 else (state,)
            return _as_element(tuple(work(s, one) for s, one in zip(states, x, strict=True)))

        return body

    match kind:
        case "add":
            return maker.function(element, element, each(add), init)
        case "decay":
            return maker.function(element, element, each(decay), init)
        case "count":
            return maker.function(element, Scalar("f32"), lambda s, *x: s + 1 + _total(x), (0.0,))
        case _:
            result = STuple(("f32", "f32"))
            return maker.function(
                element, result, lambda s, *x: (np.maximum(s[0], _total(x)), s[1] - s[0] / 4), (-3.0, 1.0)
            )


def _grow(maker: _Maker) -> None:
    draw = maker.draw
    # Mostly one of the newest streams, so that programs become deep.
    value = len(maker.types) - 1 - min(draw(st.integers(0, 3)), draw(st.integers(0, len(maker.types) - 1)))
    stream = maker.types[value]
    rank, shape = stream.rank, stream.known_shape
    name = draw(st.sampled_from(_fitting(maker, stream)))
    make: Any = PRIMITIVES[name]
    dim = draw(st.sampled_from([*SYMBOLS.values(), 1, 2, 3]))
    match name:
        case "Map":
            maker.add(make(_map(maker, stream.element)), [value])
        case "Accum" | "Scan":
            maker.add(make(_fold(maker, stream.element), draw(st.integers(1, max(rank, 1)))), [value])
        case "Bufferize":
            maker.add(make(draw(st.integers(1, max(rank, 1)))), [value])
        case "Repeat":
            maker.add(make(dim), [value])
        case "Promote":
            maker.add(make(draw(st.integers(0, rank + 1))), [value])
        case "Flatten":
            first = draw(st.integers(1, max(rank, 1)))
            last = draw(st.integers(first, max(rank, first)))
            maker.add(make(tuple(range(first, last + 1))), [value])
        case "Reshape":
            index = draw(st.integers(0, rank))
            size = _size(shape[index], maker.sizes)
            blocks = [one for one in (1, 2, 3) if size is not None and size % one == 0]
            if blocks:
                maker.add(make((index,), draw(st.sampled_from(blocks))), [value])
        case "Streamify" | "Copy" | "Identity":
            maker.add(make(), [value])
        case "Zip":
            same = [at for at, one in enumerate(maker.types) if one.shape == shape]
            maker.add(make(), [value, draw(st.sampled_from(same))])
        case "RepeatRef":
            longer = [at for at, one in enumerate(maker.types) if one.known_shape[1:] == shape]
            if longer:
                maker.add(make(), [value, draw(st.sampled_from(longer))])
        case "Partition":
            _route(maker, value)


def _fitting(maker: _Maker, stream: StreamType) -> list[str]:
    """The primitives that may take a stream, the interesting ones more often."""
    names = ["Map", "Map", "Zip", "Repeat", "Promote", "Reshape", "Copy", "Identity"]
    if stream.rank > 0:
        names += ["Accum", "Accum", "Scan", "Scan", "Bufferize", "Bufferize", "Flatten"]
    if isinstance(stream.element, Buffer):
        names += ["Streamify"] * 2
    if any(one.known_shape[1:] == stream.known_shape for one in maker.types):
        names += ["RepeatRef"] * 2
    if _indices(maker, stream):
        names += ["Partition"] * 4
    return names


def _indices(maker: _Maker, stream: StreamType) -> list[int]:
    """The inputs that can route a stream's groups."""
    shape = stream.known_shape
    return [
        at
        for at, one in enumerate(maker.types[: maker.builder.inputs])
        if one.element == Multihot("f32", EXPERTS)
        and len(one.known_shape) <= len(shape)
        and shape[len(shape) - len(one.known_shape) :] == one.shape
    ]


def _route(maker: _Maker, value: int) -> None:
    """A Partition, sometimes maps on what it gives, and a Merge."""
    index = maker.draw(st.sampled_from(_indices(maker, maker.types[value])))
    make: Any = PRIMITIVES["Partition"]
    parts = maker.add(make(EXPERTS), [value, index])
    if parts is None:
        return
    streams = list(parts)
    if maker.draw(st.booleans()):
        function = _map(maker, maker.types[value].element)
        mapped = [maker.add(_primitive("Map", function), [one]) for one in streams]
        if any(one is None for one in mapped):
            return
        streams = [one[0] for one in mapped if one is not None]
    maker.add(_primitive("Merge", _fold(maker, maker.types[streams[0]].element)), [*streams, index])


def _primitive(name: str, *parameters: Any) -> Primitive:
    make: Any = PRIMITIVES[name]
    return make(*parameters)  # type: ignore[no-any-return]


def _size(dim: Dim, sizes: dict[str, int]) -> int | None:
    return None if dim.is_dynamic else dim.evaluate(sizes)


@st.composite
def cases(draw: st.DrawFn, steps: int = 8) -> Case:
    """A random program that the static check accepts, with data."""
    sizes = {name: draw(st.sampled_from([2, 3, 1, 4, 2, 3, 0])) for name in SYMBOLS}
    count = draw(st.integers(1, 3))
    streams = [
        StreamType(draw(elements()), tuple(draw(st.lists(dims(), min_size=1, max_size=3)))) for _ in range(count)
    ]
    if draw(st.booleans()):
        # An index stream that fits the first input.
        outer = draw(st.integers(1, len(streams[0].known_shape)))
        streams.append(StreamType(Multihot("f32", EXPERTS), streams[0].known_shape[-outer:]))
    maker = _Maker(draw, sizes, Builder(len(streams)), list(streams))
    for _ in range(draw(st.integers(2, steps))):
        _grow(maker)
    used = {operand for node in maker.builder.nodes for operand in node.operands}
    program = maker.builder.build([value for value in range(len(maker.types)) if value not in used])
    seed = draw(st.integers(0, 1000))
    inputs = tuple(
        make_stream(StreamSpec(one), sizes, np.random.default_rng([seed, place]), "f64")
        for place, one in enumerate(streams)
    )
    return Case(program, tuple(streams), tuple(maker.types), maker.functions, sizes, inputs)
