"""Work: what the steps of a program read, compute and write, estimated by their types alone.

Of equally short programs the one with the least work is the better one: a division after a sum instead of one for every
summand. For each element of the stream that a step is applied over it counts the numbers that its function takes and
gives (a fold its state), and one operation for every combination of the dimensions that they have: a function from
[D] to [K] is taken to be a product with a matrix, one from [D] and [D] to [D] to work number by number. Layouts are
left out: programs are compared by length first, and layouts are most of that.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from step.dims import Dim

from step_agents.proposers.search.cover import Recipe
from step_agents.proposers.search.evaluate import elements_of
from step_agents.proposers.search.kinds import leaf_sizes
from step_agents.proposers.search.terms import Term, steps_of


def work_of(recipe: Recipe, sizes: Mapping[str, int]) -> int:
    """The work of one step."""
    role = recipe.role
    leaves = [leaf for field in role.fields for leaf in field.type.leaves]
    leaves += role.function.result.leaves
    numbers = sum(math.prod(leaf_sizes(leaf, sizes)) for leaf in leaves)
    dims: Counter[Dim] = Counter()
    for leaf in leaves:
        dims |= Counter(leaf.dims)
    operations: int = math.prod(dim.evaluate(sizes) ** count for dim, count in dims.items())
    return elements_of(recipe.target, sizes) * (numbers + operations)


def work_of_terms(terms: Sequence[Term], sizes: Mapping[str, int]) -> int:
    """The work of a program of these terms: every different step once."""
    return sum(work_of(one.recipe, sizes) for one in steps_of(terms) if one.recipe is not None)
