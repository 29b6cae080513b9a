"""Elements where buffers are needed, and the other way round: the one primitive that changes them, in words."""

from __future__ import annotations

from step.types import Buffer, ElementType, StreamType, Unknown, same_element


def stream_advice(needs: StreamType, got: StreamType) -> str:
    """How a stream becomes one of another type, as the end of a message; nothing where Bufferize or Streamify alone is
    not enough."""
    if needs.shape is None or got.shape is None:
        return ""
    match needs.element, got.element:
        case element, Buffer(element=inner, dims=dims) if (
            same_element(element, inner) and needs.shape == dims + got.shape
        ):
            return "; step.Streamify() makes it so"
        case Buffer(element=inner, dims=dims), element if (
            same_element(inner, element) and got.shape == dims + needs.shape
        ):
            return f"; step.Bufferize(a={len(dims)}) makes it so"
    return ""


def element_advice(needs: ElementType, got: StreamType) -> str:
    """How a stream comes to have the elements that a function needs, whatever shape it then has."""
    if isinstance(needs, Unknown) or isinstance(got.element, Unknown):
        return ""
    if isinstance(got.element, Buffer) and same_element(got.element.element, needs):
        return "; step.Streamify() gives its elements"
    if isinstance(needs, Buffer) and same_element(needs.element, got.element) and got.shape is not None:
        count = len(needs.dims)
        if len(got.shape) > count and got.shape[:count] == needs.dims:
            return f"; step.Bufferize(a={count}) makes such buffers of it"
    return ""
