"""Dimensions: canonical forms, equality, arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from step.dims import ONE, Dim, SizeError, as_dim, as_shape, dynamic_expert, dynamic_symbol, product

A, B, H, L, N, K = map(Dim.symbol, "ABHLNK")
E = Dim.number(3, "E")
SIZES = {"A": 2, "B": 3, "H": 5, "L": 8, "N": 7, "K": 9}


def test_the_canonical_forms_of_the_specification() -> None:
    assert H * 1 == H
    assert 4 * (L / 4) == L
    assert E == Dim.number(3) == 3
    assert hash(E) == hash(3) == hash(Dim.number(3))
    assert N * K == K * N != N
    assert (N * K) / K == N
    assert (A / B) * B == A


def test_a_dimension_is_no_truth_value_and_no_fraction() -> None:
    assert E != 3.5 and Dim.number(1) != True  # noqa: E712
    with pytest.raises(TypeError, match="whole number; got True"):
        as_dim(True)
    with pytest.raises(TypeError, match=r"whole number; got 2\.5"):
        as_dim(2.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        A * 1.5
    with pytest.raises(SizeError, match="negative"):
        as_dim(-1)
    with pytest.raises(SizeError, match="negative"):
        A * -2


@pytest.mark.parametrize("written", ["AB", 3, A])
def test_a_shape_is_a_list(written: object) -> None:
    with pytest.raises(TypeError, match=r"a list, innermost first, as \[D, N\]"):
        as_shape(written)  # type: ignore[arg-type]


def test_numpy_numbers_are_numbers() -> None:
    np = pytest.importorskip("numpy")
    assert as_dim(np.int64(4)) == 4


def test_nothing_times_anything_is_nothing() -> None:
    assert 0 * A == 0 == A * Dim.number(0)
    with pytest.raises(SizeError, match="divided by zero"):
        A / 0


def test_text() -> None:
    assert [str(one) for one in (A, N * K, L / 4, 2 * A * A, E, E * 1, 1 * E, E * A, ONE / A)] == [
        "A", "K*N", "L/4", "2*A*A", "E", "E", "E", "3*A", "1/A",
    ]  # fmt: skip


def test_sizes() -> None:
    assert (N * K / 9).evaluate(SIZES) == 7
    assert Dim.symbol("D", {"D": 16}).size == 16
    assert (Dim.symbol("D", {"D": 16}) * 2).size == 32
    with pytest.raises(SizeError, match="not a whole number: 7/4"):
        (N / 4).evaluate(SIZES)
    with pytest.raises(SizeError, match="N has no size"):
        N.evaluate({})


def test_dimensions_of_two_modules_keep_their_own_sizes() -> None:
    ours, theirs = Dim.symbol("D", {"D": 16}), Dim.symbol("C", {"C": 3})
    assert (ours * theirs).size == (theirs * ours).size == 48


def test_symbols_are_replaced() -> None:
    assert (A * A / B).substitute({"A": Dim.number(0)}) == 0
    assert (A * A / B).substitute({"A": N, "B": K}) == N * N / K


def test_dynamic_dimensions_are_told_apart() -> None:
    dim = Dim.symbol(dynamic_symbol(2, 1))
    assert dim.is_dynamic and dynamic_expert(dim) == ("2", 1)
    assert dynamic_expert(A) is None and dynamic_expert(dim * 2) is None and dynamic_expert(Dim.number(3)) is None


def test_dimensions_do_not_grow_without_a_bound() -> None:
    big = A
    with pytest.raises(SizeError, match="that large"):
        for _ in range(100):
            big = big * big
    number = Dim.number(3)
    with pytest.raises(SizeError, match="that large"):
        for _ in range(100):
            number = number * number


MONOMIALS = st.builds(
    lambda over, under, symbols: product(symbols) * over / under,
    st.integers(1, 12),
    st.integers(1, 12),
    st.lists(st.sampled_from([A, B, H, E, N / A, B / 2]), max_size=4),
)


def _value(dim: Dim) -> Fraction:
    value = Fraction(dim.numerator, dim.denominator)
    for name, exponent in dim.factors:
        value *= Fraction(SIZES[name]) ** exponent
    return value


@given(MONOMIALS, MONOMIALS)
def test_arithmetic_is_the_arithmetic_of_the_sizes(left: Dim, right: Dim) -> None:
    assert _value(left * right) == _value(left) * _value(right)
    assert _value(left / right) == _value(left) / _value(right)


@given(MONOMIALS, MONOMIALS, MONOMIALS)
def test_the_form_does_not_depend_on_how_it_was_made(a: Dim, b: Dim, c: Dim) -> None:
    assert a * b == b * a and hash(a * b) == hash(b * a)
    assert (a * b) * c == a * (b * c)
    assert (a / b) * b == a
    assert a * ONE == a and a / a == ONE
    assert str(a * b) == str(b * a)
