"""``steplang check``: diagnostics, then functional checks; with ``--fix`` the safe rewrites first."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import replace
from typing import Any

from step.diagnostic import Span

from step_server.cli.checks import Checked, Verdict, functional, static
from step_server.cli.files import Source, sources
from step_server.cli.numbers import above_zero, at_least
from step_server.cli.show import Paint, diagnostic, note, shown
from step_server.cli.writing import NotWritten, write

_MARKS = {"passed": ("✓", "good"), "hole": ("○", "information"), "skipped": ("-", "warning")}


def configure(parser: argparse.ArgumentParser) -> None:
    """The subcommand's arguments."""
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="FILE, FILE:OPERATOR, or folders whose files import step"
    )
    parser.add_argument("--static", action="store_true", help="only the static check: runs no code")
    parser.add_argument("--fix", action="store_true", help="apply the safe fixes first")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--quiet", "-q", action="store_true", help="print problems only")
    parser.add_argument("--python", metavar="PATH", help="the Python that runs the modules (default: this one)")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help="for one operator (default: 30)")
    parser.add_argument("--memory", type=int, default=4096, metavar="MIB", help="for one check (default: 4096)")


def run(options: argparse.Namespace) -> int:
    """Checks; 0 where everything passed, 1 where something did not."""
    above_zero(options, "timeout")
    at_least(1, options, "memory")
    started = time.monotonic()
    found = sources(options.paths)
    fixes: list[dict[str, Any]] = []
    if options.fix:
        found, fixes = apply_fixes(found)
    printer = _Printer(options)
    if options.static:
        checked = [static(one)[0] for one in found]
        for one in checked:
            printer.file(one)
    else:
        checked = asyncio.run(
            functional(
                found, python=options.python, timeout=options.timeout, memory_mib=options.memory, done=printer.file
            )
        )
    verdicts = [verdict for one in checked for verdict in one.verdicts]
    if not verdicts:
        note(f"nothing to check: no operator in {', '.join(map(str, options.paths))}")
    if options.fix and not fixes and any(one.is_problem for one in verdicts):
        note("no safe fix for what is left; `steplang synth FILE:OPERATOR --repair` tries the others")
    ok = not any(one.is_problem for one in verdicts)
    if options.json:
        document: dict[str, Any] = {"operators": [one.to_json() for one in verdicts], "ok": ok}
        if options.static:
            document["static"] = True  # "passed" means: no mistakes in the text; nothing was run
        if options.fix:
            document["fixes"] = fixes
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        printer.summary(verdicts, len(found), len(fixes), time.monotonic() - started)
    return 0 if ok else 1


def apply_fixes(found: list[Source]) -> tuple[list[Source], list[dict[str, Any]]]:
    """Every safe fix in every file, written back; the files as they are then, and the fixes as JSON values."""
    from step.rewrite import fix_all

    after: list[Source] = []
    made: list[dict[str, Any]] = []
    for one in found:
        text, fixes = fix_all(one.text, str(one.path)) if one.problem is None else (one.text, ())
        if text != one.text:
            try:
                write(one.path, text, one.text)
            except NotWritten as problem:
                note(str(problem))
                text, fixes = one.text, ()
        for fix in fixes:
            note(f"fixed {shown(one.path)}: {fix.title}")
            made.append({"file": str(one.path), "rule": fix.rule, "title": fix.title, "reason": fix.reason})
        after.append(replace(one, text=text))
    return after, made


class _Printer:
    """What people see while the checks run."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.silent: bool = options.json
        self.quiet: bool = options.quiet
        self.static: bool = options.static
        self.paint = Paint(sys.stdout)
        self.codes: list[str] = []

    def file(self, checked: Checked) -> None:
        """A file is finished."""
        if self.silent:
            return
        told: set[tuple[str, str, Span]] = set()
        for verdict in checked.verdicts:
            for one in verdict.diagnostics:
                same = (one.code, one.message, one.span)
                if one.severity not in ("information", "hint") and same not in told:
                    told.add(same)  # a module that cannot be imported fails every operator alike
                    self.codes += [one.code] if one.severity == "error" else []
                    print(diagnostic(one, verdict.file, checked.lines, self.paint), end="\n\n")
            if verdict.operator is not None and not (self.quiet and not verdict.is_problem):
                print(self.line(verdict), flush=True)

    def line(self, verdict: Verdict) -> str:
        """One operator in one line."""
        mark, style = _MARKS.get(verdict.status, ("✗", "error"))
        right = "no static errors" if self.static else "passed"
        told = {"hole": "hole", "skipped": "skipped", "passed": right}.get(verdict.status, verdict.status)
        details = []
        if verdict.seconds:
            details.append(f"{verdict.seconds:.2f} s")
        if verdict.status == "passed" and verdict.max_abs_error is not None:
            details.append(f"largest error {verdict.max_abs_error:.2g}")
        where = self.paint(f"({shown(verdict.file)})", "dim")
        extra = self.paint(", ".join(details), "dim")
        parts = [self.paint(mark, style), f"{verdict.operator}:", self.paint(told, style), extra, where]
        return " ".join(part for part in parts if part)

    def summary(self, verdicts: list[Verdict], files: int, fixed: int, seconds: float) -> None:
        """The last line."""
        counts = Counter(one.status for one in verdicts if one.operator is not None)
        loose = sum(one.is_problem for one in verdicts if one.operator is None)
        operators = sum(counts.values())
        named = {"passed": "without static errors"} if self.static else {}
        states = ("passed", "failed", "error", "timeout", "skipped", "hole")
        parts = [f"{counts[one]} {named.get(one, one)}" for one in states if counts[one]]
        if loose:
            parts.append(f"{loose} file{'s' if loose > 1 else ''} with problems outside operators")
        text = f"{operators} operator{'' if operators == 1 else 's'} in {files} file{'' if files == 1 else 's'}"
        if parts:
            text += ": " + ", ".join(parts)
        if fixed:
            text += f"; {fixed} fixed"
        if self.static and operators:
            text += "; checked statically only, nothing was run"
        print(f"{text} ({seconds:.1f} s)", flush=True)
        if self.codes:
            note(f"`steplang explain {self.codes[0]}` says what a code means and what to do")
