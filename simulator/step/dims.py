"""Symbolic dimensions: small canonical values, quick to compare and to hash.

A dimension is a monomial: a positive rational number times powers of symbols, so that ``H*1`` is ``H`` and
``4*(L/4)`` is ``L`` (1-language, section 1). That is all the primitives make: Flatten multiplies, Reshape divides.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

MAX_BITS = 256
MAX_EXPONENT = 64
"""Bounds of a dimension's numbers and exponents: what is beyond is no size, and only costs time."""


class SizeError(ValueError):
    """A dimension has no whole size under a choice of sizes: a symbol without one, or a division that is not even."""


@dataclass(frozen=True, eq=False)
class Dim:
    """A dimension of a stream or of a buffer.

    ``factors`` holds ``(symbol, exponent)`` pairs, sorted by symbol. Two dimensions are equal only if their canonical
    forms are; a dimension without symbols equals its number. ``label`` is the name of a fixed dimension, which is
    shown but not compared; ``sizes`` is the choice of sizes under which the module that made it runs.
    """

    numerator: int = 1
    denominator: int = 1
    factors: tuple[tuple[str, int], ...] = ()
    label: str | None = field(default=None, repr=False)
    sizes: Mapping[str, int] | None = field(default=None, repr=False)

    @staticmethod
    def symbol(name: str, sizes: Mapping[str, int] | None = None) -> Dim:
        """The dimension called ``name``."""
        return Dim(1, 1, ((name, 1),), None, sizes)

    @staticmethod
    def number(value: int, label: str | None = None) -> Dim:
        """A dimension of known size (at least 0)."""
        if value < 0:
            raise SizeError(f"a dimension cannot be negative: {value}")
        if value.bit_length() > MAX_BITS:
            raise SizeError("a dimension cannot be that large")
        return Dim(value, 1, (), label)

    @cached_property
    def is_number(self) -> bool:
        """Whether the size is known without a choice of sizes."""
        return not self.factors and self.denominator == 1

    @property
    def symbols(self) -> frozenset[str]:
        """The symbols that the dimension is made of."""
        return frozenset(name for name, _ in self.factors)

    @property
    def is_dynamic(self) -> bool:
        """Whether the size is known only when data flows (Partition makes such dimensions)."""
        return any(is_dynamic_symbol(name) for name, _ in self.factors)

    @property
    def size(self) -> int:
        """The size under the current choice.

        Raises:
            SizeError: the dimension has no size here (a symbol made by Partition, or an uneven division).
        """
        return self.evaluate(self.sizes or {})

    def evaluate(self, sizes: Mapping[str, int]) -> int:
        """The size where each symbol has the given one.

        Raises:
            SizeError: a symbol has no size, or the division is not even.
        """
        over, under = self.numerator, self.denominator
        for name, exponent in self.factors:
            try:
                size = sizes[name]
            except KeyError:
                raise SizeError(f"dimension {name} has no size") from None
            if exponent > 0:
                over *= size**exponent
            else:
                under *= size**-exponent
        if under == 0 or over % under:
            raise SizeError(f"{self} is not a whole number: {over}/{under}")
        return over // under

    def substitute(self, replacements: Mapping[str, Dim]) -> Dim:
        """The dimension with symbols replaced by others."""
        if not any(name in replacements for name, _ in self.factors):
            return self
        result = Dim(self.numerator, self.denominator, (), None, self.sizes)
        for name, exponent in self.factors:
            factor = replacements[name] if name in replacements else Dim.symbol(name)
            for _ in range(abs(exponent)):
                result = _combine(result, factor, 1 if exponent > 0 else -1)
        return result

    def __mul__(self, other: object) -> Dim:
        return _combine(self, other, 1)

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Dim:
        return _combine(self, other, -1)

    __floordiv__ = __truediv__

    def __rtruediv__(self, other: object) -> Dim:
        if isinstance(other, bool) or not isinstance(other, int):
            return NotImplemented
        return Dim.number(other) / self

    __rfloordiv__ = __rtruediv__

    def __str__(self) -> str:
        if self.label is not None:
            return self.label
        over = [str(self.numerator)] if self.numerator != 1 else []
        under = [str(self.denominator)] if self.denominator != 1 else []
        for name, exponent in self.factors:
            (over if exponent > 0 else under).extend([name] * abs(exponent))
        text = "*".join(over) or "1"
        for part in under:
            text += f"/{part}"
        return text

    def __repr__(self) -> str:
        return f"Dim({self})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Dim):
            return (
                self.numerator == other.numerator
                and self.denominator == other.denominator
                and self.factors == other.factors
            )
        if isinstance(other, int) and not isinstance(other, bool):
            return self.is_number and self.numerator == other
        return NotImplemented

    def __hash__(self) -> int:
        known = self.__dict__.get("_hash")
        if known is None:
            own = hash(self.numerator) if self.is_number else hash((self.numerator, self.denominator, self.factors))
            known = self.__dict__["_hash"] = own
        return int(known)


