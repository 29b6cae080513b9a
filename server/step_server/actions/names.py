"""Quick fixes for names: the one that was meant, and imports of ``step``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsprotocol import types as lsp
from step.diagnostic import Span
from step.primitives import SPELLINGS
from step.source.evaluate import STEP
from step.source.unseen import ADD_IMPORT

from step_server.actions import Wanted, edit_of, matching
from step_server.cursor import namespaces

ORDER = 20
KINDS = (lsp.CodeActionKind.QuickFix,)
_MEANT = re.compile(r"did you mean `([^`]+)`")
_NAME = re.compile(r"`([^`]+)` is not defined")
_SPOKEN = re.compile(r"\bstep\s*\.\s*(\w+)")


def offer(wanted: Wanted) -> Iterator[lsp.CodeAction]:
    """Fixes for names that are not defined, and the import that a module lacks."""
    if not wanted.wants(lsp.CodeActionKind.QuickFix.value):
        return
    yield from missing_import(wanted)
    for check in wanted.snapshot.checks_in(wanted.span):
        for found in check.diagnostics:
            where = found.span.shift(check.operator.line)
            if found.code != "STEP-NAME" or not wanted.touches(where):
                continue
            given = matching(wanted, [found], check.operator.line)
            meant = _MEANT.search(found.message)
            if meant:
                yield fix(
                    wanted, f"Change to `{meant[1]}`", [(last_word(wanted, where), meant[1])], given, preferred=True
                )
            name = _NAME.search(found.message)
            if name and name[1] in SPELLINGS:
                for prefix in list(namespaces(check.operator.scope))[:1]:
                    spelled = f"{prefix}.{name[1]}"
                    yield fix(wanted, f"Spell it `{spelled}`", [(where, spelled)], given, preferred=not meant)
                place = import_place(wanted)
                line = f"from step import {name[1]}\n"
                yield fix(wanted, f"Import `{name[1]}` from step", [(place, line)], given)


def missing_import(wanted: Wanted) -> Iterator[lsp.CodeAction]:
    """``import step``, where the text speaks of it and does not import it."""
    module = wanted.snapshot.module
    if module.imports_step and not any(ADD_IMPORT in one.message for one in module.problems):
        return
    line = wanted.snapshot.positions.line(wanted.span.line)
    for match in _SPOKEN.finditer(line):
        start, end = match.span()
        if match[1] in STEP.members and start <= wanted.span.column <= end:
            given = [one for one in wanted.given if "step" in one.message]
            yield fix(wanted, "Import step", [(import_place(wanted), "import step\n")], given, preferred=True)
            return


def import_place(wanted: Wanted) -> Span:
    """Where an import goes: after the last one at the top, else after the module's docstring."""
    blocks = wanted.snapshot.module.blocks
    line = 0
    for block in blocks:
        after = block.line + block.text.count("\n") + 1
        if re.match(r"(import|from)\s", block.text) or (block is blocks[0] and re.match(r"[rR]?['\"]", block.text)):
            line = after
        elif line:
            break
    line = min(line, len(wanted.snapshot.positions.lines) - 1)
    return Span(line, 0, line, 0)


def last_word(wanted: Wanted, where: Span) -> Span:
    """The last name of a dotted one."""
    line = wanted.snapshot.positions.line(where.end_line)
    match = re.search(r"\w+$", line[: where.end_column])
    if match is None or where.line != where.end_line:
        return where
    return Span(where.line, max(match.start(), where.column), where.end_line, where.end_column)


def fix(
    wanted: Wanted,
    title: str,
    changes: list[tuple[Span, str]],
    given: list[lsp.Diagnostic],
    *,
    preferred: bool = False,
) -> lsp.CodeAction:
    """A quick fix with its edits."""
    return lsp.CodeAction(
        title,
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=given or None,
        is_preferred=preferred or None,
        edit=edit_of(wanted, changes),
    )
