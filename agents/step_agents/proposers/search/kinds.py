"""Kinds: types without their layout.

The search looks for values, not for layouts (Bufferize, Streamify, Promote and Flatten move data nowhere). The kind of
a value is its element, fully streamified, and its dimensions, innermost first, without ones and with every
product written as its factors. What is bufferized when is decided afterwards, by :mod:`.lower`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from step.dims import ONE, Dim, Shape, SizeError, show_shape
from step.function import Function
from step.types import Buffer, ElementType, Leaf, StreamType, STuple, fields_of


@dataclass(frozen=True, slots=True)
class Kind:
    """A value's type without its layout: ``element`` is never a Buffer, ``dims`` (innermost first) holds no 1."""

    element: ElementType
    dims: Shape
    _hash: int = field(default=0, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.element, self.dims)))

    def __hash__(self) -> int:
        return self._hash

    def __str__(self) -> str:
        return f"{self.element}, {show_shape(self.dims)}"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of what a function takes or gives.

    ``buffer`` are the buffer's dimensions as declared (none of a plain element), ``dims`` the same in canonical form.
    """

    type: ElementType
    element: ElementType
    buffer: Shape
    dims: Shape


class Splits:
    """How products are written as factors, everywhere the same way: ``R*G`` as ``[R, G]``, ``C`` as ``[4, C/4]``."""

    def __init__(self, factors: Mapping[Dim, Shape] | None = None) -> None:
        self.factors = dict(factors or {})

    def dims(self, shape: Shape) -> Shape:
        """The canonical form of a shape: factors in place of products, no ones."""
        return tuple(factor for dim in shape for factor in self.factors_of(dim))

    def factors_of(self, dim: Dim) -> Shape:
        """What a dimension is written as: nothing for 1."""
        return () if dim == ONE else self.factors.get(dim, (dim,))

    def field(self, element: ElementType) -> Field:
        """A field of a function's input or result."""
        inner, buffer = peel(element)
        return Field(element, inner, buffer, self.dims(buffer))

    def kind(self, stream: StreamType) -> Kind:
        """The kind of a stream."""
        inner, buffer = peel(stream.element)
        return Kind(inner, self.dims(buffer + stream.known_shape))

    def result(self, element: ElementType, stream: Shape) -> Kind:
        """The kind of elements over canonical stream dimensions."""
        inner, buffer = peel(element)
        return Kind(inner, self.dims(buffer) + stream)


def peel(element: ElementType) -> tuple[ElementType, Shape]:
    """What is in a buffer, and the dimensions of the buffer: ``Buffer(f32, [D])`` is ``f32`` and ``[D]``."""
    dims: Shape = ()
    while isinstance(element, Buffer):
        dims, element = element.dims + dims, element.element
    return element, dims


def leaf_sizes(leaf: Leaf, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The sizes of one array of an element, outermost first."""
    return tuple(dim.evaluate(sizes) for dim in reversed(leaf.dims))


def dim_sizes(dims: Shape, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The sizes of dimensions, outermost first, as an array has them."""
    return tuple(dim.evaluate(sizes) for dim in reversed(dims))


def vocabulary(streams: tuple[StreamType, ...], functions: tuple[Function, ...]) -> tuple[Dim, ...]:
    """Every dimension that a specification and its functions mention, in the order in which they do."""
    seen: dict[Dim, None] = {}
    for stream in streams:
        for dim in (*peel(stream.element)[1], *stream.known_shape):
            seen.setdefault(dim)
    for function in functions:
        for element in (*fields_of(function.element), *fields_of(function.result)):
            for dim in peel(element)[1]:
                seen.setdefault(dim)
    return tuple(dim for dim in seen if dim != ONE)


def splittings(words: tuple[Dim, ...], sizes: Mapping[str, int], multiples: Mapping[str, int]) -> Iterator[Splits]:
    """The ways to write the products among mentioned dimensions as factors, the likeliest first.

    A dimension is split by another if the quotient is a whole number of things: ``R*G`` by ``R`` or by ``G``, ``C`` by
    the 4 in ``C = 4 * C/4``. The smaller factor inside comes first. ``multiples`` says what each
    symbol's size is a multiple of: a number splits only what it always divides; what a dimension is declared to be
    a multiple of may be the size of a block.
    """
    options: list[tuple[Dim, tuple[Shape, ...]]] = []
    for dim in words:
        found: dict[Shape, None] = {}
        parts = [Dim.symbol(name) for name, exponent in dim.factors if exponent > 0] if len(dim.factors) > 1 else []
        name, exponent = dim.factors[0] if len(dim.factors) == 1 else ("", 0)
        if exponent == 1 and dim.denominator == 1 and multiples.get(name, 1) > 1:
            parts.append(Dim.number(multiples[name]))
        for other in (*words, *parts):
            if other in (dim, ONE) or _depth(other) > _depth(dim):
                continue
            rest = dim / other
            if rest == ONE or not _whole(rest, sizes, multiples):
                continue
            pair = (rest, other) if rest.is_number and not other.is_number else (other, rest)
            found.setdefault(pair)
            if not rest.is_number and not other.is_number and (rest in words or len(dim.factors) > 1):
                found.setdefault((pair[1], pair[0]))
        if found and not any(set(pair) <= set(words) or dim / one in words for pair in found for one in pair):
            found = {(dim,): None, **found}
        if found:
            options.append((dim, tuple(found)))
    yield from _choices(options)


def _choices(options: list[tuple[Dim, tuple[Shape, ...]]]) -> Iterator[Splits]:
    seen: set[tuple[tuple[Dim, Shape], ...]] = set()
    picks = [0] * len(options)
    for changed in (-1, *range(len(options))):
        for place in range(1 if changed < 0 else 0, 1 if changed < 0 else len(options[changed][1])):
            chosen = list(picks)
            if changed >= 0:
                chosen[changed] = place
            factors = {dim: ways[pick] for (dim, ways), pick in zip(options, chosen, strict=True)}
            closed = {dim: _close(dim, factors) for dim in factors}
            key = tuple(sorted(closed.items(), key=str))
            if key not in seen:
                seen.add(key)
                yield Splits(closed)
    if not options:
        yield Splits()


def _close(dim: Dim, factors: Mapping[Dim, Shape], depth: int = 0) -> Shape:
    if dim not in factors or depth > 4:
        return (dim,)
    return tuple(small for one in factors[dim] for small in _close(one, factors, depth + 1))


def _depth(dim: Dim) -> int:
    """How composed a dimension is: quotients and single symbols come before products."""
    return sum(abs(exponent) for _, exponent in dim.factors if exponent > 0)


def _whole(dim: Dim, sizes: Mapping[str, int], multiples: Mapping[str, int]) -> bool:
    if any(exponent < 0 for _, exponent in dim.factors):
        return False
    if not dim.factors and dim.denominator != 1:
        return False
    if dim.denominator != 1:
        common = 1
        for name, exponent in dim.factors:
            common *= multiples.get(name, 1) ** exponent
        if (common * dim.numerator) % dim.denominator:
            return False
    try:
        return dim.evaluate(sizes) > 0
    except SizeError:
        return False


def is_tuple(element: ElementType) -> bool:
    """Whether an element has several fields."""
    return isinstance(element, STuple)
