"""``steplang experience``: the store of what was solved."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_server.cli.errors import UsageProblem
from step_server.cli.show import note

if TYPE_CHECKING:
    from step_agents.experience import ExperienceBuffer


def configure(parser: argparse.ArgumentParser) -> None:
    """The subcommand's arguments."""
    parser.add_argument("--url", metavar="URL", help="another database than the user's own")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    described = {
        "list": "every experience in a line",
        "show": "one as an operator module",
        "export": "all as JSON Lines",
        "import": "take over what a file holds",
        "recheck": "verify all again; what does not hold is set aside",
        "stats": "what the store holds, in numbers",
    }
    for name, summary in described.items():
        sub = actions.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name == "show":
            sub.add_argument("id", metavar="ID", help="an id, or the beginning of one")
        if name in ("export", "import"):
            sub.add_argument("file", metavar="FILE")
        sub.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: argparse.Namespace) -> int:
    """Does what was asked; 1 where the database cannot."""
    from step_agents.experience import ExperienceBuffer, ExperienceError

    buffer: ExperienceBuffer | None = None
    try:
        buffer = ExperienceBuffer(options.url, report=note)
        return _ACTIONS[options.action](buffer, options)
    except ExperienceError as error:
        note(f"steplang experience: {error.message}")
        return 1
    finally:
        if buffer is not None:
            buffer.close()


def tell(options: argparse.Namespace, values: Any, text: str) -> int:
    """The result, for programs or for people."""
    print(json.dumps(values, ensure_ascii=False, indent=2) if options.json else text)
    return 0


def list_all(buffer: ExperienceBuffer, options: argparse.Namespace) -> int:
    """Every experience in a line."""
    from step_server.experiences import entries

    rows = entries(buffer)
    lines = [
        f"{one['id'][:10]}  {one['operator']:<28.28} {one['passRate']:>6.1%}  {one['stratum']:<6} "
        f"{one['proposer']:<10.10} {one['created'][:10]}{'' if one['valid'] else '  set aside'}"
        for one in rows
    ]
    return tell(options, {"experiences": rows}, "\n".join(lines) or "nothing was solved yet")


def show(buffer: ExperienceBuffer, options: argparse.Namespace) -> int:
    """One experience as an operator module."""
    from step_agents.experience.recheck import as_module

    one = buffer.get(options.id)
    if one is None:
        raise UsageProblem(f"there is no experience {options.id}, or several begin so")
    text = as_module(one)
    return tell(options, {"id": one.id, "text": text}, text.rstrip("\n"))


def export(buffer: ExperienceBuffer, options: argparse.Namespace) -> int:
    """All experiences into a file."""
    from step_agents.experience.transfer import export_file

    count = export_file(buffer, Path(options.file))
    return tell(options, {"exported": count, "file": options.file}, f"{count} experiences in {options.file}")


def take_over(buffer: ExperienceBuffer, options: argparse.Namespace) -> int:
    """A file's experiences into the store."""
    from step_agents.experience.transfer import import_file

    if not Path(options.file).is_file():
        raise UsageProblem(f"there is no file {options.file}")
    done = import_file(buffer, Path(options.file))
    for problem in done.problems:
        note(problem)
    values = {"new": done.new, "known": done.known, "problems": list(done.problems)}
    tell(options, values, f"{done.new} new, {done.known} known already, {len(done.problems)} lines left out")
    return 1 if done.problems else 0


def recheck(buffer: ExperienceBuffer, options: argparse.Namespace) -> int:
    """Every experience verified again."""
    from step.sandbox import Sandbox
    from step_agents.experience.recheck import recheck as verify_all

    async def work() -> Any:
        async with Sandbox() as sandbox:
            return await verify_all(buffer, sandbox, progress=note)

    done = asyncio.run(work())
    for id, reason in (*done.set_aside, *done.undecided):
        note(f"{id}: {reason}")
    values = {
        "valid": list(done.valid),
        "set_aside": [{"id": id, "reason": reason} for id, reason in done.set_aside],
        "taken_back": list(done.taken_back),
        "undecided": [{"id": id, "reason": reason} for id, reason in done.undecided],
    }
    return tell(options, values, done.message)


def stats(buffer: ExperienceBuffer, options: argparse.Namespace) -> int:
    """What the store holds."""
    from step_agents.experience.stats import summary

    values = summary(buffer.all())
    lines = []
    for name, value in values.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key or 'none'} {count}" for key, count in value.items()) or "none"
        lines.append(f"{name.replace('_', ' '):<14} {value}")
    return tell(options, values, "\n".join(lines))


_ACTIONS = {
    "list": list_all,
    "show": show,
    "export": export,
    "import": take_over,
    "recheck": recheck,
    "stats": stats,
}
