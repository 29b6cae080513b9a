"""``steplang bench``: solves a suite of operators and measures."""

from __future__ import annotations

import argparse
import asyncio
import json
import shlex
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_server.cli.errors import UsageProblem, failure
from step_server.cli.numbers import above_zero, at_least
from step_server.cli.show import note
from step_server.cli.words import meant, one_of

if TYPE_CHECKING:
    from step_agents.campaign import BenchRequest, BenchResult

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
SUITES = ("paper", "extended")
_TASKS = (
    "only these ids, groups or operators, such as 'norm/*'. A task's id is what its file's docstring says (Task: ID), "
    "else the file's path in the suite without .py; a file of several operators adds :OPERATOR to each"
)


def configure(parser: argparse.ArgumentParser) -> None:
    """The subcommand's arguments."""
    parser.add_argument("--suite", default="paper", metavar="S", help="paper, extended or a folder (default: paper)")
    parser.add_argument("--proposer", default="search", metavar="P", help="search, anthropic or openai")
    parser.add_argument("--tasks", action="append", default=[], metavar="GLOB", help=_TASKS)
    parser.add_argument("--samples", type=int, metavar="N", help="candidates an operator at each temperature")
    parser.add_argument(
        "--temperatures", metavar="T,T", help="of a model's candidates (default: the paper's 0.4,0.7,1.0)"
    )
    parser.add_argument("--max-tokens", type=int, metavar="N", help="of one answer (default: what suits the model)")
    parser.add_argument("--granularity", type=int, default=3, metavar="M", help="strata of experience (default: 3)")
    parser.add_argument(
        "--budget",
        type=float,
        metavar="SECONDS",
        help="for one sample of one operator (default: 60 for the search, 300 for a model)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    parser.add_argument("--resume", metavar="RUN", help="go on with a run; nothing is sampled or paid twice")
    parser.add_argument("--out", metavar="DIR", help="where runs are kept")
    parser.add_argument("--model", metavar="NAME")
    parser.add_argument("--base-url", metavar="URL", help="an OpenAI-compatible service")
    parser.add_argument("--no-improve", action="store_true", help="without demonstrations from experience: one round")
    mending = parser.add_mutually_exclusive_group()
    mending.add_argument(
        "--guardian", choices=("rules", "model"), default="rules", help="model: also ask the model what no rule mends"
    )
    mending.add_argument("--no-guardian", action="store_true", help="bodies as they are proposed")
    parser.add_argument(
        "--repairs", type=int, default=0, metavar="N", help="show a model the verifier's diagnostics so often"
    )
    parser.add_argument("--validation", type=float, default=0.0, metavar="SHARE", help="tasks never shown, 0 to 1")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: half of the processors)")
    parser.add_argument("--parallel", type=int, metavar="N", help="requests to a model at once")
    parser.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler")
    parser.add_argument("--total-seconds", type=float, metavar="N", help="stop the whole run after that")
    parser.add_argument("--total-samples", type=int, metavar="N")
    parser.add_argument("--total-tokens", type=int, metavar="N")
    parser.add_argument("--total-cost", type=float, metavar="DOLLARS")
    parser.add_argument("--no-experience", action="store_true", help="do not add what was solved to the experience")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: argparse.Namespace) -> int:
    """Runs a campaign; 0 also where not every operator was solved: that is the result, not a mistake. 1 where the
    proposer could not go on (a refused key)."""
    from step_agents.campaign import bench
    from step_agents.errors import AgentError
    from step_agents.experience import ExperienceBuffer, ExperienceError

    request = read_request(options)
    if request.keep_experience:
        try:
            ExperienceBuffer(request.experience).check_place()
        except ExperienceError as error:  # not after hours of sampling
            raise UsageProblem(f"{error.message}; or run with --no-experience") from None

    async def work() -> BenchResult:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def end() -> None:
            """The first signal ends it gracefully, the next one at once, as if nobody had asked for these."""
            stop.set()
            for kind in _SIGNALS:
                loop.remove_signal_handler(kind)
            note(
                f"stopping: what is under way is finished (a sample may take {request.allowed:g} s); "
                "Ctrl+C again gives it up, and loses no answer that is there"
            )

        for kind in _SIGNALS:
            loop.add_signal_handler(kind, end)
        return await bench(request, progress=note, stop=stop)

    try:
        result = asyncio.run(work())
    except AgentError as error:
        note(f"steplang bench: {error.message}")
        if options.json:
            print(json.dumps(failure(error.message, "bench", error.code), ensure_ascii=False, indent=2))
        return 2 if error.code.startswith("CAMPAIGN") else 1
    for notice in result.notices:
        note(notice)
    values = result.to_json()
    if options.json:
        print(json.dumps(values, ensure_ascii=False, indent=2))
    else:
        print(table(values))
    note(f"{values['reason']}: {values['message']}")
    note(f"run {result.run} in {result.directory}")
    if values["reason"] in ("stopped", "budget"):
        where = f" --out {shlex.quote(options.out)}" if options.out else ""
        note(f"to go on: steplang bench --resume {result.run}{where}")
    return 1 if values["reason"] == "error" else 0


