"""The simulator on the benchmark's operators: against the whole-array reference and against a loop over elements.

Run it: `python -m tests.bench.bench_simulator [--scale 1 4 8] [--tasks GLOB] [--loop SECONDS] [--json]`. It prints
ratios of one run on one machine; no time is asserted. Times are CPU times of one thread, the best of several.

* ratio: the simulation's time over that of the reference's NumPy.
* loop: a plain loop over elements (`tests/oracle`) over the simulation's time; left out where it would take too long.
* check: the computing of a warm check, all its runs together, at the default sizes.
* memory: the most that the simulation takes beside its inputs, over the program's largest stream.
"""

# ruff: noqa: E402 (threads are limited before NumPy is loaded)
from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # before NumPy is loaded: both sides of every ratio get one thread

from step.dims import is_dynamic_symbol
from step.infer import infer
from step.simulate.engine import execute, plan_of
from step.simulate.memory import stream_bytes
from step.simulate.problem import run_reference
from step.simulate.verify import verify
from step.simulate.workspace import Workspace
from step_agents.benchmark import Task

from tests.benchmark.solutions import PAPER, solved
from tests.oracle.run import run_program


def best(work: Callable[[], object], seconds: float = 0.3, most: int = 30) -> float:
    """The shortest CPU time of several runs, in seconds."""
    times: list[float] = []
    until = time.monotonic() + seconds
    while not times or (time.monotonic() < until and len(times) < most):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def measure(task: Task, scale: int, loop_seconds: float) -> dict[str, Any]:
    """One operator at one scale of its default sizes."""
    workspace, text, path = Workspace(), solved(task), str(task.path)
    module, emptied = workspace.source(text, path)
    declared = workspace.module(emptied, path, {}, 0, "f64").choice.declared
    sizes = {one.name: one.size * scale for one in declared.values() if not one.fixed}
    loaded = workspace.module(emptied, path, sizes, 0, "f64")
    operator, source = loaded.operators[task.operator], module.operator(task.operator)
    assert source is not None
    problem = workspace.problem(loaded, task.operator, 0)
    program = workspace.body(loaded, source, None).body.program
    typing, plan = (
        infer(program, operator.specification.input_types),
        plan_of(program),
    )  # known once a text, as in a check

    def simulate() -> object:
        return execute(program, problem.inputs, problem.functions, typing=typing, plan=plan)

    simulate()
    reference = best(lambda: run_reference(operator, problem.inputs, loaded.sizes, "f64", path))
    simulation = best(simulate)
    tracemalloc.start()
    simulate()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    bounds = {
        name: math.prod(problem.inputs[0].outer)
        for one in typing.types
        for dim in one.known_shape
        for name in dim.symbols
        if is_dynamic_symbol(name)
    }
    largest = max(stream_bytes(one, {**loaded.sizes, **bounds}, "f64") for one in typing.types)
    row: dict[str, Any] = {
        "id": task.id,
        "scale": scale,
        "reference_ms": reference * 1e3,
        "simulation_ms": simulation * 1e3,
        "ratio": simulation / reference,
        "memory": peak / largest,
        "peak_mib": peak / 2**20,
    }
    row["loop"] = _loop(task, program, operator, problem, loaded, simulation, loop_seconds, scale)
    if scale == 1:
        warm = Workspace()
        for _ in range(3):
            assert verify(text, path, task.operator, workspace=warm).ok
        row["check_ms"] = best(lambda: verify(text, path, task.operator, workspace=warm)) * 1e3
    return row


_PER_ELEMENT: dict[str, float] = {}


def _loop(
    task: Task, program: Any, operator: Any, problem: Any, loaded: Any, simulation: float, limit: float, scale: int
) -> float | None:
    """How many times longer the loop over elements takes; None where that is expected to be longer than the limit."""
    work = sum(array.size for data in problem.inputs for array in data.arrays) * scale
    if _PER_ELEMENT.get(task.id, 0.0) * work > limit:
        return None
    bodies = {name: one.body for name, one in loaded.functions.items()}
    arrays = [data.arrays for data in problem.inputs]
    types = operator.specification.input_types
    looped = best(lambda: run_program(program, types, bodies, arrays, loaded.sizes), seconds=0.2)
    _PER_ELEMENT[task.id] = looped / work
    return looped / simulation


def show(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as a table."""
    lines = [
        f"{'operator':20} {'scale':>5} {'reference':>11} {'simulation':>11} {'ratio':>7} {'loop':>7} {'check':>9} "
        f"{'memory':>7}"
    ]
    for row in rows:
        loop = f"{row['loop']:6.0f}x" if row["loop"] is not None else "      –"
        check = f"{row['check_ms']:6.2f} ms" if "check_ms" in row else "        –"
        lines.append(
            f"{row['id']:20} {'x' + str(row['scale']):>5} {row['reference_ms']:8.3f} ms {row['simulation_ms']:8.3f} ms "
            f"{row['ratio']:6.1f}x {loop} {check} {row['memory']:6.1f}x"
        )
    for scale in sorted({row["scale"] for row in rows}):
        ratios = sorted(row["ratio"] for row in rows if row["scale"] == scale)
        within = [sum(ratio <= bound for ratio in ratios) for bound in (3, 10)]
        lines.append(
            f"x{scale}: median ratio {ratios[len(ratios) // 2]:.1f}x, largest {ratios[-1]:.1f}x; "
            f"within 3x: {within[0]} of {len(ratios)}, within 10x: {within[1]} of {len(ratios)}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--tasks", default="*", metavar="GLOB")
    parser.add_argument("--loop", type=float, default=2.0, metavar="SECONDS", help="the longest loop that is run")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = []
    for scale in options.scale:
        for task in PAPER:
            if fnmatchcase(task.id, options.tasks):
                rows.append(measure(task, scale, options.loop))
                print(f"{task.id} x{scale}", file=sys.stderr)
    print(json.dumps(rows) if options.json else show(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
