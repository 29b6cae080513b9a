"""Types and dimensions as text, and back: ``Buffer(f32, [D])``, ``(f32, f32)``, ``4*N/2``.

The text is what people read in hovers, prompts and structural IR; reading it never evaluates anything.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from fractions import Fraction

from step.dims import Dim, Shape
from step.types import Buffer, ElementType, Multihot, Scalar, STuple, Tile


class NotationError(ValueError):
    """A text is not a type or a dimension; the message says what is wrong and shows the text."""


def read_dim(text: str | int, fixed: Mapping[str, int] | None = None) -> Dim:
    """A dimension from its text: products and quotients of names and whole numbers.

    ``fixed`` gives the numbers of fixed dimensions, which keep their name as a label.

    Raises:
        NotationError: anything else.
    """
    if isinstance(text, int):
        return Dim.number(text)
    return _dim(_parse(str(text)), str(text), fixed or {})


def read_type(text: str, fixed: Mapping[str, int] | None = None) -> ElementType:
    """An element type from its text.

    Raises:
        NotationError: no type is written so.
    """
    return _type(_parse(text), text, fixed or {})


def read_shape(values: list[str | int] | tuple[str | int, ...], fixed: Mapping[str, int] | None = None) -> Shape:
    """A shape, innermost first, from the texts of its dimensions.

    Raises:
        NotationError: one of them is no dimension.
    """
    return tuple(read_dim(value, fixed) for value in values)


def _parse(text: str) -> ast.expr:
    if len(text) > 2000:
        raise NotationError(f"too long for a type or a dimension: {text[:40]}…")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotationError(f"not a type or a dimension: {text!r}") from None


def _dim(node: ast.expr, text: str, fixed: Mapping[str, int]) -> Dim:
    match node:
        case ast.Constant(value=int(number)) if not isinstance(number, bool) and number >= 0:
            return Dim.number(number)
        case ast.Name(id=name):
            return Dim.number(fixed[name], label=name) if name in fixed else Dim.symbol(name)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _dim(left, text, fixed) * _dim(right, text, fixed)
        case ast.BinOp(left=left, op=ast.Div() | ast.FloorDiv(), right=right):
            divisor = _dim(right, text, fixed)
            if divisor.numerator == 0:
                raise NotationError(f"a dimension divided by zero: {text!r}")
            return _dim(left, text, fixed) / divisor
    raise NotationError(f"not a dimension (a name, a number, a product or a quotient): {text!r}")


def _type(node: ast.expr, text: str, fixed: Mapping[str, int]) -> ElementType:
    match node:
        case ast.Name(id=name):
            return _scalar(name, text)
        case ast.Constant(value=str(name)):
            return _scalar(name, text)
        case ast.Tuple(elts=fields) | ast.List(elts=fields) if len(fields) > 1:
            return STuple(_type(one, text, fixed) for one in fields)
        case ast.Tuple(elts=[only]) | ast.List(elts=[only]):
            return _type(only, text, fixed)
        case ast.Call(func=ast.Name(id="Scalar"), args=[dtype], keywords=[]):
            return _type(dtype, text, fixed)
        case ast.Call(func=ast.Name(id="Buffer"), args=[element, ast.List(elts=dims)], keywords=[]):
            return Buffer(_type(element, text, fixed), [_dim(one, text, fixed) for one in dims])
        case ast.Call(func=ast.Name(id="Multihot"), args=[dtype, length], keywords=[]):
            return Multihot(_dtype(dtype, text, fixed), _dim(length, text, fixed))
        case ast.Call(func=ast.Name(id="Tile"), args=[dtype, ast.List(elts=dims)], keywords=[]):
            return Tile(_dtype(dtype, text, fixed), [_dim(one, text, fixed) for one in dims])
    raise NotationError(
        f"not a type: {text!r}; write f32, Buffer(f32, [D]), Multihot(f32, E), Tile(f32, [C, R]) or (A, B)"
    )


def _scalar(name: str, text: str) -> Scalar:
    try:
        return Scalar(name)
    except ValueError:
        raise NotationError(f"not a type: {text!r} (no dtype is called {name!r})") from None


def _dtype(node: ast.expr, text: str, fixed: Mapping[str, int]) -> Scalar:
    element = _type(node, text, fixed)
    if not isinstance(element, Scalar):
        raise NotationError(f"not a dtype: {element} in {text!r}")
    return element


def rename_dim(dim: Dim, names: Mapping[str, str]) -> str:
    """The text of a dimension with its symbols (and a fixed one's label) replaced; factors in the order of the
    *new* names, so that two dimensions equal up to renaming have one text."""
    if dim.label is not None:
        return names.get(dim.label, str(dim.numerator))
    factors = sorted((names.get(name, name), exponent) for name, exponent in dim.factors)
    over = Fraction(dim.numerator, dim.denominator)
    return f"{over}" + "".join(f"*{name}^{exponent}" for name, exponent in factors)
