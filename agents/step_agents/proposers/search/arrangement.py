"""Arrangements: which stream shapes a step can be applied over, and which of its arguments go together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from step.dims import Dim

from step_agents.proposers.search.cover import Recipe
from step_agents.proposers.search.layouts import Items


class CannotLower(Exception):
    """No layouts lead from one step to another: the values were right, but primitives cannot arrange them so."""


def plain(rank: int) -> Items:
    """A stream shape of so many dimensions, each by itself."""
    return tuple((axis,) for axis in range(rank))


def groups(recipe: Recipe, places: Sequence[int], together: bool) -> list[list[int]]:
    """Neighbouring arguments that lack the same dimensions of the stream."""
    found: list[list[int]] = []
    for place in places:
        mask = recipe.arguments[place].stream
        before = found[-1][-1] if found else None
        if together and before is not None and not all(mask) and recipe.arguments[before].stream == mask:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def fitted(recipe: Recipe, shape: Items) -> Iterator[Items]:
    """A stream shape with the ones that the step needs: a fold needs whole items to fold and one that is left."""
    if recipe.mode in ("map", "merge"):
        yield shape or ((),)
        return
    if recipe.fold == 0:
        inner: Items = ((), *shape)
        yield inner if len(inner) > 1 else ((), ())
        return
    seen = 0
    for count, item in enumerate(shape, 1):
        seen += len(item)
        if seen == recipe.fold:
            yield shape if count < len(shape) else (*shape, ())
            return
        if seen > recipe.fold:
            return


def folded(recipe: Recipe, shape: Items) -> int:
    """How many items of a fitted shape are folded."""
    if recipe.fold == 0:
        return 1
    seen = 0
    for count, item in enumerate(shape, 1):
        seen += len(item)
        if seen == recipe.fold:
            return count
    raise CannotLower("the folded dimensions are no whole items")


def index_length(recipe: Recipe) -> Dim:
    """How many experts the index of a group of experts tells apart."""
    element = recipe.role.fields[-1].element
    length: Dim = element.length  # type: ignore[union-attr]
    return length