Shape = tuple[Dim, ...]
"""Dimensions, innermost first."""


def as_dim(value: Dim | int) -> Dim:
    """A number or a dimension, as a dimension.

    Raises:
        TypeError: it is neither (a truth value is no number).
        SizeError: the number is negative.
    """
    if isinstance(value, Dim):
        return value
    if not isinstance(value, bool):
        try:
            return Dim.number(int(operator.index(value)))
        except TypeError:
            pass
    raise TypeError(f"a dimension is a Dim or a whole number; got {value!r}")


def as_shape(values: Iterable[Dim | int]) -> Shape:
    """Numbers and dimensions, as a shape.

    Raises:
        TypeError: it is no list, or an item is neither a number nor a dimension.
        SizeError: a number is negative.
    """
    if isinstance(values, (Dim, int, str)) or not isinstance(values, Iterable):
        raise TypeError(f"dimensions are a list, innermost first, as [D, N]; got {values!r}")
    return tuple(as_dim(value) for value in values)


def product(dims: Iterable[Dim]) -> Dim:
    """The product of dimensions; 1 for none."""
    result = ONE
    for dim in dims:
        result = result * dim
    return result


def show_shape(shape: Iterable[Dim]) -> str:
    """A shape as people write it, innermost first: ``[D, N]``."""
    return "[" + ", ".join(str(dim) for dim in shape) + "]"


def dynamic_symbol(number: int, expert: int) -> str:
    """The symbol of the number of groups that a Partition gives to one expert. No identifier can be equal to it."""
    return f"dyn{number}.{expert}"


def dynamic_expert(dim: Dim) -> tuple[str, int] | None:
    """Which Partition (its number) and which expert a dynamic dimension is of; None for any other dimension."""
    if dim.numerator != 1 or dim.denominator != 1 or len(dim.factors) != 1:
        return None
    (name, exponent), *_ = dim.factors
    partition, point, expert = name.removeprefix("dyn").partition(".")
    return (partition, int(expert)) if point and exponent == 1 else None


def is_dynamic_symbol(name: str) -> bool:
    """Whether a symbol was made by :func:`dynamic_symbol`."""
    return "." in name


def _combine(left: Dim, right: object, sign: int) -> Dim:
    if isinstance(right, bool) or not isinstance(right, (int, Dim)):
        return NotImplemented  # type: ignore[no-any-return]
    other = as_dim(right)
    if sign < 0 and other.numerator == 0:
        raise SizeError(f"{left} divided by zero")
    over, under = (other.numerator, other.denominator) if sign > 0 else (other.denominator, other.numerator)
    numerator, denominator = left.numerator * over, left.denominator * under
    common = math.gcd(numerator, denominator) or 1
    if numerator.bit_length() > MAX_BITS or denominator.bit_length() > MAX_BITS:
        raise SizeError("a dimension cannot be that large")
    if numerator == 0:
        factors: tuple[tuple[str, int], ...] = ()
    elif not other.factors:
        factors = left.factors
    else:
        exponents = dict(left.factors)
        for name, exponent in other.factors:
            exponents[name] = exponents.get(name, 0) + sign * exponent
        factors = tuple(sorted((name, exponent) for name, exponent in exponents.items() if exponent))
        if any(abs(exponent) > MAX_EXPONENT for _, exponent in factors):
            raise SizeError("a dimension cannot be that large")
    label = left.label if other == ONE else right.label if isinstance(right, Dim) and left == ONE and sign > 0 else None
    return Dim(numerator // common, denominator // common, factors, label, _joined(left.sizes, other.sizes))


def _joined(left: Mapping[str, int] | None, right: Mapping[str, int] | None) -> Mapping[str, int] | None:
    if right is None or left is right:
        return left
    # Two choices meet only outside of any check, where each dimension knows its own size.
    return right if left is None else {**left, **right}


ONE = Dim()
