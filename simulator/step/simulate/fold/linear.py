"""Linear recurrences whose last state is a weighted sum: ``x ← a·x + w·y`` with numbers a and w, and rows x and y.

Only where a recurrence's factors do not vary along the element's axes, and only its last state is wanted: what comes to
the last state of each row is then that row times the factors of all later elements, and their sum is a matrix product.
Nothing is divided by a product of factors. Factors whose products leave the safe range are left to the steps.

The sum is another order of the same additions, as in NumPy's own reductions: its rounding error has the same bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from step.primitives.base import Array
from step.simulate.fold.tape import Ref, Tape

_GAIN = 4  # numbers of the state for each of the factors, from which on it pays
_CALL = 2000  # numbers that take as long as the calls of a step
_ALL_CALLS = 60_000  # and as the calls of a sum
_LARGE = 512  # numbers of a matrix that make up for the time that each takes
_FEW = 8  # matrices for each step, as many as take less time than a step

Operand = Ref | Array


class Unsafe(Exception):
    """Products of factors are too large or too small: the steps are to be taken."""


@dataclass(frozen=True, slots=True)
class Link:
    """One operation on the state: multiplied by the operand, divided by it, or the operand (or its negative) added."""

    kind: np.ufunc
    operand: Operand
    sign: float = 1.0


@dataclass(frozen=True, slots=True)
class Factor:
    """What a weight is multiplied with, or divided by."""

    operand: Operand
    divides: bool


@dataclass(frozen=True, slots=True)
class Term:
    """A row that every element adds to the state: ``sign`` times the factors, times ``row``."""

    sign: float
    factors: tuple[Factor, ...]
    row: Operand


@dataclass(frozen=True, slots=True)
class WeightedSum:
    """A recurrence as a sum: the factors of the state in one step, and what is added, with the factors that follow."""

    field: int
    factors: tuple[Factor, ...]
    terms: tuple[Term, ...]

    @property
    def reads(self) -> tuple[Operand, ...]:
        """Everything it is computed from."""
        of_terms = [one for term in self.terms for one in (*(each.operand for each in term.factors), term.row)]
        return (*(one.operand for one in self.factors), *of_terms)


def links_of(tape: Tape, field: int, refs: Iterable[Ref]) -> tuple[Link, ...] | None:
    """A cycle's operations, in order, as links of one chain through the state; None if it is not linear or no chain."""
    current: Ref = field
    links: list[Link] = []
    for ref in refs:
        operation = tape.operations[ref - len(tape.shapes)]
        ufunc, operands = operation.ufunc, operation.operands
        at = [number for number, one in enumerate(operands) if isinstance(one, int) and one == current]
        if len(at) != 1 or operation.shape != tape.shapes[field]:
            return None
        minus = np.asarray(-1.0, tape.dtypes[0])
        if len(operands) == 1:
            if ufunc not in (np.negative, np.positive):
                return None
            if ufunc is np.negative:
                links.append(Link(np.multiply, minus))
        elif ufunc is np.add or ufunc is np.multiply or (ufunc is np.divide and at == [0]):
            links.append(Link(ufunc, operands[1 - at[0]]))
        elif ufunc is np.subtract:
            if at == [1]:
                links.append(Link(np.multiply, minus))
            links.append(Link(np.add, operands[1 - at[0]], -1.0 if at == [0] else 1.0))
        else:
            return None
        current = ref
    return tuple(links) if current == tape.outputs[field] else None


def weighted_sum(
    field: int,
    links: tuple[Link, ...],
    is_number: Callable[[Operand], bool],
    products: Mapping[Ref, tuple[np.ufunc, tuple[Operand, ...]]],
) -> WeightedSum | None:
    """How the chain is computed as a sum; None if a factor of the state is no number.

    Args:
        field: the state's field.
        links: the chain.
        is_number: whether an operand does not vary along the element's axes.
        products: operations whose operands may be read in place of their results: those outside recurrences.
    """
    after: list[Factor] = []
    terms: list[Term] = []
    for link in reversed(links):
        if link.kind is np.add:
            row, factors = link.operand, list(after)
            while isinstance(row, int) and row in products:
                ufunc, operands = products[row]
                if ufunc is np.multiply and is_number(operands[0]):
                    factors.append(Factor(operands[0], False))
                    row = operands[1]
                elif ufunc in (np.multiply, np.divide) and is_number(operands[1]):
                    factors.append(Factor(operands[1], ufunc is np.divide))
                    row = operands[0]
                else:
                    break
            terms.append(Term(link.sign, tuple(factors), row))
        elif is_number(link.operand):
            after.append(Factor(link.operand, link.kind is np.divide))
        else:
            return None
    return WeightedSum(field, tuple(after), tuple(terms))


