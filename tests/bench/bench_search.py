"""The offline search on the suites: what it solves and how long that takes, with helps left out, with distractors.

Run it: `python -m tests.bench.bench_search [--suite paper extended] [--tasks GLOB] [--budget SECONDS] [--seed N]
[--distractors] [--ablations] [--prior] [--throughput] [--json]`. Times are processor times of one run on one core
(the budget counts them, so that other work on the machine changes nothing); nothing is asserted.

* length: primitives without Copy, and those of the known solution.
* distractors: three functions that are not needed added to each module (`tests/search/distractors.py`).
* ablations: without the traced reference, and without inverted functions.
* prior: candidates until the first program, with a prior learned from the solutions of all other tasks and without.
* throughput: step shapes, combinations and values a second while enumerating, and memory a million values.
"""

# ruff: noqa: E402 (threads are limited before NumPy is loaded)
from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from step.check import check
from step.program import Program
from step.source import read
from step_agents.benchmark import Task, load_suite
from step_agents.proposers.search.budget import Budget, OutOfBudget
from step_agents.proposers.search.limits import Limit
from step_agents.proposers.search.prior import Prior
from step_agents.proposers.search.scene import load_subjects, make_scene, split_choices
from step_agents.proposers.search.schedule import enumeration
from step_agents.proposers.search.service import answer
from step_agents.proposers.search.solver import Solver

from tests.benchmark.solutions import ALL, solved
from tests.search.distractors import with_distractors

MEMORY = 3 << 30


def search(task: Task, text: str, seconds: float, seed: int, options: dict[str, Any]) -> dict[str, Any]:
    """One search, timed by the processor's clock."""
    budget = Budget(seconds, MEMORY, clock=time.process_time)
    solver = Solver(text, str(task.path), task.operator, budget, seed, options, lambda _: None)
    return answer(solver.solve())


def known_program(task: Task) -> Program:
    """The known solution's program."""
    checks = check(read(solved(task), str(task.path)))
    (found,) = [one for one in checks if one.operator.name == task.operator]
    assert found.operator.body is not None
    return found.operator.body.program


def run_suite(
    title: str,
    tasks: Sequence[Task],
    arguments: argparse.Namespace,
    options: dict[str, Any],
    change: Callable[[Task, str], str] = lambda _, text: text,
) -> dict[str, Any]:
    """Searches every task; prints a line each."""
    rows: list[dict[str, Any]] = []
    say(f"\n{title}")
    for task in tasks:
        text = change(task, task.path.read_text(encoding="utf-8"))
        result = search(task, text, arguments.budget, arguments.seed, options)
        row = {
            "task": task.id,
            "status": result["status"],
            "seconds": result["seconds"],
            "candidates": result["candidates"],
            "length": result.get("length"),
            "known": known_program(task).length if task in ALL else None,
            "stage": result.get("stage"),
        }
        rows.append(row)
        say(
            f"{task.id:38} {row['status']:9} {row['seconds']:7.2f} s {row['candidates']:9,} candidates  "
            f"length {row['length']} (known {row['known']})  {row['stage'] or ''}"
        )
    count = sum(row["status"] == "solved" for row in rows)
    seconds = sorted(row["seconds"] for row in rows)
    short = sum(
        row["length"] is not None and row["known"] is not None and row["length"] <= row["known"] for row in rows
    )
    say(
        f"{count} of {len(rows)} solved in {sum(seconds):.1f} s, median {seconds[len(seconds) // 2]:.2f} s, "
        f"slowest {seconds[-1]:.2f} s; {short} no longer than the known solution"
    )
    return {"title": title, "rows": rows, "solved": count, "seconds": sum(seconds), "no_longer": short}


