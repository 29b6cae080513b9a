"""Hostile bodies: a diagnostic each, bounded time and memory, nothing run."""

from __future__ import annotations

import resource
import time

import pytest
from step.check import check
from step.diagnostic import Span
from step.source import ModuleReader
from step.source.parsing import parse_statements
from step.source.reader import read_body

from tests.check.bodies import checked, module_of, say

SECONDS = 2.0
MEBIBYTES = 400

BOMBS = {
    "a million statements": "x = x\n" * 1_000_000,
    "many statements": "x = x\n" * 30_000,
    "many primitives": "x = step.Map(fn=square).apply(x)\n" * 3_000 + "return x",
    "many unused": "y = step.Map(fn=square).apply(x)\n" * 3_000 + "return x",
    "many unknown names": "y = nowhere\n" * 10_000,
    "many broken statements": "y = = x\n" * 20_000,
    "many open brackets": "(" * 100_000,
    "deep brackets": "y = " + "(" * 150 + "x" + ")" * 150,
    "deep lists": "y = " + "[" * 90 + "x" + "]" * 90,
    "deep attributes": "y = x" + ".a" * 20_000,
    "deep calls": "y = x" + "()" * 5_000,
    "deep operators": "y = " + "-" * 20_000 + "1",
    "long sum": "y = " + "1+" * 20_000 + "1",
    "long sum of streams": "y = " + "x+" * 3_000 + "x",
    "deep nesting": "y = " + "step.Map(fn=square).apply(" * 90 + "x" + ")" * 90 + "\nreturn y",
    "doubling lists": "y = [x]\n" + "y = y + y\n" * 60 + "return y",
    "doubling nested lists": "y = [x]\n" + "y = [y, y]\n" * 60 + "return y",
    "repeated lists": "y = [x]\n" + "y = [y] * 4000\n" * 20 + "return y",
    "squared numbers": "n = 3\n" + "n = n * n\n" * 60 + "return step.Repeat(n=n).apply(x)",
    "squared dimensions": "n = D\n" + "n = n * n\n" * 60 + "return step.Repeat(n=n).apply(x)",
    "a huge number": "return step.Repeat(n=0x" + "f" * 50_000 + ").apply(x)",
    "a huge power": "return step.Repeat(n=9**9**9).apply(x)",
    "a huge shift": "return step.Repeat(n=1<<99999999).apply(x)",
    "a huge range": "y = [x for i in range(999999999)]",
    "nested comprehensions": "y = [[[i for i in range(4000)] for j in range(4000)] for k in range(4000)]",
    "nested applications": "y = [[step.Map(fn=square).apply(x) for i in range(4000)] for j in range(4000)]",
    "many experts": "y = step.Partition(N=999999999).apply((x, x))",
    "many Partitions": "y = step.Partition(N=1000).apply((x, x))\n" * 500,
    "a wide tuple": "x = step.Zip().apply((x, x))\n" * 100 + "return x",
    "a high rank": "x = step.Repeat(n=D).apply(x)\n" * 3_000 + "return x",
    "a huge dimension": ("x = step.Repeat(n=D).apply(x)\nx = step.Flatten(L=[1]).apply(x)\n" * 500) + "return x",
    "a huge rank": "return step.Promote(b=10**30).apply(x)",
    "huge indices": "return step.Flatten(L=range(1, 4000)).apply(x)",
    "huge indices of Reshape": "return step.Reshape(L=[i for i in range(4000)], S=2).apply(x)",
    "a long string": "y = '" + "a" * 150_000 + "'",
    "a long name": "y = " + "a" * 150_000,
    "many quotes": "'''\"\"\"" * 5_000,
    "many quoted lines": "y = '''\nz = \"\"\"\n" * 3_000,
    "many backslashes": "\\" * 10_000,
    "many continued lines": "y = \\\n" * 3_000,
    "a null character": "y = x\x00",
    "surrogates": "y = '\ud800'",
    "many format strings": "y = f'{x!r:{x}}'\n" * 2_000,
    "deep format strings": "y = " + "f'{" * 100 + "x" + "}'" * 100,
}  # fmt: skip


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_answered_quickly_with_a_diagnostic(name: str) -> None:
    operator = checked("return x").operator
    lines = Span(0, 0, 0, 0)
    started, peak = time.process_time(), _peak()
    parsed = parse_statements(BOMBS[name])
    body = read_body(parsed.statements, parsed.lines, operator.scope, operator.parameters, lines)
    assert time.process_time() - started < SECONDS
    assert _peak() - peak < MEBIBYTES
    if name in ("deep nesting", "many primitives", "many unused", "a wide tuple", "a high rank", "a huge dimension"):
        return  # the types are at fault, or nothing is
    assert parsed.problem is not None or body.problems


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_in_a_file_is_answered_quickly(name: str) -> None:
    text = module_of(BOMBS[name])
    reader = ModuleReader()
    started, peak = time.process_time(), _peak()
    found = check(reader.read(text))
    assert time.process_time() - started < SECONDS
    assert _peak() - peak < MEBIBYTES
    if name not in ("deep nesting",):
        assert [one for each in found for one in each.diagnostics] or reader.read(text).problems


def test_messages_stay_short() -> None:
    for name in BOMBS:
        if len(BOMBS[name]) < 60_000:
            for one in say(BOMBS[name])[:50]:
                assert len(one.message) < 600, (name, one.message[:800])