def pays(numbers: int, weights: int, length: int) -> bool:
    """Whether a sum is cheaper than steps: by the numbers of the state, of the weights of one element, and the steps.

    A product of many small matrices takes its time for each of them.
    """
    row = numbers // max(weights, 1)
    calls = length * (numbers + _CALL) >= _ALL_CALLS
    return calls and row >= _GAIN and (length * row >= _LARGE or weights <= _FEW * length)


def summed(plan: WeightedSum, read: Callable[[Operand], Array], state: Array, size: int, lead: int) -> Array:
    """The last state.

    Args:
        plan: the sum.
        read: the values of an operand for all elements, the folded axis first, then ``lead`` axes of the batch, then
            the element's; axes along which nothing varies have size 1.
        state: the state before, without the folded axis.
        size: how many elements there are.
        lead: how many axes the batch has.

    Raises:
        Unsafe: the weights leave the safe range.
    """
    safe = _Range(state.dtype)
    axes = state.ndim - lead
    ones = np.ones((size, *(1,) * (lead + axes)), state.dtype)
    step = safe.weighted(ones, plan.factors, read)
    later = np.ones((size + 1, *step.shape[1:]), step.dtype)
    np.multiply.accumulate(step[::-1], axis=0, out=later[size - 1 :: -1])
    safe.check(later[1:], ones)
    safe.check(later[0], step[0])
    total = later[0] * state
    for term in plan.terms:
        part = _contracted(safe.weighted(later[1:], term.factors, read), read(term.row), lead, axes)
        total = total + part if term.sign > 0 else total - part
    if not np.isfinite(total).all():
        raise Unsafe
    return np.asarray(total)


class _Range:
    """The magnitudes of a product of factors between which nothing overflows, or is lost, that a loop would keep."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.largest = math.sqrt(np.finfo(dtype).max)
        self.smallest = 1 / self.largest

    def check(self, weights: Array, first: Array, second: Array | float = 1.0) -> None:
        """Raises if the weights left the range; they may be 0 where one of the two factors is."""
        sizes = np.abs(weights)
        if not sizes.max() <= self.largest:  # NaN neither
            raise Unsafe
        if sizes.min() < self.smallest and ((sizes < self.smallest) & (first != 0) & (second != 0)).any():
            raise Unsafe

    def weighted(self, weights: Array, factors: Iterable[Factor], read: Callable[[Operand], Array]) -> Array:
        for factor in factors:
            values = read(factor.operand)
            before = weights
            weights = weights / values if factor.divides else weights * values
            self.check(weights, before, 1.0 if factor.divides else values)
        return weights


def _contracted(weights: Array, rows: Array, lead: int, axes: int) -> Array:
    """The sum of ``weights * rows`` over the first axis; the weights' element axes have size 1."""
    if len(rows) == 1 != len(weights):
        return np.asarray(weights.sum(axis=0) * rows[0])
    if rows.shape[1 + lead :] == (1,) * axes:
        return np.asarray((weights * rows).sum(axis=0))
    batch = range(1, lead + 1)
    matrix = rows.transpose(*batch, 0, *range(lead + 1, rows.ndim))
    vector = weights.reshape(weights.shape[: 1 + lead]).transpose(*batch, 0)[..., None, :]
    width = rows.shape[1 + lead :]
    matrix = matrix.reshape((*matrix.shape[: lead + 1], -1))
    product = np.matmul(vector, matrix)[..., 0, :]
    return np.reshape(product, (*product.shape[:-1], *width))
