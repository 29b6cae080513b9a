"""``steplang synth``: a verified body for an operator, shown, as a diff, or written into the file."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from step_server.cli.errors import UsageProblem
from step_server.cli.files import file_and_operator, read_source
from step_server.cli.numbers import above_zero, at_least
from step_server.cli.show import Paint, note, shown
from step_server.cli.words import one_of

if TYPE_CHECKING:
    from step_agents.synthesis import Synthesis


def configure(parser: argparse.ArgumentParser) -> None:
    """The subcommand's arguments."""
    parser.add_argument("operator", metavar="FILE[:OPERATOR]", help="without an operator: the file's first hole")
    parser.add_argument("--proposer", default="auto", metavar="P", help="auto, search, anthropic or openai")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--diff", action="store_true", help="print the change as a unified diff")
    shape.add_argument("--write", action="store_true", help="write the body into the file")
    parser.add_argument(
        "--budget", type=float, default=60.0, metavar="SECONDS", help="time for everything (default: 60)"
    )
    parser.add_argument("--repair", action="store_true", help="start from the body that is there")
    parser.add_argument(
        "--guardian", choices=("rules", "model"), default="rules", help="model: also ask a model what no rule mends"
    )
    parser.add_argument("--model", metavar="NAME", help="the model, for anthropic and openai")
    parser.add_argument("--base-url", metavar="URL", help="an OpenAI-compatible service")
    parser.add_argument("--seed", type=int, default=0, help="of the search (default: 0)")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="search in N processes at the same time (default: 1)"
    )
    parser.add_argument("--prior", action="store_true", help="order the search by what experience has solved")
    parser.add_argument("--no-experience", action="store_true", help="neither use nor feed the experience")
    parser.add_argument("--experience", metavar="URL", help="another experience database than the user's own")
    parser.add_argument("--python", metavar="PATH", help="the Python that runs the module (default: this one)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: argparse.Namespace) -> int:
    """Synthesizes; 0 where a body passed, 1 where none did."""
    path, operator = file_and_operator(options.operator)
    above_zero(options, "budget")
    at_least(1, options, "workers")
    at_least(0, options, "seed")
    from step_agents.proposers import names

    one_of("proposer", options.proposer, ("auto", *names()))
    source = read_source(path)
    if source.problem is not None:
        raise UsageProblem(f"{shown(path)}: {source.problem}")
    if options.write and not os.access(path, os.W_OK):
        raise UsageProblem(f"{shown(path)} cannot be written: it is read-only")
    name = chosen_operator(source.text, path, operator, repair=options.repair)
    found = asyncio.run(synthesize(options, path, source.text, name))
    return tell(found, options, path)


def chosen_operator(text: str, path: Path, named: str | None, *, repair: bool) -> str:
    """The operator that is named, or meant where none is.

    Raises:
        UsageProblem: `step` is not imported; there is none of that name; there is no hole, or none that is the only
            choice.
    """
    from step.source import read

    module = read(text, str(path))
    names = [one.name for one in module.operators]
    for one in module.problems:
        if one.code == "STEP-NAME":  # the module cannot even be imported
            raise UsageProblem(f"{shown(path)}:{one.span.line + 1}: {one.message}")
    if named is not None:
        return one_of("operator", named, names, f" in {shown(path)}")
    holes = [one.name for one in module.operators if one.is_hole]
    if holes and not repair:
        return holes[0]
    if len(names) == 1 and repair:
        return names[0]
    if len(names) == 1:
        named = f"{shown(path)}:{names[0]}"
        raise UsageProblem(
            f"{shown(path)} has no hole: name the operator to replace its body ({named}), or --repair it"
        )
    if not names:
        raise UsageProblem(f"{shown(path)} has no operator: declare one with @step.operator(…), with `...` as its body")
    raise UsageProblem(f"say which operator: {', '.join(f'{shown(path)}:{name}' for name in names)}")


async def synthesize(options: argparse.Namespace, path: Path, text: str, name: str) -> Synthesis:
    """The synthesis, with progress on standard error; Ctrl+C cancels it."""
    from step.sandbox import Limits, Sandbox
    from step_agents.campaign.executor import Workers
    from step_agents.experience import PATIENCE, ExperienceBuffer, ExperienceError
    from step_agents.synthesize import SynthesisRequest
    from step_agents.synthesize import synthesize as work

    experience: ExperienceBuffer | None = None
    if not options.no_experience:
        try:
            experience = ExperienceBuffer(options.experience, wait=PATIENCE)
            experience.check_place()
        except ExperienceError as error:
            note(f"experience is not used: {error}")
            experience = None
    cancel = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, cancel.set)
    request = SynthesisRequest(
        text,
        str(path.resolve()),
        name,
        proposer=options.proposer,
        model=options.model,
        base_url=options.base_url,
        budget=options.budget,
        repair=options.repair,
        seed=options.seed,
        use_experience=not options.no_experience,
        source="command line",
        guardian=options.guardian,
        prior=options.prior,
    )
    line = _Line()
    workers = Workers(options.workers) if options.workers > 1 else None
    if workers is not None:
        workers.start()
    try:
        async with Sandbox(options.python, limits=Limits(memory_mib=4096)) as sandbox:
            found = await work(
                request,
                sandbox=sandbox,
                experience=experience,
                progress=line,
                cancel=cancel,
                runner=workers,
                parts=options.workers,
            )
    finally:
        if workers is not None:
            workers.close()
    line.clear()
    for notice in found.notices:
        note(notice)
    return found


