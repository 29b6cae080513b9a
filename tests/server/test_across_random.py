"""Random packages that import from one another in every way: what they print is the same after a rename."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol.converters import get_converter
from step_server.across.meaning import Symbol
from step_server.across.renaming import renamed
from step_server.across.world import World
from step_server.indexing import Folder, Index
from step_server.refusal import Refused
from step_server.session import Session

from tests.server.workspaces import edited, write

NAMES = ("add", "sub", "mul", "D")
HEAD = "import step\nfrom step import f32\nfrom who_is import who\n"
WHO = """def who(x):
    body = getattr(x, "body", None)
    if body is not None:
        return f"{body.__module__}:{body.__code__.co_firstlineno}"
    return getattr(x, "size", None) or getattr(x, "__name__", x)
"""
"""What a value is, however it is called."""
RUNNER = """import importlib, sys
for one in sys.argv[1:]:
    try:
        importlib.import_module(one)
    except Exception as error:
        print(one, type(error).__name__)
"""
CONVERTER = get_converter()


class Maker:
    """Makes modules, each of which imports from those before it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.modules = [
            f"{self.chance.choice(['', 'pa.', 'pa.', 'pb.', 'pb.deep.'])}m{number}"
            for number in range(self.chance.randint(5, 9))
        ]

    def files(self) -> dict[str, str]:
        """The texts by the files' names."""
        made = {"who_is.py": WHO}
        for number, name in enumerate(self.modules):
            made[f"{name.replace('.', '/')}.py"] = HEAD + "\n".join(self.lines(number)) + "\n"
        for package in ("pa", "pb", "pb.deep"):
            made[f"{package.replace('.', '/')}/__init__.py"] = "".join(self.passed_on(package))
        return made

    def passed_on(self, package: str) -> Iterator[str]:
        for name in self.modules:
            if name.rpartition(".")[0] == package and self.chance.random() < 0.4:
                own = name.rpartition(".")[2]
                one = self.chance.choice(NAMES)
                yield self.chance.choice(
                    [f"from .{own} import *\n", f"from . import {own}\n",
                     f"try:\n    from .{own} import {one}\nexcept ImportError: pass\n"]
                )  # fmt: skip

    def lines(self, number: int) -> Iterator[str]:
        chance, said = self.chance, [self.chance.choice(NAMES)]
        for _ in range(chance.randint(1, 6)):
            if number and chance.random() < 0.65:
                line, use = self.imported(number)
                tries = chance.random() < 0.5
                yield from (["try:", f"    {line}", "except ImportError:", "    pass"] if tries else [line])
                said.append(use)
            elif chance.random() < 0.75:
                said.append(chance.choice(NAMES[:3]))
                yield from ("@step.fn(f32, f32)", f"def {said[-1]}(x):", "    return x")
            else:
                said.append("D")
                yield f'D = step.dim("D", {chance.randint(2, 99)})'
        if number and chance.random() < 0.6:
            line, use = self.imported(number)
            while "*" in line:
                line, use = self.imported(number)
            said.append("f()")
            yield from ("def f():", f"    {line}", f"    return {use}")
        if chance.random() < 0.3:
            said.append("g()")
            one = chance.choice(NAMES)
            yield from (f"def g({one}=1):", f"    return {one}, [{one} for {one} in (1, 2)]")
        for use in said:
            yield from ("try:", f"    print(__name__, who({use}))", "except Exception as error:")
            yield "    print(__name__, type(error).__name__)"

    def imported(self, number: int) -> tuple[str, str]:
        """An import of a module before this one, and how what it takes is spoken of."""
        here, there = self.modules[number].split("."), self.modules[self.chance.randrange(number)].split(".")
        one, other, dotted = self.chance.choice(NAMES), self.chance.choice((*NAMES, "other")), ".".join(there)
        common = 0
        while common < min(len(here), len(there)) - 1 and here[common] == there[common]:
            common += 1
        ways = [
            (f"from {dotted} import *", one),
            (f"from {dotted} import {one}", one),
            (f"from {dotted} import {one}", one),
            (f"from {dotted} import {one} as {other}", other),
            (f"import {dotted}", f"{dotted}.{one}"),
            (f"import {dotted} as z", f"z.{one}"),
        ]
        if len(there) > 1:
            ways.append((f"from {'.'.join(there[:-1])} import {there[-1]}", f"{there[-1]}.{one}"))
        if common:
            dots = "." * (len(here) - common)
            ways.append((f"from {dots}{'.'.join(there[common:])} import {one}", one))
            ways.append((f"from {dots}{'.'.join(there[common:-1])} import {there[-1]} as y", f"y.{one}"))
        return self.chance.choice(ways)


def printed(folder: Path, modules: list[str]) -> str:
    """What the modules print when they are imported in order."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", RUNNER, *modules],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)}, capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("seed", range(6))
def test_random_packages_print_the_same_after_a_rename(tmp_path: Path, seed: int) -> None:
    maker = Maker(seed)
    files = maker.files()
    write(tmp_path, files)
    before = printed(tmp_path, maker.modules)
    folders = (Folder(tmp_path, tmp_path),)
    known = Index(Session())._found(folders, None, {}).files
    found = World(known, [], folders, "utf-16").meanings
    symbols = {
        (path, name)
        for path in known
        for name in (*NAMES, "other")
        if isinstance(found.of(path, name, through=False), Symbol) and path.name != "__init__.py"
    }
    for path, name in maker.chance.sample(sorted(symbols), min(2, len(symbols))):
        world = World(known, [], folders, "utf-16")
        symbol = world.meanings.of(path, name, through=False)
        assert isinstance(symbol, Symbol)
        try:
            changes = renamed(symbol, "a_new_name", world)
        except Refused as refusal:
            assert "depends on what runs" in str(refusal)  # a new name that is new can be refused for nothing else
            continue
        changed = dict(files)
        for one in changes:
            key = Path(one.uri.removeprefix("file://")).relative_to(tmp_path).as_posix()
            changed[key] = edited(files[key], CONVERTER.unstructure(list(one.edits)))
        assert changed != files
        write(tmp_path, changed)
        assert printed(tmp_path, maker.modules) == before, (path, name)
        write(tmp_path, files)
