"""``steplang experience``: the store of what was solved."""

from __future__ import annotations

import argparse
import asyncio
import fnmatch
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from step_server.cli.errors import UsageProblem
from step_server.cli.show import note

if TYPE_CHECKING:
    from step_agents.experience import ExperienceBuffer

_ADDRESS = "another database than the user's own: a file, or postgresql://… (default: $STEPLANG_EXPERIENCE)"
_ID = "an id, or the beginning of one"
_DESCRIBED = {
    "list": "every experience in a line",
    "show": "one as an operator module",
    "delete": "forget some",
    "export": "all as JSON Lines, one a line, to share or to keep",
    "import": "take over what a file holds",
    "recheck": "verify all again, or some; what does not hold is set aside",
    "stats": "what the store holds, in numbers",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """The subcommand's arguments."""
    parser.add_argument("--url", "--experience", metavar="URL", help=_ADDRESS)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in _DESCRIBED.items():
        sub = actions.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        match name:
            case "list":
                sub.add_argument(
                    "operators", metavar="GLOB", nargs="*", help="only of these operators, such as 'rms_*'"
                )
                sub.add_argument("--stratum", choices=("hard", "mixed", "easy"), help="only these")
            case "show":
                sub.add_argument("id", metavar="ID", help=_ID)
            case "delete":
                sub.add_argument("ids", metavar="ID", nargs="+", help=_ID)
            case "recheck":
                sub.add_argument("ids", metavar="ID", nargs="*", help=f"{_ID} (default: all)")
            case "export":
                sub.add_argument("file", metavar="FILE")
                sub.add_argument("--force", action="store_true", help="replace FILE if it is there")
            case "import":
                sub.add_argument("file", metavar="FILE")
        sub.add_argument("--url", "--experience", metavar="URL", default=argparse.SUPPRESS, help=_ADDRESS)
        sub.add_argument("--json", action="store_true", help="print one JSON document")


def run(options: argparse.Namespace) -> int:
    """Does what was asked; 1 where the database cannot."""
    from step_agents.experience import ExperienceBuffer, ExperienceError

    buffer: ExperienceBuffer | None = None
    try:
        buffer = ExperienceBuffer(options.url, report=note)
        if options.action != "import" and not buffer.exists and (options.url or os.environ.get("STEPLANG_EXPERIENCE")):
            whence = "--url" if options.url else "$STEPLANG_EXPERIENCE"
            raise ExperienceError(
                "EXPERIENCE-MISSING",
                f"there is no file {buffer.where}: correct {whence}, or solve something first (that makes the file)",
            )
        return _ACTIONS[options.action](buffer, options)
    except ExperienceError as error:
        note(f"steplang experience: {error.message}")
        if options.json:
            print(json.dumps({"ok": False, "error": {"code": error.code, "message": error.message}}, indent=2))
        return 1
    finally:
        if buffer is not None:
            buffer.close()


def tell(options: argparse.Namespace, values: Any, text: str) -> int:
    """The result, for programs or for people."""
    print(json.dumps(values, ensure_ascii=False, indent=2) if options.json else text)
    return 0


def list_all(buffer: ExperienceBuffer, options: argparse.Namespace) -> int:
    """Every experience in a line, under a header."""
    from step_server.experiences import entries

    rows = [
        one
        for one in entries(buffer)
        if (not options.operators or any(fnmatch.fnmatch(one["operator"], glob) for glob in options.operators))
        and options.stratum in (None, one["stratum"])
    ]
    cells: list[tuple[str, ...]] = [
        (
            one["id"][:10],
            one["operator"],
            f"{one['passRate']:.1%}",
            f"{one['samples']:,}",
            one["stratum"],
            one["model"] or one["proposer"],
            one["created"][:10],
            "" if one["valid"] else "set aside",
        )
        for one in rows
    ]
    nothing = (
        "nothing of this kind" if options.operators or options.stratum else f"nothing was solved yet ({buffer.where})"
    )
    return tell(options, {"experiences": rows}, table(_HEADER, cells) if cells else nothing)


_HEADER = ("id", "operator", "passed", "samples", "stratum", "by", "solved on", "")
_RIGHT = frozenset({"passed", "samples"})


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Columns as wide as what is in them."""
    widths = [min(max(map(len, column)), 40) for column in zip(header, *rows, strict=True)]
    lines = []
    for row in (header, *rows):
        cells = [
            f"{cell[:width]:>{width}}" if name in _RIGHT else f"{cell[:width]:<{width}}"
            for name, cell, width in zip(header, row, widths, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def chosen(buffer: ExperienceBuffer, beginning: str) -> str:
    """The one id that begins so.

    Raises:
        UsageProblem: none does, or several do.
    """
    known = buffer.ids(beginning)
    if len(known) == 1:
        return known[0]
    if known:
        raise UsageProblem(f"several ids begin with {beginning}: {', '.join(known[:6])}{', …' if known[6:] else ''}")
    raise UsageProblem(f"there is no experience {beginning}: `steplang experience list` shows the ids")


def show(buffer: ExperienceBuffer, options: argparse.Namespace) -> int:
    """One experience as an operator module."""
    from step_agents.experience.recheck import as_module

    one = buffer.get(chosen(buffer, options.id))
    if one is None:
        raise UsageProblem(f"there is no experience {options.id}")
    text = as_module(one)
    return tell(options, {"id": one.id, "text": text}, text.rstrip("\n"))


def delete(buffer: ExperienceBuffer, options: argparse.Namespace) -> int:
    """Some experiences forgotten: all that are named, or none where one is not known."""
    ids = list(dict.fromkeys(chosen(buffer, one) for one in options.ids))
    names = [one.task.operator if (one := buffer.get(id)) is not None else "" for id in ids]
    for id in ids:
        buffer.delete(id)
    told = "\n".join(f"{id[:10]} {name}: forgotten" for id, name in zip(ids, names, strict=True))
    return tell(options, {"deleted": ids}, told)


def export(buffer: ExperienceBuffer, options: argparse.Namespace) -> int:
    """All experiences into a file; one that is there is replaced only with ``--force``, as `convert` does."""
    from step_agents.experience.transfer import export_file

    if Path(options.file).exists() and not options.force:
        raise UsageProblem(f"{options.file} is there already: give another name, or --force to replace it")
    count = export_file(buffer, Path(options.file))
    return tell(options, {"exported": count, "file": options.file}, f"{counted(count)} in {options.file}")


def take_over(buffer: ExperienceBuffer, options: argparse.Namespace) -> int:
    """A file's experiences into the store."""
    from step_agents.experience.transfer import import_file

    if not Path(options.file).is_file():
        raise UsageProblem(f"there is no file {options.file}")
    done = import_file(buffer, Path(options.file))
    for problem in done.problems:
        note(problem)
    values = {"new": done.new, "known": done.known, "problems": list(done.problems)}
    left = len(done.problems)
    told = f"{done.new} new, {done.known} known already" + (f", {left} line{'s' * (left > 1)} left out" if left else "")
    tell(options, values, told)
    return 1 if done.problems else 0


def recheck(buffer: ExperienceBuffer, options: argparse.Namespace) -> int:
    """Experiences verified again."""
    from step.sandbox import Sandbox
    from step_agents.experience.recheck import Rechecked
    from step_agents.experience.recheck import recheck as verify

    wanted: list[str | None] = [chosen(buffer, one) for one in options.ids]

    async def work() -> list[Rechecked]:
        async with Sandbox() as sandbox:
            return [await verify(buffer, sandbox, only=one, progress=note) for one in wanted or [None]]

    every = asyncio.run(work())
    done = Rechecked(*(tuple(x for one in every for x in getattr(one, name)) for name in Rechecked.__slots__))
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
    told = {"database": buffer.where, **values}
    lines = [f"{name.replace('_', ' '):<12}  {_words(name, value)}".rstrip() for name, value in told.items()]
    return tell(options, values, "\n".join(lines))


def _words(name: str, value: Any) -> str:
    match value:
        case dict():
            return ", ".join(f"{key or 'none'} {count}" for key, count in value.items()) or "none"
        case None:
            return "unknown"
        case float() if name == "cost":
            return f"${value:,.2f}"
        case float():
            return f"{value:,.1f}"
        case int():
            return f"{value:,}"
        case _:
            return str(value)


def counted(count: int) -> str:
    """How many, in words."""
    return f"{count:,} experience{'' if count == 1 else 's'}"


_ACTIONS = {
    "list": list_all,
    "show": show,
    "delete": delete,
    "export": export,
    "import": take_over,
    "recheck": recheck,
    "stats": stats,
}
