"""Functions as users write them: batched where they can be, by paths where they decide, in a loop otherwise."""

from __future__ import annotations

import functools
import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
from step import numeric
from step.simulate.batch import BatchedFunction, Leaf, Signature, function, quiet

from tests.simulate.batch_oracle import assert_batched, values

S: tuple[int, ...] = ()
V = (8,)
EXPERTS = 6
TABLE = np.random.default_rng(95).normal(size=(EXPERTS, 4))
vectorized_erf = np.vectorize(math.erf)


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max())
    return e / e.sum()


def rms(x: Any) -> Any:
    return x / np.sqrt(np.mean(x**2) + 1e-5)


def layer_norm(x: Any) -> Any:
    return (x - x.mean()) / np.sqrt(x.var() + 1e-5)


def logsumexp(x: Any) -> Any:
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def gelu_math(x: Any) -> Any:
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def gelu_vectorized(x: Any) -> Any:
    return 0.5 * x * (1 + vectorized_erf(x / np.sqrt(2)))


def rope_halves(x: Any) -> Any:
    half = x.shape[-1] // 2
    angle = 3.0 * 10000.0 ** (-np.arange(half) / half)
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), a * np.sin(angle) + b * np.cos(angle)])


def rope_pairs(x: Any) -> Any:
    angle = np.arange(x.shape[0] // 2) / 7
    a, b = x[0::2], x[1::2]
    turned = np.stack([a * np.cos(angle) - b * np.sin(angle), b * np.cos(angle) + a * np.sin(angle)], axis=-1)
    return turned.reshape(x.shape)


def rope_assigned(x: Any) -> Any:
    y = np.empty(x.shape)
    y[0::2] = x[0::2] * 0.5 - x[1::2]
    y[1::2] = x[1::2] * 0.5 + x[0::2]
    return y


def top_k_gate(x: Any) -> Any:
    chosen = np.argsort(x)[::-1][:2]
    gate = np.zeros(len(x))
    gate[chosen] = softmax(x[chosen])
    return gate


def multihot(x: Any) -> Any:
    return np.eye(len(x))[np.argpartition(x, -3)[-3:]].sum(axis=0)


def quantise(x: Any) -> Any:
    scale = np.abs(x).max() / 127
    return np.clip(np.round(x / scale), -128, 127) * scale


def swish(x: Any) -> Any:
    return x / (1.0 + np.exp(-x))


def as_arrays(x: Any) -> Any:
    x = np.asarray(x, dtype=np.float64)
    return np.array([x.sum(), x.max(), float(x[0])])


def two_numbers(s: Any) -> Any:
    return np.array([s, s * s])


def half_precision(x: Any) -> Any:
    return np.float32(x) * np.float32(0.1)


def lookup(x: Any) -> Any:
    return TABLE[int(np.argmax(x[:EXPERTS]))]


def one_hot_assigned(x: Any) -> Any:
    y = np.zeros(8)
    y[int(np.argmax(x))] = 1.0
    return y


def looping(x: Any) -> Any:
    total = 0.0
    for value in x:
        total = total * 0.9 + value
    return total


def clamp(s: Any) -> Any:
    return min(max(s, -0.5), 0.5)


def newton(s: Any) -> Any:
    root = 1.0
    for _ in range(20):
        root = 0.5 * (root + abs(s) / root)
    return root


def mathematics(s: Any) -> Any:
    return math.tanh(s) + math.floor(s) + math.pow(abs(s), 0.3) + math.gamma(abs(s) + 1)


def tuple_of_two(x: Any) -> Any:
    return x.max(), x / x.max()


def list_of_numbers(s: Any) -> Any:
    return [s, 2.0 * s, 3.0]


def constant(x: Any) -> Any:
    return np.ones(3)


def identity(x: Any) -> Any:
    return x


def masked_mean(x: Any) -> Any:
    return np.where(x > 0, x, 0).sum() / np.maximum((x > 0).sum(), 1)


BATCHED: list[tuple[Any, tuple[int, ...]]] = [
    (softmax, V), (rms, V), (layer_norm, V), (logsumexp, V), (gelu_math, S), (gelu_vectorized, V), (rope_halves, V),
    (rope_pairs, V), (rope_assigned, V), (top_k_gate, V), (multihot, V), (quantise, V), (swish, V), (as_arrays, V),
    (two_numbers, S), (half_precision, V), (lookup, V), (one_hot_assigned, V), (looping, V), (newton, S),
    (mathematics, S), (tuple_of_two, V), (list_of_numbers, S), (constant, V), (identity, V), (masked_mean, V),
]  # fmt: skip


@pytest.mark.parametrize(("function", "shape"), BATCHED, ids=[case[0].__name__ for case in BATCHED])
def test_runs_batched(function: Any, shape: tuple[int, ...]) -> None:
    assert_batched(function, values(1, (9, *shape)), (9,))
    (x,) = values(2, (3, 2, 4, *shape))
    assert_batched(function, [np.broadcast_to(x[:, :1], x.shape)], (3, 2, 4))


def test_erf_of_scipy_runs_batched() -> None:
    special = pytest.importorskip("scipy.special")
    assert_batched(lambda x: 0.5 * x * (1 + special.erf(x / np.sqrt(2))), values(3, (9, 8)), (9,))
    assert_batched(lambda x: special.expit(x), values(3, (9, 8)), (9,))


def test_attention_folds_run_batched() -> None:
    def online(m: Any, total: Any, out: Any, score: Any, value: Any) -> Any:
        new = np.maximum(m, score)
        old, weight = np.exp(m - new), np.exp(score - new)
        return new, total * old + weight, out * old + weight * value

    s, v, t = values(4, (5, 7), (5, 7, 8), (5, 7))
    minus = np.broadcast_to(np.array(-np.inf), (5, 7))
    zero, zeros = np.broadcast_to(np.array(0.0), (5, 7)), np.broadcast_to(np.array(0.0), (5, 7, 8))
    assert_batched(online, [minus, zero, zeros, s, v], (5, 7))
    assert_batched(online, [t, t * t, v[::-1], s, v], (5, 7))


def test_a_decision_on_a_scalar_takes_paths() -> None:
    def gate(s: Any) -> Any:
        return np.array([1.0, 0.0]) if s > 0.5 else np.array([0.0, s])

    batched = assert_batched(gate, values(5, (40,)), (40,), mode="paths")
    assert "truth test" in batched.reason


def test_nested_decisions_take_as_many_paths() -> None:
    def sign(s: Any, x: Any) -> Any:
        if s > 0.5 and x[0] > 0:
            return x * s
        if not s < -0.5:
            return -x
        return x.sum() + np.zeros(8)

    s, x = values(6, (5, 8), (5, 8, 8))
    assert_batched(sign, [s, x], (5, 8), mode="paths")
    assert_batched(sign, [np.broadcast_to(s[:, :1], s.shape), x], (5, 8), mode="paths")


def test_a_decision_that_is_the_same_everywhere_is_batched() -> None:
    assert_batched(lambda s: s * 2 if s > -100 else s, values(7, (9,)), (9,))


def test_clamping_with_builtins() -> None:
    assert_batched(clamp, values(8, (30,)), (30,))


def test_while_loops_take_paths() -> None:
    def halvings(s: Any) -> Any:
        count = 0
        while abs(s) > 0.25:
            s = s / 2
            count += 1
        return count + s

    assert_batched(halvings, values(9, (50,)), (50,), mode="paths")


def test_too_many_paths_take_the_loop() -> None:
    def slowly(s: Any) -> Any:
        steps = 0.0
        while s > 0:
            s = s - 0.01
            steps += 1
        return steps

    batched = assert_batched(slowly, [np.linspace(0, 1, 60)], (60,), mode="loop")
    assert "paths" in batched.reason


def test_catching_everything_does_not_catch_the_signals() -> None:
    def careful(s: Any) -> Any:
        try:
            return s * 2 if s > 0 else -s
        except Exception:
            return 0.0

    assert_batched(careful, values(10, (9,)), (9,), mode="paths")


def test_printing_takes_the_loop(capsys: pytest.CaptureFixture[str]) -> None:
    def chatty(s: Any) -> Any:
        print(f"value {s:.3f}")
        return s

    assert_batched(chatty, [np.array([1.0, 2.0, 3.0])], (3,), mode="loop")
    assert "value 2.000" in capsys.readouterr().out
    assert_batched(lambda s: str(s) and s, [np.array([1.0, 2.0, 3.0])], (3,), mode="loop")


def test_randomness_is_found_by_the_sample() -> None:
    from step.simulate.batch import BatchedFunction, Leaf, Signature

    rng = np.random.default_rng(0)
    batched = BatchedFunction(lambda x: x + rng.normal(), "noise", Signature((Leaf(),), Leaf()))
    (result,) = batched([np.zeros(50)], (50,))
    assert batched.mode == "loop"
    assert len(np.unique(result)) == 50
    assert not batched.suspect


def test_a_function_that_changes_its_ways_is_suspect() -> None:
    from step.simulate.batch import BatchedFunction, Leaf, Signature

    calls = []

    def drifting(x: Any) -> Any:
        calls.append(1)
        return x + (len(calls) if len(calls) > 8 else 0)

    batched = BatchedFunction(drifting, "drifting", Signature((Leaf(),), Leaf()))
    for _ in range(4):
        batched([np.zeros(50)], (50,))
    assert batched.mode == "loop"
    assert batched.suspect


def test_the_users_module_is_left_alone() -> None:
    before = (two_numbers.__globals__["np"], two_numbers.__globals__["math"], TABLE.flags.writeable)
    assert_batched(two_numbers, values(11, (9,)), (9,))
    assert_batched(lookup, values(12, (9, 8)), (9,))
    assert (two_numbers.__globals__["np"], two_numbers.__globals__["math"], TABLE.flags.writeable) == before
    assert before[0] is np


def test_helpers_of_the_module_are_lifted_too() -> None:
    assert_batched(top_k_gate, values(13, (9, 8)), (9,))

    def through(s: Any) -> Any:
        return two_numbers(s) * 2

    assert_batched(through, values(14, (9,)), (9,))


def test_closures_and_their_helpers_are_lifted() -> None:
    weights = np.random.default_rng(0).normal(size=(4, 3))

    def pick(i: Any) -> Any:
        return weights[i]

    def recursive(x: Any, depth: int) -> Any:
        return np.array([x.sum(), depth * 1.0, 0.0]) if depth == 0 else recursive(x, depth - 1) * 2

    def function(x: Any) -> Any:
        return pick(np.argmax(x[:4])) + recursive(x, 3)

    assert_batched(function, values(15, (9, 8)), (9,))


def test_names_imported_from_numpy_and_math_are_lifted() -> None:
    namespace: dict[str, Any] = {}
    source = "\n".join(
        [
            "from numpy import array, zeros, exp",
            "from math import sqrt",
            "def function(x):",
            "    y = zeros(2)",
            "    y[0] = sqrt(abs(x))",
            "    return array([y[0], exp(y[1] + float(x))])",
        ]
    )
    exec(source, namespace)
    assert_batched(namespace["function"], values(16, (9,)), (9,))


def test_defaults_and_partials_are_lifted() -> None:
    def function(x: Any, table: Any = TABLE, *, other: Any = TABLE[::-1]) -> Any:
        return table[np.argmax(x[:EXPERTS])] + other[np.argmin(x[:EXPERTS])]

    def bound(table: Any, x: Any, scale: Any) -> Any:
        return table[np.argmax(x[:EXPERTS])] * scale[0]

    assert_batched(function, values(18, (9, 8)), (9,))
    assert_batched(functools.partial(bound, TABLE, scale=TABLE[0]), values(19, (9, 8)), (9,))


def test_a_choice_from_a_dictionary_takes_paths() -> None:
    def function(x: Any) -> Any:
        return {0: x * 2, 1: -x, 2: x + 1}[int(np.argmax(x[:3]))]

    assert_batched(function, values(20, (20, 8)), (20,), mode="paths")


def test_plain_values_of_one_element() -> None:
    def function(x: Any) -> Any:
        return x[0].item() * sum(x.tolist()) + np.abs(x).max().item()

    assert_batched(function, values(21, (9, 8)), (9,))


def test_types_of_scalars_stay_types() -> None:
    def function(x: Any) -> Any:
        y = np.zeros(3, dtype=float)
        y[:] = x[:3].astype(np.float32)
        y[0] = float(x[0])
        return y if isinstance(1.5, float) and isinstance(3, int) and y.dtype == float else -y

    assert_batched(function, values(17, (9, 8)), (9,))


@pytest.mark.parametrize("special", [numeric.erf, numeric.erfc, numeric.gelu])
def test_the_packages_own_special_functions_are_batched(special: Any) -> None:
    weights = np.random.default_rng(4).normal(size=(8, 3))
    assert_batched(lambda x: special(x @ weights)[1:] + special(x.sum()), values(5, (9, 8)), (9,))
    assert_batched(lambda x, s: special(x) * special(2.5 * s), values(6, (2, 9, 8), (2, 9)), (2, 9))


def test_intermediate_values_take_no_more_than_arguments_and_results() -> None:
    def wide(x: Any) -> Any:
        return np.outer(x, np.sin(np.arange(64.0))).sum(axis=1)  # 64 times its argument

    leaf = Leaf(V, np.dtype(float))
    batched = BatchedFunction(wide, "wide", Signature((leaf,), leaf))
    (x,) = values(7, (20_000, *V))
    with quiet():
        batched([x], (20_000,))
        tracemalloc.start()
        (result,) = batched([x], (20_000,))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    np.testing.assert_allclose(result[:5], [wide(one) for one in x[:5]])
    assert batched.mode == "batched"
    assert function.BLOCK_BYTES < x.nbytes + result.nbytes < function.PEAK_BYTES
    assert peak - result.nbytes <= 1.1 * (x.nbytes + result.nbytes)
