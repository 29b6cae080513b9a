"""Hover on a function, a dimension or a type of the module: what its declaration says."""

from __future__ import annotations

from step.dims import Dim
from step.function import Function

from step_server import describe
from step_server.hovers import Hovered
from step_server.locate import Place
from step_server.scopes import use_at
from step_server.server import StepServer
from step_server.uses import MODULE

ORDER = 40


def hover(place: Place, server: StepServer) -> Hovered | None:
    """The function or dimension whose name is at the place: in a body, at its declaration, or anywhere else in the
    module, as in the types of an operator's streams."""
    found = place.occurrence
    if found is not None:
        text = meaning(place, found.name, found.meaning)
        return Hovered(text, place.in_file(found.span)) if text else None
    definition = place.definition
    if definition is not None:
        text = meaning(place, definition.name, definition.value)
        return Hovered(text, definition.span) if text else None
    use = use_at(place.snapshot.module, place.line, place.column)
    if use is None or use[1].scope != MODULE:
        return None
    known = place.snapshot.module.definitions.get(use[1].name)
    text = meaning(place, known.name, known.value) if known is not None else ""
    return Hovered(text, use[1].span) if text else None


def meaning(place: Place, name: str, value: object) -> str:
    """What a name stands for; empty where there is nothing to tell."""
    match value:
        case Function():
            return function(place, value)
        case Dim():
            return dim(name, value)
        case tuple() if value and all(isinstance(one, Function) for one in value):
            lines = [f"**{len(value)} functions** `{name}`", ""]
            return "\n".join([*lines, *(f"{index}. `{one.name}`: `{one}`" for index, one in enumerate(value[:12]))])
        case _:
            return ""


def function(place: Place, value: Function) -> str:
    """A function's signature, kind and docstring."""
    kind = "fold" if value.is_fold else "map"
    lines = [f"**{kind}** `{value.name}`: `{value}`", ""]
    if value.init is not None:
        init = ", ".join(f"{one:g}" for one in value.init)
        lines.append(f"Folds elements `{value.element}` into a state `{value.result}` that starts at {init}.")
    else:
        lines.append(f"Applied to one element: takes `{value.element}`, gives `{value.result}`.")
    definition = place.snapshot.module.definitions.get(value.name)
    if definition is not None and definition.docstring:
        lines += ["", describe.markdown(definition.docstring)]
    return "\n".join(lines)


def dim(name: str, value: Dim) -> str:
    """A dimension with the size a check starts from."""
    if value.label is not None or value.is_number:
        return f"**dimension** `{name}` = {value.numerator}, fixed"
    size = describe.dim_size(value)
    return f"**dimension** `{name}`" + (f" — a check starts from {size}" if size else "")
