"""Which sizes a check runs an operator with.

At least two assignments; within one all sizes are distinct, so that a transposed or coincidentally right program
fails (1-language, section 6). No size is smaller than the declared one, each keeps its evenness and its bounds, and
every dimension of the program is a whole number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from step.choice import DimSpec
from step.dims import Dim, SizeError, is_dynamic_symbol
from step.types import StreamType, dims_of

Sizes = Mapping[str, int]

_TRIES = 12  # candidates of one dimension
_STEPS = 20_000  # of the search over all


def assignments(declared: Mapping[str, DimSpec], count: int, whole: Iterable[Dim] = ()) -> tuple[dict[str, int], ...]:
    """Sizes by symbol for each of ``count`` runs, without the fixed dimensions (they never vary).

    The first assignment is the declared one, changed only where sizes coincide. ``whole`` are dimensions that must
    come out whole, such as the quotients that Reshape leaves. Where nothing satisfies all, the declared sizes are
    taken: the run will then say what does not divide.
    """
    free = [spec for spec in declared.values() if not spec.fixed]
    fixed = {spec.name: spec.size for spec in declared.values() if spec.fixed}
    constraints = [dim for dim in dict.fromkeys(whole) if not any(map(is_dynamic_symbol, dim.symbols))]
    used: dict[str, set[int]] = {spec.name: set() for spec in free}
    avoid = {spec.size for spec in declared.values()}
    found: list[dict[str, int]] = []
    for number in range(count if free else 1):
        candidates = {
            spec.name: _candidates(spec, used[spec.name], avoid if number else set(), number > 0) for spec in free
        }
        chosen = _search(free, candidates, fixed, constraints) or {spec.name: spec.size for spec in free}
        if chosen not in found:
            found.append(chosen)
        for name, size in chosen.items():
            used[name].add(size)
    return tuple(found)


def dims_that_divide(types: Iterable[StreamType]) -> tuple[Dim, ...]:
    """The dimensions of streams that are quotients: they are whole for some sizes only."""
    dims = (dim for one in types if one.shape is not None for dim in (*one.shape, *dims_of(one.element)))
    return tuple(dict.fromkeys(dim for dim in dims if _is_quotient(dim)))


def _is_quotient(dim: Dim) -> bool:
    return dim.denominator != 1 or any(exponent < 0 for _, exponent in dim.factors)


def _candidates(spec: DimSpec, used: set[int], avoid: set[int], grow: bool) -> list[int]:
    """Sizes to try, best first: for a run after the first, ones that no dimension had before."""
    step = math.lcm(2, spec.multiple_of)
    sizes = [spec.size + step * times for times in range(_TRIES + len(used) + len(avoid))]
    if not grow:
        return sizes[:_TRIES]
    fresh = [size for size in sizes if size not in used and size not in avoid]
    return [*fresh[:_TRIES], *(size for size in sizes if size in avoid or size in used)]


def _search(
    free: Sequence[DimSpec],
    candidates: Mapping[str, Sequence[int]],
    fixed: Mapping[str, int],
    constraints: Sequence[Dim],
) -> dict[str, int] | None:
    """The first candidates that are distinct and make every constraint whole; not distinct only if they cannot be."""
    for distinct in (True, False):
        budget = [_STEPS]
        chosen = _extend([spec.name for spec in free], candidates, dict(fixed), constraints, distinct, budget)
        if chosen is not None:
            return {spec.name: chosen[spec.name] for spec in free}
    return None


def _extend(
    names: Sequence[str],
    candidates: Mapping[str, Sequence[int]],
    chosen: dict[str, int],
    constraints: Sequence[Dim],
    distinct: bool,
    budget: list[int],
) -> dict[str, int] | None:
    if not names:
        return chosen
    name, *rest = names
    for size in candidates[name]:
        budget[0] -= 1
        if budget[0] < 0:
            return None
        if distinct and size in chosen.values():
            continue
        extended = {**chosen, name: size}
        if all(_is_whole(dim, extended) for dim in constraints if name in dim.symbols):
            result = _extend(rest, candidates, extended, constraints, distinct, budget)
            if result is not None:
                return result
    return None


def _is_whole(dim: Dim, sizes: Mapping[str, int]) -> bool:
    """Whether a dimension is whole, as far as its symbols have sizes."""
    if not dim.symbols <= sizes.keys():
        return True
    try:
        dim.evaluate(sizes)
    except SizeError:
        return False
    return True
