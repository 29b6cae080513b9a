"""Batched equals looped, on random programs that make arrays, take views of them and write to them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.simulate.batch_oracle import assert_batched

WIDTH = 6
"""Every variable is a vector of this length, so that every statement is well-formed."""

# Expressions that make a variable nobody else refers to (it may be written to).
FRESH = (
    "{a} + {b}",
    "{a}.copy()",
    "np.zeros_like({a})",
    "np.zeros(6) + {b}",
    "np.zeros({a}.shape)",
    "np.full(6, 0.5)",
    "np.array({a})",
    "np.array([{a}[0], {b}[1], {a}.max(), 0.5, {b}.sum(), float({a}[2])])",
    "np.where({a} > {b}, {a}, 0.25)",
    "{a}[np.argsort({b})]",
    "np.concatenate([{a}[3:], {b}[:3]])",
    "TABLE[np.argsort({a})]",
    "np.full(6, {b}.min())",
    "np.sort({a})",
    "{a} * TABLE[np.argmax({b})]",
    "np.eye(6)[np.argmax({a})]",
    "np.float64({a}) - math.tanh({b}[4])",
    "helper({a}, {b})",
)
# Expressions that make another name for (a view of) a variable.
VIEWS = (
    "{a}",
    "{a}[::-1]",
    "{a}[:]",
    "{a}.reshape(2, 3).reshape(-1)",
    "np.flip({a})",
    "{a}.reshape(6, 1).T[0]",
    "np.asarray({a})",
)
WRITES = (
    "{a} += {b}",
    "{a}[1:4] *= 0.5",
    "{a}[2] = {b}[3]",
    "{a}[::2] = {b}[3:]",
    "{a}[:3] = {b}[::-1][:3]",
    "{a}[np.argsort({b})[:2]] = {b}[:2]",
    "{a}[np.argmax({b})] = 3.0",
    "{a}[int(np.argmin({b}))] = {b}.mean()",
    "{a}[{b} > 0] = -0.5",
    "{a}[{a} < 0] = {b}.max()",
    "{a}[[4, 0]] = {b}[[1, 5]]",
    "{a}.sort()",
    "{a}.fill({b}[0])",
    "np.multiply({b}, 0.5, out={a})",
    "{a}[1] = max({b}[0], {b}[1], 0.0) - min({a}[1], 1.0)",
    "np.add.at({a}, np.argsort({b}) // 2, {b})",
    "{a}[0] = 1.0 if {b}[0] > 0 else {a}[5]",
)

HEADER = """
import math
import numpy as np
TABLE = np.linspace(-1, 1, 6)

def helper(a, b):
    c = np.zeros(6)
    c[:3] = a[:3]
    c[3:] += b[3:]
    return c

def function(v0, v1):
"""


@st.composite
def programs(draw: st.DrawFn) -> str:
    """The source of a module. Variables 0 and 1 are the arguments; only what is no view of these is written to."""
    owned = [False, False]
    lines = []
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["fresh", "view", "write", "write"]))
        writable = [i for i, each in enumerate(owned) if each]
        if kind == "write" and not writable:
            kind = "fresh"
        first, second = (draw(st.integers(0, len(owned) - 1)) for _ in range(2))
        if kind == "write":
            first = draw(st.sampled_from(writable))
            lines.append(draw(st.sampled_from(WRITES)).format(a=f"v{first}", b=f"v{second}"))
            continue
        text = draw(st.sampled_from(FRESH if kind == "fresh" else VIEWS)).format(a=f"v{first}", b=f"v{second}")
        lines.append(f"v{len(owned)} = {text}")
        owned.append(kind == "fresh" or owned[first])
    # Everything is looked at, so that a write that reached too far or not far enough shows.
    total = " + ".join(f"{i} * v{i}" for i in range(len(owned)))
    lines.append(f"return v{draw(st.integers(0, len(owned) - 1))}, {total}")
    return HEADER + "\n".join(f"    {line}" for line in lines)


RARE = ("shared by the batch", "setting an array element with a sequence")
"""About one program in a thousand takes the loop, for these reasons: writes to a copy of a constant."""


@settings(max_examples=200, deadline=None)
@given(programs(), st.integers(0, 99), st.sampled_from([(5,), (3, 4), (2, 2, 3)]), st.integers(0, 3))
@example(HEADER + "    v2 = v0 * 2\n    v2[0] = v1[0]\n    return v2, v2", 0, (3, 4), 1)
def test_batched_programs_equal_looped_programs(source: str, seed: int, batch: tuple[int, ...], still: int) -> None:
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    rng = np.random.default_rng(seed)
    x, y = (rng.normal(size=(*batch, WIDTH)) for _ in range(2))
    if still & 1:
        x = np.broadcast_to(x[:1], x.shape)
    if still & 2 and len(batch) > 1:
        y = np.broadcast_to(y[:, :1], y.shape)
    batched = assert_batched(namespace["function"], [x, y], batch, mode=None)
    assert batched.mode != "loop" or any(reason in batched.reason for reason in RARE), batched.reason
