"""PCL-lite's spelling of types and dimensions, as this language spells them. Nothing is evaluated."""

from __future__ import annotations

import ast

from step.convert.errors import ConvertError
from step.types import dtype_name


def type_text(written: str | tuple[str, ...]) -> str:
    """A type, or the types of a tuple, as it is written in a module: ``Buffer(f32, [D])``.

    Raises:
        ConvertError: it is no type.
    """
    if isinstance(written, tuple):
        return "(" + ", ".join(map(type_text, written)) + ")"
    return _type(_parse(written), written)


def dim_text(written: str) -> str:
    """A dimension: a symbol, a number, or a product or quotient of those.

    Raises:
        ConvertError: it is no dimension.
    """
    node = _parse(written)
    _check_dim(node, written)
    return ast.unparse(node)


def symbols_of(written: str | tuple[str, ...]) -> list[str]:
    """The dimension symbols in a type or in a dimension, in order."""
    if isinstance(written, tuple):
        return [symbol for one in written for symbol in symbols_of(one)]
    names = [node for node in ast.walk(_parse(written)) if isinstance(node, ast.Name)]
    names.sort(key=lambda node: (node.lineno, node.col_offset))
    return [node.id for node in names if node.id not in _WORDS and not _is_dtype(node.id)]


_WORDS = ("Buffer", "Multihot", "Scalar", "Tile", "step")


def _parse(written: str) -> ast.expr:
    try:
        return ast.parse(written.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ConvertError(f"not a type or a dimension: {written!r}") from None


def _type(node: ast.expr, written: str) -> str:
    match node:
        case ast.Name(id=name) | ast.Constant(value=str(name)) if _is_dtype(name):
            dtype = dtype_name(name)
            return "f32" if dtype == "f32" else f'Scalar("{dtype}")'
        case ast.Call(func=func, args=[element, ast.List(elts=dims) | ast.Tuple(elts=dims)]) if _word(func) == "Buffer":
            for dim in dims:
                _check_dim(dim, written)
            return f"Buffer({_type(element, written)}, [{', '.join(map(ast.unparse, dims))}])"
        case ast.Call(func=func, args=[element, length]) if _word(func) == "Multihot":
            _check_dim(length, written)
            return f"Multihot({_type(element, written)}, {ast.unparse(length)})"
        case ast.Call(func=func, args=[element]) if _word(func) == "Scalar":
            return _type(element, written)
        case ast.List(elts=fields) | ast.Tuple(elts=fields) if fields:
            return "(" + ", ".join(_type(one, written) for one in fields) + ")"
    raise ConvertError(f"not a type: {written!r}; types are fp32, Buffer(fp32, [D]), Multihot(fp32, E)")


def _word(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="step"), attr=name):
            return name
    return ""


def _check_dim(node: ast.expr, written: str) -> None:
    match node:
        case ast.Name():
            return
        case ast.Constant(value=int(value)) if not isinstance(value, bool) and value >= 0:
            return
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() | ast.FloorDiv(), right=right):
            _check_dim(left, written)
            _check_dim(right, written)
            return
    raise ConvertError(f"not a dimension: {ast.unparse(node)!r} in {written!r}")


def _is_dtype(name: str) -> bool:
    try:
        dtype_name(name)
    except ValueError:
        return False
    return True
