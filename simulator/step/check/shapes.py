"""What brings a stream to the shape that is needed, in words, where it is one thing."""

from __future__ import annotations

from step.dims import Dim, Shape, SizeError


def shape_advice(needs: Shape | None, got: Shape | None) -> str:
    """How a shape becomes the one that is needed, as the end of a message; nothing where it is no single step.

    Both innermost first, None where unknown. A number that equals a dimension's declared size is another dimension
    all the same: a check runs at other sizes too (1-language, section 6).
    """
    if needs is None or got is None:
        return ""
    if got and got == needs[1:]:
        return f"; step.Repeat(n={needs[0]}) makes it so"
    differ = [(one, other) for one, other in zip(needs, got, strict=False) if one != other]
    if len(needs) != len(got) or len(differ) != 1:
        return ""
    for symbol, number in (differ[0], differ[0][::-1]):
        if number.is_number and not symbol.is_number and _declared_size(symbol) == number.numerator:
            return f"; write {symbol} in place of {number}: {symbol} is {number} only at the size that is declared"
    return ""


def _declared_size(dim: Dim) -> int | None:
    try:
        return dim.evaluate(dim.sizes) if dim.sizes else None
    except SizeError:
        return None