def read_request(options: argparse.Namespace) -> BenchRequest:
    """The campaign that is asked for.

    Raises:
        UsageProblem: numbers that make no sense.
    """
    from step_agents.campaign import BenchRequest, Budget
    from step_agents.proposers import names

    one_of("proposer", options.proposer, names())
    if not Path(options.suite).is_dir() and meant(options.suite, SUITES) not in (None, options.suite):
        one_of("suite", options.suite, SUITES)
    above_zero(options, "budget", "total_seconds", "total_cost")
    at_least(1, options, "samples", "granularity", "max_tokens", "workers", "parallel", "total_samples", "total_tokens")
    at_least(0, options, "repairs", "seed")
    if options.model is not None and options.proposer == "search":
        raise UsageProblem("--model is for a proposer that asks a model: add --proposer anthropic or openai")
    if options.base_url is not None and options.proposer != "openai":
        raise UsageProblem("--base-url is for the proposer openai: add --proposer openai")
    if not 0 <= options.validation < 1:
        raise UsageProblem("--validation is a share from 0 to below 1")
    limits = Budget(options.total_samples, options.total_tokens, options.total_seconds, options.total_cost)
    return BenchRequest(
        suite=options.suite,
        tasks=tuple(options.tasks),
        proposer=options.proposer,
        model=options.model,
        base_url=options.base_url,
        samples=options.samples,
        temperatures=read_temperatures(options.temperatures),
        max_tokens=options.max_tokens,
        granularity=options.granularity,
        improve=not options.no_improve,
        guardian="none" if options.no_guardian else options.guardian,
        repairs=options.repairs,
        seconds=options.budget,
        budget=limits,
        seed=options.seed,
        validation=options.validation,
        resume=options.resume,
        out=Path(options.out) if options.out else None,
        workers=options.workers,
        parallel=options.parallel,
        cluster=options.cluster,
        keep_experience=not options.no_experience,
    )


def read_temperatures(text: str | None) -> tuple[float, ...] | None:
    """The temperatures of a list; None for none.

    Raises:
        UsageProblem: they are no numbers from 0 to 2.
    """
    if text is None:
        return None
    try:
        found = tuple(float(one) for one in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(0 <= one <= 2 for one in found):
        raise UsageProblem(f"--temperatures are numbers from 0 to 2, as 0.4,0.7,1.0; got {text}")
    return found


def table(values: dict[str, Any]) -> str:
    """The result as a table for people."""
    from step_agents.usage import dollars

    ids = max([len(one["id"]) for one in values["tasks"]] + [4]) + 2
    names = max([len(one["operator"]) for one in values["tasks"]] + [8])
    lines = [
        f"{'task':<{ids}} {'operator':<{names}} {'':<8} {'seconds':>8} {'candidates':>12} {'passes':>9} {'length':>6}"
    ]
    for one in values["tasks"]:
        mark = {"solved": "✓", "unsolved": "✗"}.get(one["status"], "–")
        passes = f"{one['passes']}/{one['samples']}"
        length = one["length"] if one["length"] is not None else ""
        lines.append(
            f"{mark} {one['id']:<{ids - 2}} {one['operator']:<{names}} {one['status']:<8} {one['seconds']:>8.1f} "
            f"{one['candidates']:>12,} {passes:>9} {length:>6}"
        )
    spent = f", {values['tokens']:,} tokens, {dollars(values['cost'], 'cost unknown')}" if values["tokens"] else ""
    lines.append(
        f"{values['solved']} of {values['total']} solved in {values['seconds']:.0f} s{spent}; "
        f"pass@1 {values['pass_at_1']:.2f}, pass@n {values['pass_at_n']:.2f}"
    )
    return "\n".join(lines)
