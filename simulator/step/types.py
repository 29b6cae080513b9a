"""Element types and stream types (1-language, section 1).

Shapes are innermost first, as STeP writes them; an array's axes are the reverse. Two types are equal only if all of
them is: there is no broadcasting between streams.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from step.dims import Dim, Shape, as_dim, as_shape, show_shape

_DTYPES = {"float": "f32", "fp32": "f32", "float32": "f32", "fp64": "f64", "float64": "f64", "double": "f64",
           "fp16": "f16", "half": "f16", "float16": "f16", "int": "i32", "int32": "i32", "int64": "i64",
           "int8": "i8", "uint8": "u8", "int16": "i16", "boolean": "bool"}  # fmt: skip
DTYPES = ("f32", "f64", "f16", "i32", "i64", "i16", "i8", "u8", "bool")


def dtype_name(text: str) -> str:
    """The one name of a dtype: ``"float"``, ``"fp32"`` and ``"f32"`` are the same.

    Raises:
        ValueError: no such dtype.
    """
    name = _DTYPES.get(text, text) if isinstance(text, str) else text
    if not isinstance(name, str) or name not in DTYPES:
        raise ValueError(f"unknown dtype {text!r}; one of {', '.join(DTYPES)}")
    return name


@dataclass(frozen=True, slots=True)
class Leaf:
    """One array of an element: its dtype and its dimensions, innermost first."""

    dtype: str
    dims: Shape


@dataclass(frozen=True, slots=True)
class Scalar:
    """One number. Adds no axis to the array of a stream."""

    dtype: str = "f32"

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", dtype_name(self.dtype))

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The arrays of one element."""
        return (Leaf(self.dtype, ()),)

    def __str__(self) -> str:
        return self.dtype


@dataclass(frozen=True, slots=True)
class Buffer:
    """A read-only on-chip buffer of elements, ``dims`` innermost first. Of a tuple: one array a field."""

    element: ElementType
    dims: Shape

    def __init__(self, element: ElementType | str | Iterable[ElementType], dims: Iterable[Dim | int]) -> None:
        object.__setattr__(self, "element", as_element(element))
        object.__setattr__(self, "dims", _some_dims(dims, "Buffer(element, [d0, …])"))

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The arrays of one element."""
        return tuple(Leaf(leaf.dtype, leaf.dims + self.dims) for leaf in self.element.leaves)

    def __str__(self) -> str:
        return f"Buffer({self.element}, {show_shape(self.dims)})"


@dataclass(frozen=True, slots=True)
class Multihot:
    """A 0/1 vector of length ``length``: a routing decision."""

    dtype: str
    length: Dim

    def __init__(self, dtype: str | Scalar, length: Dim | int) -> None:
        object.__setattr__(self, "dtype", dtype.dtype if isinstance(dtype, Scalar) else dtype_name(dtype))
        object.__setattr__(self, "length", as_dim(length))

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The arrays of one element."""
        return (Leaf(self.dtype, (self.length,)),)

    def __str__(self) -> str:
        return f"Multihot({self.dtype}, {self.length})"


@dataclass(frozen=True, slots=True)
class Tile:
    """A regular tile that one hardware operation takes whole; ``dims`` innermost first."""

    dtype: str
    dims: Shape

    def __init__(self, dtype: str | Scalar, dims: Iterable[Dim | int]) -> None:
        object.__setattr__(self, "dtype", dtype.dtype if isinstance(dtype, Scalar) else dtype_name(dtype))
        object.__setattr__(self, "dims", _some_dims(dims, "Tile(dtype, [d0, d1])"))

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The arrays of one element."""
        return (Leaf(self.dtype, self.dims),)

    def __str__(self) -> str:
        return f"Tile({self.dtype}, {show_shape(self.dims)})"


@dataclass(frozen=True, slots=True)
class STuple:
    """A tuple of elements. Tuples in it are spliced: ``((A, B), C)`` is ``(A, B, C)``."""

    fields: tuple[ElementType, ...]

    def __init__(self, fields: Iterable[ElementType | str]) -> None:
        flat: list[ElementType] = []
        for one in fields:
            flat.extend(fields_of(as_element(one)))
        if len(flat) < 2:
            raise ValueError(f"a tuple has two fields at least; got {len(flat)}: write the type itself")
        object.__setattr__(self, "fields", tuple(flat))

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The arrays of one element, field by field."""
        return tuple(leaf for one in self.fields for leaf in one.leaves)

    def __str__(self) -> str:
        return "(" + ", ".join(str(one) for one in self.fields) + ")"


@dataclass(frozen=True, slots=True)
class Unknown:
    """What the static check cannot know. It matches everything, so nothing that depends on it is reported."""

    reason: str = field(default="", compare=False)

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """An unknown type has no known arrays."""
        raise ValueError("an unknown type has no arrays")

    def __str__(self) -> str:
        return "?"


ElementType = Scalar | Buffer | Multihot | Tile | STuple | Unknown
ELEMENT_TYPES = (Scalar, Buffer, Multihot, Tile, STuple, Unknown)

UNKNOWN = Unknown()
UNKNOWN_DIM = Dim.symbol("?")
f32 = Scalar("f32")


