"""Writes the generated parts of the reference: the primitives in docs/language.md, and docs/diagnostics.md.

``python tools/reference.py`` writes them, ``--check`` tells whether they are current (exit 1 if not).
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from pathlib import Path

from step.check import CODES, check
from step.diagnostic import Diagnostic
from step.primitives import PRIMITIVES, Primitive
from step.simulate.codes import CODES as FUNCTIONAL
from step.source import read

sys.path.insert(0, str(Path(__file__).parent))
from examples import EXAMPLES, HEAD

DOCS = Path(__file__).resolve().parent.parent / "docs"
_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages() -> dict[Path, str]:
    """Every page with generated parts, as it should be."""
    parts = {"table": table(), "primitives": primitives()}
    language = DOCS / "language.md"
    text = language.read_text(encoding="utf-8")
    filled = _PART.sub(lambda found: found[1] + parts[found[2]] + found[3], text)
    return {language: filled, DOCS / "diagnostics.md": diagnostics()}


def table() -> str:
    """One line a primitive: its name with parameters, and its rule."""
    lines = ["| primitive | rule |", "|---|---|"]
    for cls in PRIMITIVES.values():
        rule = re.sub(r" {2,}", " ", cls.rule).replace("|", "\\|")
        lines.append(f"| [`{_call(cls)}`](#{cls.__name__.lower()}) | {rule} |")
    return "\n".join(lines) + "\n"


def primitives() -> str:
    """A section a primitive, from its docstring."""
    sections = []
    for cls in PRIMITIVES.values():
        lines = [f"### {cls.__name__}", "", inspect.cleandoc(cls.__doc__ or ""), "", f"    {cls.rule}", ""]
        for one in cls.parameters():
            default = "" if one.default is dataclasses.MISSING else f"; {one.default} where it is left out"
            lines.append(f"- `{one.name}`: {one.metadata['text']}{default}.")
        if cls.aliases:
            lines.append(f"- Also written {', '.join(f'`{alias}`' for alias in cls.aliases)}.")
        if cls.parameters() or cls.aliases:
            lines.append("")
        lines += ["```python", cls.example, "```", ""]
        sections.append("\n".join(lines))
    return "\n".join(sections)


def diagnostics() -> str:
    """Every code: what it means, what to do, and an example with what is said of it."""
    parts = [
        "# Diagnostics",
        "",
        "Written by `tools/reference.py`. The static check reports the first group while a text is typed, without "
        "running anything; the functional check reports the second after it has run the operator on data.",
        "",
        "The examples of the first group stand in a module that begins with",
        "",
        "```python",
        HEAD.rstrip("\n"),
        "```",
        "",
        "## The static check",
        "",
    ]
    for code in sorted(CODES):
        found = said(code)
        parts += [
            f"### {code}",
            "",
            CODES[code],
            "",
            "```python",
            EXAMPLES[code].rstrip("\n"),
            "```",
            "",
            f"> {found.severity}: {found.message}",
            "",
        ]
    parts += ["## The functional check", ""]
    for code in sorted(FUNCTIONAL):
        parts += [f"### {code}", "", FUNCTIONAL[code], ""]
    return "\n".join(parts).rstrip("\n") + "\n"


def said(code: str) -> Diagnostic:
    """What the check says of a code's example."""
    module = read(HEAD + EXAMPLES[code])
    found = [*module.problems, *(one for each in check(module) for one in each.diagnostics)]
    return next(one for one in found if one.code == code)


def _call(cls: type[Primitive]) -> str:
    return f"{cls.__name__}({', '.join(one.name for one in cls.parameters())})"


def main(arguments: list[str]) -> int:
    """Writes the pages, or checks them."""
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.name} is not current: run python tools/reference.py", file=sys.stderr)
        return 1 if stale else 0
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
