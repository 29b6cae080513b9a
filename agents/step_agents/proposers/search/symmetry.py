"""Symmetric functions: of two arguments that may change places only one order is tried.

A sum or a product of two values is the same in both orders, so half of all combinations need not be looked at. Whether
a function is symmetric is tried on random numbers; a wrong guess could only hide a body, and what is found is verified
anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from step.function import Function
from step.simulate.batch.signature import leaves
from step.simulate.errors import SimulationError
from step.simulate.functions import FunctionTable

from step_agents.proposers.search.cover import Recipe
from step_agents.proposers.search.roles import Role
from step_agents.proposers.search.values import Shelf

SAMPLES = 24


def symmetric_roles(roles: Sequence[Role], table: FunctionTable) -> frozenset[Role]:
    """The roles that take two fields of one type, and for which it is all the same which comes first."""
    return frozenset(role for role in roles if _may_be(role) and _is_symmetric(role.function, table))


def in_order(recipe: Recipe, shelves: Sequence[Shelf], rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """The combinations (n, k) of values in the order that is kept: what was there first comes first. All of them where
    a recipe of a symmetric role takes both fields as one value."""
    if len(recipe.arguments) != 2:
        return rows
    first, second = shelves
    if first is second:
        return rows[rows[:, 0] <= rows[:, 1]]
    return rows if first.number < second.number else rows[:0]


def _may_be(role: Role) -> bool:
    return not role.is_merge and len(role.fields) == 2 and role.fields[0].type == role.fields[1].type


def _is_symmetric(function: Function, table: FunctionTable) -> bool:
    generator = np.random.default_rng(0x5EED)
    try:
        batched = table.batched(function.name)
        taken = [leaf for argument in batched.signature.arguments for leaf in leaves(argument)]
        if any(leaf.dtype.kind != "f" for leaf in taken):
            return False
        arrays = [generator.standard_normal((SAMPLES, *leaf.shape)).astype(leaf.dtype) for leaf in taken]
        states = len(batched.signature.result_leaves) if function.is_fold else 0
        state, element = arrays[:states], arrays[states:]
        half = len(element) // 2
        with np.errstate(all="ignore"):
            there = batched((*state, *element), (SAMPLES,))
            back = batched((*state, *element[half:], *element[:half]), (SAMPLES,))
    except SimulationError:
        return False
    return all(
        bool(np.isfinite(one).all()) and np.allclose(one, other, rtol=1e-12, atol=1e-12)
        for one, other in zip(there, back, strict=True)
    )
