"""How much faster batched functions are than the element loop, and how close they come to whole-array NumPy.

Run it: `python -m tests.bench.bench_batch`. Ratios of one run on one machine; no time is asserted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from step.simulate.batch import BatchedFunction, Element, Leaf, Signature, quiet

Array = NDArray[Any]
SIZES = ((5, 7), (20, 28), (40, 56), (160, 224))
WIDTH = 16
WEIGHTS = np.random.default_rng(1).normal(size=(WIDTH, WIDTH))


def multiply(x: Any, y: Any) -> Any:
    return x * y


def softmax(x: Any) -> Any:
    e = np.exp(x - x.max())
    return e / e.sum()


def linear(x: Any) -> Any:
    return x @ WEIGHTS


def rope(x: Any) -> Any:
    half = x.shape[0] // 2
    angle = np.arange(half) / half
    a, b = x[:half], x[half:]
    return np.concatenate([a * np.cos(angle) - b * np.sin(angle), a * np.sin(angle) + b * np.cos(angle)])


def top_two(x: Any) -> Any:
    chosen = np.argsort(x)[-2:]
    y = np.zeros(len(x))
    y[chosen] = x[chosen]
    return y


def relu_by_paths(s: Any) -> Any:
    return s if s > 0 else 0.0


def gelu(s: Any) -> Any:
    return 0.5 * s * (1 + math.erf(s / math.sqrt(2)))


def ranked(x: Any) -> Any:  # has no rule: the price of the fall-back
    return np.lexsort((x, x > 0))


def _rows(x: Array) -> tuple[Array, Array]:
    angle = np.arange(WIDTH // 2) / (WIDTH // 2)
    return np.cos(angle), np.sin(angle)


def whole_rope(x: Array) -> Array:
    (cos, sin), (a, b) = _rows(x), np.split(x, 2, axis=-1)
    return np.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1)


def whole_softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def whole_top_two(x: Array) -> Array:
    chosen = np.argsort(x, axis=-1)[..., -2:]
    y = np.zeros_like(x)
    np.put_along_axis(y, chosen, np.take_along_axis(x, chosen, -1), -1)
    return y


VECTOR, SCALAR = Leaf((WIDTH,)), Leaf()
CASES: list[tuple[Callable[..., Any], int, Element, Callable[..., Any] | None]] = [
    (multiply, 0, SCALAR, lambda x, y: x * y),
    (softmax, 1, VECTOR, whole_softmax),
    (linear, 1, VECTOR, lambda x: x @ WEIGHTS),
    (rope, 1, VECTOR, whole_rope),
    (top_two, 1, VECTOR, whole_top_two),
    (relu_by_paths, 0, SCALAR, lambda s: np.maximum(s, 0)),
    (gelu, 0, SCALAR, None),
    (ranked, 1, VECTOR, None),
]


def seconds(run: Callable[[], Any], least: float = 0.05) -> float:
    """The best time of a call, repeated for a while."""
    run()
    best, begin = math.inf, time.perf_counter()
    while best == math.inf or time.perf_counter() - begin < least:
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best


def fold_cost(steps: int, batch: tuple[int, ...]) -> tuple[float, float]:
    """Seconds for one step of attention's online softmax: batched, and what its NumPy operations take on arrays."""

    def online(m: Any, total: Any, out: Any, score: Any, value: Any) -> Any:
        new = np.maximum(m, score)
        old, weight = np.exp(m - new), np.exp(score - new)
        return new, total * old + weight, out * old + weight * value

    rng = np.random.default_rng(0)
    scores, vectors = rng.normal(size=(steps, *batch)), rng.normal(size=(steps, *batch, WIDTH))
    batched = BatchedFunction(
        online, "online", Signature((SCALAR, SCALAR, VECTOR, SCALAR, VECTOR), (SCALAR, SCALAR, VECTOR))
    )

    def start() -> tuple[Any, Any, Any]:
        return np.full(batch, -np.inf), np.zeros(batch), np.zeros((*batch, WIDTH))

    def fold() -> None:
        state: tuple[Any, ...] = start()
        for score, value in zip(scores, vectors, strict=True):
            state = batched([*state, score, value], batch)

    def whole() -> None:
        m, total, out = start()
        for score, value in zip(scores, vectors, strict=True):
            new = np.maximum(m, score)
            old, weight = np.exp(m - new), np.exp(score - new)
            m, total, out = new, total * old + weight, out * old[..., None] + weight[..., None] * value

    return seconds(fold) / steps, seconds(whole) / steps


def main() -> None:
    """Prints the table."""
    rng = np.random.default_rng(0)
    print(f"{'function':14} {'batch':>10} {'mode':>8} {'batched':>10} {'x loop':>8} {'/ whole':>8}")
    for function, rank, results, whole in CASES:
        for batch in SIZES:
            count = function.__code__.co_argcount
            arguments = [rng.normal(size=(*batch, *(WIDTH,) * rank)) for _ in range(count)]
            entries = tuple(Leaf((WIDTH,) * rank) for _ in range(count))
            signature = Signature(entries, results)
            batched = BatchedFunction(function, function.__name__, signature)
            loop = BatchedFunction(function, function.__name__, signature, batching=False)
            with quiet():
                fast = seconds(lambda b=batched, a=arguments, s=batch: b(a, s))
                slow = seconds(lambda b=loop, a=arguments, s=batch: b(a, s), least=0)
                array = seconds(lambda w=whole, a=arguments: w(*a)) if whole else math.nan
            size = "x".join(map(str, batch))
            print(
                f"{function.__name__:14} {size:>10} {batched.mode:>8} {fast * 1e6:8.0f}us {slow / fast:8.1f}"
                f" {fast / array:8.2f}"
            )
    print()
    for batch in SIZES[:3]:
        with quiet():
            fast, array = fold_cost(50, batch)
        print(f"one step of a fold, batch {batch}: {fast * 1e6:.0f}us, {fast / array:.2f} of whole-array NumPy's time")


if __name__ == "__main__":
    main()
