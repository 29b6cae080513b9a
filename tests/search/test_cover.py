"""Covering: supersequences, where values are repeated, what each way costs."""

from hypothesis import given
from hypothesis import strategies as st
from step.dims import Dim
from step.function import Function
from step.types import Buffer, STuple, f32
from step_agents.proposers.search.cover import Coverer, Recipe, embeddings, supersequences, usual_order
from step_agents.proposers.search.kinds import Kind, Splits
from step_agents.proposers.search.roles import make_roles

D, K, M, N = DIMS = tuple(Dim.symbol(name) for name in "DKMN")
SIZES = {"D": 6, "K": 5, "M": 3, "N": 4}
SHAPES = st.lists(st.sampled_from(DIMS), unique=True, max_size=4).map(tuple)
ROW = Buffer(f32, [D])


def recipes(function: Function, *kinds: Kind, limit: int = 3) -> tuple[Recipe, ...]:
    splits = Splits()
    (role, *_), _ = make_roles([function], [], splits)
    return Coverer(splits, DIMS, frozenset(), SIZES, 10_000).recipes(role, kinds, limit)


@given(st.tuples(SHAPES, SHAPES))
def test_supersequences_hold_all_shapes_and_are_equally_short(shapes: tuple[tuple[Dim, ...], ...]) -> None:
    found = supersequences(shapes)
    assert found
    assert len({len(one) for one in found}) == 1
    assert len(found[0]) <= sum(map(len, shapes))
    for target in found:
        for shape in shapes:
            places = embeddings(shape, target)
            assert places
            assert all(tuple(d for d, has in zip(target, one, strict=True) if has) == shape for one in places)


def test_the_shape_of_one_argument_costs_nothing_extra() -> None:
    div = Function("div", STuple((f32, f32)), f32)
    (recipe,) = recipes(div, Kind(f32, (D, N)), Kind(f32, (N,)), limit=1)
    assert recipe.target == (D, N)
    assert [one.stream for one in recipe.arguments] == [(True, True), (False, True)]


def test_a_shape_that_no_argument_has_costs_extra() -> None:
    mul = Function("mul", STuple((f32, f32)), f32)
    kinds = Kind(f32, (K, N)), Kind(f32, (K, D))
    assert recipes(mul, *kinds, limit=2) == ()
    assert {one.target for one in recipes(mul, *kinds)} == {(K, N, D), (K, D, N)}


def test_a_buffer_takes_the_innermost_dimensions_and_leaves_the_rest() -> None:
    scale = Function("scale", STuple((f32, ROW)), ROW)
    (recipe,) = recipes(scale, Kind(f32, (K, N)), Kind(f32, (D, K, N)), limit=1)
    assert recipe.target == (K, N)
    assert recipe.result == Kind(f32, (D, K, N))


def test_a_tuple_covers_a_run_of_fields() -> None:
    fold = Function("fold", STuple((ROW, f32, f32)), ROW, (0.0,))
    pair = Kind(STuple((f32, f32)), (M, N))
    modes = {(one.mode, one.fold) for one in recipes(fold, Kind(f32, (D, M, N)), pair, limit=2)}
    assert {("accum", 1), ("scan", 1), ("accum", 2), ("scan", 2)} == modes


def test_deeper_folds_cost_more_and_an_inserted_one_most() -> None:
    add = Function("add", f32, f32, (0.0,))
    found = {(one.mode, one.fold, one.target): one.weight for one in recipes(add, Kind(f32, (D, N)), limit=9)}
    assert found["accum", 1, (D, N)] == 1
    assert found["accum", 2, (D, N)] == 2
    assert found["accum", 0, (D, N)] == 5
    assert found["scan", 1, (K, D, N)] == 3


def test_elements_of_one_dimension_can_be_paired() -> None:
    dot = Function("dot", STuple((ROW, ROW)), f32)
    targets = {one.target for one in recipes(dot, Kind(f32, (D, N)), Kind(f32, (D, N)), limit=6)}
    assert targets == {(N,), (N, N)}


def test_experts_of_one_signature_make_one_role() -> None:
    from step.types import Multihot

    fold = Function("sum", ROW, ROW, (0.0,))
    experts = [Function(f"expert{i}", STuple((ROW, f32)), ROW) for i in range(3)]
    roles, regions = make_roles([*experts, fold], [Multihot("f32", 2)], Splits())
    groups = [role for role in roles if role.is_merge]
    assert regions == 5
    assert [one.functions for one in groups[0].experts] == [("expert0",), ("expert1",)]
    assert groups[0].extra == 0
    assert any(role.extra > 0 and role.experts[0].functions == ("expert1",) for role in groups)


def test_the_usual_order_follows_from_shapes_and_leaves_out_what_they_disagree_on() -> None:
    assert usual_order([(D, K), (K, N)]) == {(D, K), (K, N), (D, N)}
    assert usual_order([(D, K), (K, D), (K, N)]) == {(K, N), (D, N)}


def test_a_shape_in_another_than_the_usual_order_costs_more() -> None:
    mul = Function("mul", STuple((f32, f32)), f32)
    (role, *_), _ = make_roles([mul], [], Splits())
    coverer = Coverer(Splits(), DIMS, frozenset(), SIZES, 10_000, usual_order([(D, N)]))
    kinds = Kind(f32, (K, N)), Kind(f32, (K, D))
    assert {one.target for one in coverer.recipes(role, kinds, 3)} == {(K, D, N)}
    assert {one.target for one in coverer.recipes(role, kinds, 5)} > {(K, D, N), (K, N, D)}


def test_a_dimension_is_paired_with_itself_more_readily_where_an_array_has_it_twice() -> None:
    mul = Function("mul", STuple((f32, f32)), f32)
    (role, *_), _ = make_roles([mul], [], Splits())
    coverer = Coverer(Splits(), DIMS, frozenset(), SIZES, 10_000)
    kinds = Kind(f32, (N,)), Kind(f32, (N,))
    assert {one.target for one in coverer.recipes(role, kinds, 3)} == {(N,)}
    knowing = coverer.repeating(frozenset((SIZES["N"],)))
    assert {one.target for one in knowing.recipes(role, kinds, 3)} == {(N,), (N, N)}
    triple = Kind(f32, (N, N)), Kind(f32, (N,))
    assert all(one.target.count(N) < 3 for one in knowing.recipes(role, triple, 9))