def run_prior(tasks: Sequence[Task], arguments: argparse.Namespace) -> dict[str, Any]:
    """Leave-one-out: candidates until the first program with and without the prior."""
    programs = {task.id: known_program(task) for task in ALL}
    rows: list[dict[str, Any]] = []
    say("\nprior, leave-one-out: candidates until the first program")
    for task in tasks:
        prior = Prior.learn(program for name, program in programs.items() if name != task.id)
        text = task.path.read_text(encoding="utf-8")
        found = {
            name: search(task, text, arguments.budget, arguments.seed, {"polish": False, **options})
            for name, options in (("without", {}), ("with", {"prior": prior.as_json()}))
        }
        row = {"task": task.id, **{name: one["candidates"] for name, one in found.items()}}
        row.update({f"{name}_status": one["status"] for name, one in found.items()})
        rows.append(row)
        say(f"{task.id:38} without {row['without']:9,}  with {row['with']:9,}")
    totals = {name: sum(row[name] for row in rows) for name in ("without", "with")}
    fewer = sum(row["with"] < row["without"] for row in rows)
    more = sum(row["with"] > row["without"] for row in rows)
    say(f"in all: without {totals['without']:,}, with {totals['with']:,}")
    say(f"fewer on {fewer}, more on {more} of {len(rows)} tasks")
    return {"rows": rows, **totals, "fewer": fewer, "more": more}


def run_throughput(tasks: Sequence[Task], seconds: float) -> dict[str, Any]:
    """Enumerates one task for a while: layer normalisation, which has seven functions that all fit each other."""
    task = next((one for one in tasks if one.id == "norm/G_0_16_01"), tasks[0])
    text = task.path.read_text(encoding="utf-8")
    subject = next(load_subjects(text, str(task.path), task.operator, 0))
    splits = split_choices(subject)[0]
    say(f"\nthroughput, enumerating {task.id}")
    results = {}
    for limit in (Limit(0, 1), Limit(3, 3)):
        scene = make_scene(subject, splits, 0)
        started = time.process_time()
        for role in scene.roles:
            for kind, _ in scene.inputs:
                scene.coverer.recipes(role, (kind,) * len(role.fields), 6)
        typed = (len(scene.roles) * len(scene.inputs)) / max(time.process_time() - started, 1e-9)
        budget = Budget(seconds, MEMORY, clock=time.process_time)
        run = enumeration(make_scene(subject, splits, 0), limit, budget)
        try:
            for _ in run.run():
                pass
        except OutOfBudget:
            pass
        used = budget.elapsed
        row = {
            "typed_per_second": round(typed),
            "joined_per_second": round(budget.joined / used),
            "candidates_per_second": round(budget.candidates / used),
            "values": len(run.bank),
            "mib_per_million": round(run.bank.bytes / max(len(run.bank), 1) * 1e6 / (1 << 20)),
        }
        results[str(limit)] = row
        say(
            f"{limit!s:18} {row['typed_per_second']:,} step shapes/s, {row['joined_per_second']:,} combinations/s, "
            f"{row['candidates_per_second']:,} values/s; {row['values']:,} kept, {row['mib_per_million']:,} MiB/million"
        )
    return results


def say(line: str) -> None:
    """For people, apart from what ``--json`` prints."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", nargs="+", default=["paper", "extended"], help="paper, extended, or a folder")
    parser.add_argument("--tasks", default="*")
    parser.add_argument("--budget", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--distractors", action="store_true")
    parser.add_argument("--ablations", action="store_true")
    parser.add_argument("--prior", action="store_true")
    parser.add_argument("--throughput", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    result: dict[str, Any] = {}
    every: list[Task] = []
    for name in arguments.suite:
        suite = load_suite(name)
        tasks = [task for task in suite if task in suite.select(arguments.tasks)]
        every += tasks
        if arguments.prior or arguments.throughput:
            continue
        result[name] = run_suite(name, tasks, arguments, {})
        if arguments.distractors:
            result[f"{name}, distractors"] = run_suite(
                f"{name}, three distractors",
                tasks,
                arguments,
                {},
                lambda task, text: with_distractors(text, str(task.path)),
            )
        if arguments.ablations:
            for option in ("hints", "backward"):
                title = f"{name}, without {option}"
                result[title] = run_suite(title, tasks, arguments, {option: False})
    if arguments.prior:
        result["prior"] = run_prior(every, arguments)
    if arguments.throughput:
        result["throughput"] = run_throughput([task for task in every if task in ALL], 10.0)
    if arguments.json:
        print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
