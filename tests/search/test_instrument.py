"""Instrumented modules: what references compute in loops, with Python's numbers and with PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from step_agents.proposers.search.instrument import instrument
from step_agents.proposers.search.recording import MAX_EVENTS, Recording, record
from step_agents.proposers.search.trace import trace

X = np.random.default_rng(0).standard_normal((4, 6))
"""Rows of six; no loop has as many rounds as there are rows of another size."""


def namespace(text: str) -> dict[str, Any]:
    """What an instrumented module defines."""
    written = instrument(text)
    assert written is not None
    found: dict[str, Any] = {"__name__": "instrumented"}
    exec(compile(written, "<instrumented>", "exec", dont_inherit=True), found)
    return found


def seen(text: str, *arguments: Any) -> Callable[[Any], bool]:
    """Whether the module's reference shows an array, axes of 1 apart."""
    wholes, parts, *_ = trace(namespace(text)["reference"], arguments)
    return lambda wanted: any(
        np.squeeze(one).shape == np.squeeze(wanted).shape and np.allclose(np.squeeze(one), np.squeeze(wanted))
        for one in (*wholes, *parts)
    )


LOOPS = """
import numpy as np

def reference(x):
    out = np.zeros_like(x)
    for i in range(x.shape[0]):
        total = 0.0
        for j in range(x.shape[1]):
            total += x[i, j] ** 2
        for j in range(x.shape[1]):
            out[i, j] = x[i, j] / np.sqrt(total + 1)
    return out
"""


def test_rounds_of_loops_become_axes() -> None:
    has = seen(LOOPS, X)
    assert has(X**2)
    assert has((X**2).cumsum(axis=1))  # what the total is, round by round
    assert has((X**2).sum(axis=1) + 1)
    assert has(X / np.sqrt((X**2).sum(axis=1, keepdims=True) + 1))


ROWS = """
import numpy as np

def norm(row):
    mean = sum(row) / len(row)
    spread = sum((v - mean) ** 2 for v in row) / len(row)
    return [(v - mean) / (spread + 1) ** 0.5 for v in row]

def reference(x):
    return np.array([norm(row) for row in x.tolist()])
"""


def test_python_numbers_and_functions_called_on_rows() -> None:
    has = seen(ROWS, X)
    centred = X - X.mean(axis=1, keepdims=True)
    assert has(X.sum(axis=1))
    assert has(centred)
    assert has((centred**2).sum(axis=1))


VECTORIZED = """
import math
import numpy as np

@np.vectorize
def gate(s):
    if s > 0:
        t = s
    else:
        t = math.exp(s)
    return t * 3.0

def reference(x):
    return gate(x).sum(axis=1) + np.apply_along_axis(lambda row: row @ row, 1, x)
"""


def test_functions_that_numpy_calls_for_every_number_or_row() -> None:
    has = seen(VECTORIZED, X)
    gated = np.where(X > 0, X, np.exp(X))
    assert has(gated)  # no branch by itself is reached by every number, what is used afterwards is
    assert has(gated * 3)
    assert has((X**2).sum(axis=1))


def test_what_numpy_does_inside_a_loop_shows_too() -> None:
    text = "def reference(x):\n    return [row.var() for row in x]\n"
    assert seen(text, X)((X - X.mean(axis=1, keepdims=True)) ** 2)


def test_a_loop_that_ends_early_leaves_the_others_alone() -> None:
    text = """
def reference(x):
    out = []
    for row in x:
        for value in row:
            if value > 0:
                break
        out.append(row[0] * 2.0)
    return out
"""
    assert seen(text, X)(X[:, 0] * 2)


def test_rounds_of_short_loops_and_parts_of_what_was_stacked_count_by_themselves() -> None:
    text = """
import numpy as np

def reference(x):
    total = 0.0
    for power in (2, 3):
        total = total + x**power
    return total * np.exp(np.stack([x, -x])).sum(axis=0)
"""
    _, parts, *_ = trace(namespace(text)["reference"], (X,))
    assert any(one.shape == X.shape and np.allclose(one, X**3) for one in parts)
    assert any(one.shape == X.shape and np.allclose(one, np.exp(-X)) for one in parts)


def test_sizes_that_an_array_has_twice_but_weights_do_not_count() -> None:
    text = """
import numpy as np
W = np.ones((6, 6))

def reference(x):
    y = x @ W
    return y @ y.T
"""
    assert trace(namespace(text)["reference"], (X,)).twice == {4}


def test_pytorch() -> None:
    torch = pytest.importorskip("torch")
    text = "def reference(x):\n    return x * (x.pow(2).mean(-1, keepdim=True) + 1).rsqrt()\n"
    assert seen(text, torch.from_numpy(X))((X**2).mean(axis=1))


def test_the_new_text_means_the_same() -> None:
    text = '''"""A docstring first."""
from __future__ import annotations
import numpy as np
import step

total = 0

@step.fn("f32", "f32")
def declared(x: "no name") -> None:
    return x

def generator():
    for i in range(3):
        yield i

class Kept:
    def __init__(self, n: int = 2) -> None:
        self.n = n
    def times(self, x):
        match x:
            case int():
                return x * self.n
            case _:
                return [*x, *x][:: self.n]

def reference(x, *rest, power=2, **more):
    global total
    total += 1
    values = {k: v for k, v in enumerate(x)}
    first, *others = values.values()
    values[0] += 1
    del values[1]
    name = f"{first:.2f}"
    found = next((v for v in others if v > 2), None)
    key = (lambda a, b=3: a if a > b else b)(first)
    return [first, others, sorted(values.items()), name, found, key, list(generator()), Kept().times(4),
            Kept().times((1, 2)), max(v**power for v in x), any(v == 3 for v in x), (n := 5) + n, total]
'''
    plain: dict[str, Any] = {"__name__": "plain"}
    exec(compile(text, "<plain>", "exec", dont_inherit=True), plain)
    assert namespace(text)["reference"]([1.0, 2.0, 3.0]) == plain["reference"]([1.0, 2.0, 3.0])


def test_no_recording_no_difference_and_a_run_without_end_is_ended() -> None:
    text = "def reference(x):\n    y = 0.0\n    while True:\n        y = y + x\n"
    reference = namespace(text)["reference"]
    recording = Recording()
    assert record(recording, lambda: reference(1.0))
    (sums,) = [one for one in recording.seen().wholes if one.shape[0] > MAX_EVENTS // 4][:1]
    assert sums[0] == 0.0 or sums[0] == 1.0
    assert namespace(LOOPS)["reference"](X).shape == X.shape


def test_what_is_no_module_is_not_instrumented() -> None:
    assert instrument("def broken(:\n") is None