@dataclass(frozen=True, slots=True)
class StreamType:
    """A stream's type: ``element`` and ``shape`` (innermost first; None where even the rank is unknown)."""

    element: ElementType
    shape: Shape | None

    @property
    def known_shape(self) -> Shape:
        """The shape, of a stream whose shape is known."""
        assert self.shape is not None
        return self.shape

    @property
    def rank(self) -> int:
        """``len(shape) - 1``: a rank-0 stream still has one dimension."""
        return len(self.known_shape) - 1

    @property
    def is_known(self) -> bool:
        """Whether nothing of the type is unknown."""
        return self.shape is not None and not _has_unknown(self.element) and not any(map(_is_unknown_dim, self.shape))

    def __str__(self) -> str:
        return f"{self.element}, {show_shape(self.shape) if self.shape is not None else '?'}"


UNKNOWN_STREAM = StreamType(UNKNOWN, None)


def as_element(value: object) -> ElementType:
    """A type as users spell it, as a type: a dtype string is a Scalar, a tuple or list a tuple of types.

    Raises:
        TypeError: the value is no type.
    """
    if isinstance(value, ELEMENT_TYPES):
        return value
    if isinstance(value, str):
        return Scalar(value)
    if isinstance(value, (tuple, list)):
        return STuple(value) if len(value) != 1 else as_element(value[0])
    raise TypeError(f"not an element type: {value!r}")


def fields_of(element: ElementType) -> tuple[ElementType, ...]:
    """The fields of a tuple; of anything else, itself as the only one."""
    return element.fields if isinstance(element, STuple) else (element,)


def tuple_of(fields: Iterable[ElementType]) -> ElementType:
    """The tuple of the fields, or the only field itself."""
    flat = tuple(fields)
    return flat[0] if len(flat) == 1 else STuple(flat)


def map_dims(element: ElementType, change: dict[str, Dim]) -> ElementType:
    """The type with symbols of its dimensions replaced."""
    match element:
        case Buffer():
            return Buffer(map_dims(element.element, change), (dim.substitute(change) for dim in element.dims))
        case Multihot():
            return Multihot(element.dtype, element.length.substitute(change))
        case Tile():
            return Tile(element.dtype, (dim.substitute(change) for dim in element.dims))
        case STuple():
            return STuple(map_dims(one, change) for one in element.fields)
        case _:
            return element


def dims_of(element: ElementType) -> Iterator[Dim]:
    """All dimensions that occur in a type, from the innermost."""
    match element:
        case Buffer():
            yield from dims_of(element.element)
            yield from element.dims
        case Multihot():
            yield element.length
        case Tile():
            yield from element.dims
        case STuple():
            for one in element.fields:
                yield from dims_of(one)


def axes_of(element: ElementType) -> int:
    """How many axes an element's arrays have at most."""
    match element:
        case Buffer():
            return len(element.dims) + axes_of(element.element)
        case Tile():
            return len(element.dims)
        case Multihot():
            return 1
        case STuple():
            return max(map(axes_of, element.fields))
        case _:
            return 0


def same_dim(left: Dim, right: Dim) -> bool:
    """Whether two dimensions are equal, as far as they are known."""
    return left == right or _is_unknown_dim(left) or _is_unknown_dim(right)


def same_shape(left: Shape | None, right: Shape | None) -> bool:
    """Whether two shapes are equal, as far as they are known."""
    if left is None or right is None:
        return True
    return len(left) == len(right) and all(map(same_dim, left, right))


def same_element(left: ElementType, right: ElementType) -> bool:
    """Whether two element types are equal, as far as they are known."""
    if left == right or isinstance(left, Unknown) or isinstance(right, Unknown):
        return True
    match left, right:
        case (Buffer(), Buffer()):
            return same_shape(left.dims, right.dims) and same_element(left.element, right.element)
        case (Multihot(), Multihot()):
            return left.dtype == right.dtype and same_dim(left.length, right.length)
        case (Tile(), Tile()):
            return left.dtype == right.dtype and same_shape(left.dims, right.dims)
        case (STuple(), STuple()) if len(left.fields) == len(right.fields):
            return all(map(same_element, left.fields, right.fields))
        case (STuple(), _) | (_, STuple()):
            return any(isinstance(one, Unknown) for one in (*fields_of(left), *fields_of(right)))
        case _:
            return False


def same_stream(left: StreamType, right: StreamType) -> bool:
    """Whether two stream types are equal, as far as they are known."""
    return same_element(left.element, right.element) and same_shape(left.shape, right.shape)


def _has_unknown(element: ElementType) -> bool:
    return (
        isinstance(element, Unknown)
        or (isinstance(element, STuple) and any(map(_has_unknown, element.fields)))
        or (isinstance(element, Buffer) and _has_unknown(element.element))
        or any(map(_is_unknown_dim, dims_of(element)))
    )


def _is_unknown_dim(dim: Dim) -> bool:
    return any(name == "?" for name, _ in dim.factors)


def _some_dims(dims: Iterable[Dim | int], spelling: str) -> Shape:
    shape = as_shape(dims)
    if not shape:
        raise ValueError(f"there must be one dimension at least: {spelling}")
    return shape
