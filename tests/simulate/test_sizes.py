from __future__ import annotations

import pytest
import step
from hypothesis import given
from hypothesis import strategies as st
from step.choice import DimSpec
from step.dims import Dim
from step.simulate.sizes import assignments, dims_that_divide
from step.types import Buffer, StreamType, f32


def declared(**sizes: int | DimSpec) -> dict[str, DimSpec]:
    return {name: size if isinstance(size, DimSpec) else DimSpec(name, size) for name, size in sizes.items()}


def test_the_first_assignment_is_the_declared_one() -> None:
    first, second = assignments(declared(M=5, N=7, K=9, D=16), 2)
    assert first == {"M": 5, "N": 7, "K": 9, "D": 16}
    assert not set(first.values()) & set(second.values())


def test_equal_sizes_are_told_apart() -> None:
    first, _ = assignments(declared(A=8, B=8), 2)
    assert first == {"A": 8, "B": 10}


def test_fixed_dimensions_never_vary_and_are_told_apart_from_others() -> None:
    first, second = assignments(declared(E=DimSpec("E", 3, fixed=True), M=3), 2)
    assert "E" not in first
    assert first["M"] == 5
    assert second["M"] not in (3, 5)


def test_only_fixed_dimensions_give_one_assignment() -> None:
    assert assignments(declared(E=DimSpec("E", 3, fixed=True)), 2) == ({},)


def test_sizes_that_must_divide() -> None:
    D, B = Dim.symbol("D"), Dim.symbol("B")
    sizes = assignments(declared(D=16, B=4, N=7), 3, [D / 4, D / B])
    assert len(sizes) == 3
    for one in sizes:
        assert one["D"] % 4 == 0 and one["D"] % one["B"] == 0


def test_what_cannot_divide_is_left_as_declared() -> None:
    D = Dim.symbol("D")
    assert assignments(declared(D=7), 1, [D / 2]) == ({"D": 7},)


def test_dims_that_divide() -> None:
    D, N = step.dims(D=4, N=6)
    types = [StreamType(Buffer(f32, [D / 2]), (N, D)), StreamType(f32, (N / D, N))]
    assert dims_that_divide(types) == (D / 2, N / D)


@st.composite
def specs(draw: st.DrawFn) -> dict[str, DimSpec]:
    found = {}
    for name in draw(st.sets(st.sampled_from("ABCDEFGH"), min_size=1)):
        multiple = draw(st.integers(1, 4))
        size = draw(st.integers(0, 8)) * multiple
        found[name] = DimSpec(name, size, draw(st.booleans()), multiple, draw(st.integers(0, size)))
    return found


@given(specs(), st.integers(1, 3))
def test_every_assignment_keeps_the_bounds(dims: dict[str, DimSpec], count: int) -> None:
    chosen = assignments(dims, count)
    free = {name for name, spec in dims.items() if not spec.fixed}
    assert len(chosen) == (count if free else 1)
    fixed = {spec.size for spec in dims.values() if spec.fixed}
    for sizes in chosen:
        assert set(sizes) == free
        assert len(set(sizes.values()) | fixed) == len(free) + len(fixed)
        for name, size in sizes.items():
            spec = dims[name]
            assert size >= spec.size >= spec.at_least
            assert size % 2 == spec.size % 2
            assert size % spec.multiple_of == 0
    for name in free:
        assert len({sizes[name] for sizes in chosen}) == count


def test_many_dimensions_do_not_take_for_ever() -> None:
    dims = declared(**{f"X{number}": 4 for number in range(40)})
    first, second = assignments(dims, 2)
    assert len(set(first.values())) in (1, 40)
    assert second


@pytest.mark.parametrize("count", [1, 2, 4])
def test_as_many_as_asked(count: int) -> None:
    assert len(assignments(declared(N=2), count)) == count
