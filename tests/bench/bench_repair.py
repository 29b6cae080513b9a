"""Repair on single mistakes in the paper's solutions: how many are mended, how small the change is, how long it takes.

Run it: `python -m tests.bench.bench_repair [--each N] [--seed N] [--show]`. For each task N mutants that a verifier
catches (`tests/mutation`), and N misspelt words. No proposer is asked: only what `synth --repair` tries before that.
Nothing is asserted; times are of the wall clock.
"""

from __future__ import annotations

import argparse
import asyncio
import difflib
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from step.sandbox import Sandbox
from step.source import OperatorSource, read
from step_agents.benchmark import Task
from step_agents.placing import place_body, written_body
from step_agents.trying import Trial, try_body, try_nearby

from tests.benchmark.solutions import PAPER, solution, solved
from tests.mutation.judge import Judge, Verdict
from tests.mutation.mutants import mutants

SECONDS = 10.0
_WORD = re.compile(r"[A-Za-z_]\w{3,}")


def mistakes(task: Task, each: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    """The module with a wrong body in place of the hole, and the kind of mistake."""
    judge, function = Judge(task), solution(task)
    found = list(mutants(function, judge.scope))
    chance.shuffle(found)
    caught = (one for one in found if judge.verdict(one.text) in (Verdict.WRONG, Verdict.STATIC))
    yield from ((one.kind, solved(task, one.text)) for one in islice(caught, each))
    module = solved(task, function)
    operator = read(module, str(task.path)).operator(task.operator)
    assert operator is not None
    body = written_body(operator)
    words = [one for one in _WORD.finditer(body) if one[0] != "step"]
    for one in chance.sample(words, min(each, len(words))):
        place = chance.randrange(1, len(one[0]) - 1)
        swapped = one[0][:place] + one[0][place + 1] + one[0][place] + one[0][place + 2 :]
        wrong = swapped if swapped != one[0] else one[0][:place] + one[0][place + 1 :]
        yield "misspelt", place_body(module, operator, body[: one.start()] + wrong + body[one.end() :])


async def mend(sandbox: Sandbox, task: Task, text: str, operator: OperatorSource) -> tuple[Trial | None, str]:
    """What repair does with a body before it asks anybody, and which of its steps did it."""
    path, body = str(task.path), written_body(operator)
    trial = await try_body(sandbox, text, path, operator, body, words=True)
    if trial.passed:
        return trial, "a rewrite"
    return await try_nearby(sandbox, text, path, operator, body, seconds=SECONDS), "a single change"


async def measure(each: int, seed: int, show: bool) -> None:
    """Measures and prints."""
    chance = random.Random(seed)
    mended: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    by: Counter[str] = Counter()
    lines: Counter[int] = Counter()
    times: list[float] = []
    async with Sandbox() as sandbox:
        for task in PAPER:
            for kind, text in mistakes(task, each, chance):
                operator = read(text, str(task.path)).operator(task.operator)
                if operator is None:
                    continue
                kinds[kind] += 1
                started = time.perf_counter()
                trial, how = await mend(sandbox, task, text, operator)
                times.append(time.perf_counter() - started)
                if trial is not None and trial.passed:
                    mended[kind] += 1
                    by[how] += 1
                    compared = difflib.ndiff(written_body(operator).split("\n"), trial.body.split("\n"))
                    lines[sum(one.startswith("- ") for one in compared)] += 1
                elif show:
                    print(f"{task.id}, {kind}:\n{written_body(operator)}\n")
    times.sort()
    for kind, count in sorted(kinds.items()):
        print(f"{kind:<14} {mended[kind]:>4} of {count}")
    print(
        f"{'in all':<14} {mended.total():>4} of {kinds.total()}: " + ", ".join(f"{n} by {how}" for how, n in by.items())
    )
    print("lines changed: " + ", ".join(f"{count} in {number}" for number, count in sorted(lines.items())))
    print(f"seconds: median {times[len(times) // 2]:.2f}, 95th percentile {times[int(0.95 * len(times))]:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="print the bodies that are not mended")
    options = parser.parse_args()
    asyncio.run(measure(options.each, options.seed, options.show))