def tell(found: Synthesis, options: argparse.Namespace, path: Path) -> int:
    """Prints the result; writes it where that was asked for."""
    solved = found.status == "solved" and found.program_text is not None
    same = solved and found.program_text == found.original
    refused = ""
    if solved and options.write and not same:
        from step_server.cli.writing import NotWritten, write_body

        try:
            write_body(path, found.program_text or "", found.original, found.operator, found.body or "")
        except NotWritten as problem:
            refused = str(problem)
    if options.json:
        values = found.to_json()
        if options.write:
            values["written"] = solved and not same and not refused
        print(json.dumps(values, ensure_ascii=False, indent=2, default=str))
        if refused:
            note(refused)
        return 0 if solved and not refused else 1
    paint = Paint(sys.stdout)
    if solved:
        if same and (options.diff or options.write or options.repair):
            done = "nothing was written" if options.write else "there is nothing to change"
            note(f"{found.operator}: its body is right as it is, so {done} ({shown(path)})")
            return 0
        if (options.diff or options.write) and not refused:
            print(coloured(found.diff, paint), end="")
        else:
            print(found.body)
        for fix in found.fixes:
            note(f"guardian: {fix.title}: {fix.reason}")
        note(summary(found))
        if refused:
            note(f"{refused}; the body is above")
        return 1 if refused else 0
    if found.nearest:
        note(f"the best attempt, which did not pass:\n{found.nearest}")
    note(summary(found))
    return 130 if found.status == "cancelled" else 1


def summary(found: Synthesis) -> str:
    """What it came to, in a line."""
    if found.status == "solved":
        text = f"{found.operator}: verified body by {found.model or found.proposer} in {found.seconds:.1f} s"
    else:
        text = f"{found.operator}: {found.status} after {found.seconds:.1f} s: {found.message}"
    extra = [f"{found.candidates:,} candidates"] if found.candidates else []
    extra += [f"{found.tokens:,} tokens"] if found.tokens else []
    extra += [f"${found.cost:.3f}"] if found.cost else []
    return f"{text} ({', '.join(extra)})" if extra else text


def coloured(diff: str, paint: Paint) -> str:
    """A unified diff in colours."""
    styles = {"+": "good", "-": "error", "@": "information"}
    lines = diff.splitlines(keepends=True)
    return "".join(paint(one, styles[one[0]]) if one[:1] in styles else one for one in lines)


_TIMED = re.compile(r"\d s$")


class _Line:
    """Progress in one line of a terminal that is written over, with the seconds that went by; elsewhere nothing."""

    def __init__(self) -> None:
        self.shows = sys.stderr.isatty()
        self.started = time.monotonic()

    def __call__(self, text: str) -> None:
        if self.shows:
            passed = "" if _TIMED.search(text) else f", {time.monotonic() - self.started:.1f} s"
            width = max(shutil.get_terminal_size().columns - len(passed) - 1, 20)
            line = text if len(text) <= width else f"{text[: width - 1]}…"
            print(f"\r\x1b[2K{line}{passed}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Removes the line."""
        if self.shows:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)
