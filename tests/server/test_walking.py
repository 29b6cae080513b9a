"""Whose a name is: compared with what Python's own symbol tables say, before and after a name is written anew."""

from __future__ import annotations

import random
import symtable
from collections.abc import Iterator
from pathlib import Path

import pytest
import step
from step_server.across.view import View
from step_server.uses import MODULE

Row = tuple[str, bool, bool, bool, bool, bool]
HERE = Path(__file__)
SOURCES = sorted(Path(step.__file__).parent.rglob("*.py")) + sorted(HERE.parent.parent.rglob("test_*.py"))
NEW = "a_new_name"

TRICKY = '''
import os.path, sys as system
from math import pi, tau as turn
size = count = step = other = 3
class Box:
    pi = turn
    def get(self, other=other):
        return size, self.size, other, pi
def f(size, *rest, **more):
    global count, step
    count = step = size
    def inner():
        nonlocal size
        size = count
        return [size for size in rest], {other: size for other in more}, (lambda step: step + count)(1)
    return [kept := size for _ in rest], inner
def g():
    if (other := 3) and [pi for pi in (other, turn)]:
        return [other := 4 for _ in range(2)]
match [size, count]:
    case [size, *rest]: pass
    case {"a": count, **rest}: pass
    case Box(size=step) | [step, _] as whole: pass
try: pass
except (OSError, ValueError) as other: print(other)
except KeyError as \\
        count: pass
with open(f"{size!r:>{count}} {other=}") as step, open("") as (pi, [turn]): pass
async def h(x: size = count) -> step:
    async for size in x: yield f"""
{count} {size} {f'{count}'}"""
    async with x as count: del count
print(system, os.path)
'''


def rows(table: symtable.SymbolTable, place: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], list[Row]]]:
    """For each scope its names: whether each is the module's, own, free, a parameter, read, bound."""
    top = table.get_type() == "module"
    yield place, sorted(
        (one.get_name(), top or one.is_global(), one.is_local(), one.is_parameter(), one.is_referenced(),
         one.is_assigned())
        for one in table.get_symbols()
    )  # fmt: skip
    for index, child in enumerate(table.get_children()):
        yield from rows(child, (*place, index))


def tables(text: str) -> list[tuple[tuple[int, ...], list[Row]]]:
    """What Python says of a text's scopes."""
    return list(rows(symtable.symtable(text, "m.py", "exec")))


def anew(text: str, name: str) -> str | None:
    """A text in which what the module calls by a name has a new one; None where an import cannot be written so."""
    view = View(Path("/m.py"), "file:///m.py", None, text, "utf-16")
    assert not any(name in uses.broken or name in uses.unplaced for _, uses in view.blocks.speaking_of(name))
    imports = {one.local_span: one for _, one in view.imports}
    lines = text.split("\n")
    for span in sorted({one.span for _, one, _ in view.uses(name) if one.scope == MODULE and not one.also})[::-1]:
        one, line, written = imports.get(span), lines[span.line], NEW
        if one is not None and not one.is_renamed:
            if one.name is None and "." in one.module:
                return None
            written = f"{name} as {NEW}"
        lines[span.line] = f"{line[: span.column]}{written}{line[span.end_column :]}"
    return "\n".join(lines)


def check(text: str, name: str) -> None:
    """Python sees the same scopes with the new name in place of the old one, where it is the module's."""
    changed = anew(text, name)
    if changed is not None:
        expected = [
            (place, sorted((NEW if row[0] == name and row[1] else row[0], *row[1:]) for row in found))
            for place, found in tables(text)
        ]
        assert tables(changed) == expected


@pytest.mark.parametrize(
    "name", ["size", "count", "step", "other", "pi", "turn", "rest", "whole", "system", "Box", "g"]
)
def test_names_in_tricky_places(name: str) -> None:
    check(TRICKY, name)
    assert NEW in (anew(TRICKY, name) or "")


def test_names_of_this_projects_own_files() -> None:
    chance = random.Random(7)
    for path in chance.sample(SOURCES, 40):
        text = path.read_text()
        names = [row[0] for row in tables(text)[0][1] if not row[0].startswith("__")]
        for name in chance.sample(names, min(6, len(names))):
            check(text, name)


CLASS = """
size = other = step = 3
class Box:
    size = size
    step: int = step + (
        step
    )
    def get(self, other=other):
        return size, self.size, other
    def other(self): ...
    def again(self, one=other): return other
    kept = size, step, other
"""


def test_what_a_class_calls_by_a_name_before_it_binds_it() -> None:
    """Python's tables do not tell these apart: a class looks for a name in itself first, and then in the module."""
    assert anew(CLASS, "size") == CLASS.replace("size = other", f"{NEW} = other").replace(
        "size = size", f"size = {NEW}"
    ).replace("return size", f"return {NEW}")
    assert anew(CLASS, "step") == CLASS.replace("= step", f"= {NEW}").replace("        step\n", f"        {NEW}\n")
    assert anew(CLASS, "other") == CLASS.replace("other = step", f"{NEW} = step").replace(
        "other=other", f"other={NEW}"
    ).replace("one=other): return other", f"one=other): return {NEW}")
