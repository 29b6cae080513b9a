"""What a module imports from files beside it: known as they are on the disk, and read again when they change."""

from __future__ import annotations

from pathlib import Path

import pytest
from step.check import Checker, check
from step.function import Function
from step.source import Module, ModuleReader, read
from step.types import Unknown

HELPERS = """\
import numpy as np
import step
from step import Buffer, f32
from shapes.rows import D, Row

N = step.dims(N=7)

@step.fn(f32, f32)
def square(x):
    return x * x

@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x

experts = [square, square]
changing = [square]
changing.append(square)

def plain(x):
    return x
"""
USER = """\
import step
from helpers import D, N, Row, add as plus, changing, experts, f32, nothing, plain, square

@step.operator(inputs={"x": step.stream(f32, [D, N])}, outputs=step.stream(f32, [N]), reference=None)
def f(x):
    y = step.Map(fn=square).apply(x)
    return step.Accum(fn=plus, b=1).apply(y)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "helpers.py").write_text(HELPERS)
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "__init__.py").write_text("")
    (tmp_path / "shapes" / "rows.py").write_text(
        "from .dims import D\nfrom step import Buffer, f32\nRow = Buffer(f32, [D])\n"
    )
    (tmp_path / "shapes" / "dims.py").write_text('import step\nD = step.dim("D", 16, multiple_of=2)\n')
    return tmp_path


def module(folder: Path, text: str = USER) -> Module:
    return read(text, str(folder / "user.py"))


def codes(module: Module) -> list[str]:
    return [one.code for operator in check(module) for one in operator.diagnostics]


def test_functions_dims_and_types_are_known(folder: Path) -> None:
    found = module(folder)
    assert [str(one) for one in check(found)[0].typing.types] == ["f32, [D, N]", "f32, [D, N]", "f32, [N]"]
    assert codes(found) == []
    assert codes(module(folder, USER.replace("fn=square", "fn=plus"))) != []
    assert str(found.definitions["Row"].value) == "Buffer(f32, [D])"
    assert {one.name: (one.size, one.multiple_of) for one in found.dims.values()} == {"D": (16, 2), "N": (7, 1)}
    assert all(one.imported for one in found.definitions.values() if one.name not in ("step", "f"))


def test_a_function_is_called_as_it_is_imported(folder: Path) -> None:
    values = {name: one.value for name, one in module(folder).definitions.items()}
    plus, experts = values["plus"], values["experts"]
    assert isinstance(plus, Function) and plus.name == "plus"
    assert isinstance(experts, tuple) and [one.name for one in experts] == ["experts[0]", "experts[1]"]


def test_what_is_not_known_there_is_not_known_here(folder: Path) -> None:
    values = {name: one.value for name, one in module(folder).definitions.items()}
    assert all(isinstance(values[name], Unknown) for name in ("nothing", "changing", "plain"))
    assert codes(module(folder, USER.replace("fn=square", "fn=nothing"))) == []
    assert codes(module(folder, USER.replace("fn=square", "fn=plain"))) == ["STEP-SUBSET"]


def test_everything_that_is_imported_by_a_star(folder: Path) -> None:
    found = module(folder, USER.replace("import D, N, Row, add as plus, changing, experts, f32, nothing, plain, square",
                                        "import *").replace("plus", "add"))  # fmt: skip
    assert str(check(found)[0].typing.types[-1]) == "f32, [N]" and codes(found) == []


def test_a_change_on_the_disk_is_seen_at_the_next_reading(folder: Path) -> None:
    reader, checker = ModuleReader(), Checker()
    path = str(folder / "user.py")

    def now(text: str = USER) -> list[str]:
        mine = reader.read(text, path)
        found = [one.code for operator in checker.check(mine) for one in operator.diagnostics]
        assert found == codes(module(folder, text)) and mine.dims == module(folder, text).dims
        return found

    assert now() == []
    (folder / "helpers.py").write_text(
        HELPERS.replace("@step.fn(f32, f32)\ndef square", "@step.fn((f32, f32), f32)\ndef square")
    )
    assert now() != []
    (folder / "helpers.py").write_text(HELPERS)
    assert now(USER + "\n# a comment\n") == []
    (folder / "shapes" / "dims.py").write_text("import step\nD = step.dims(D=8)\n")
    assert now() == [] and reader.read(USER, path).dims["D"].size == 8
    (folder / "helpers.py").unlink()
    assert now() == []
    (folder / "helpers.py").write_text(HELPERS.replace("init=0", "init=(0, 0)"))
    assert reader.read(USER, path).definitions["plus"].value is not None


def test_a_file_that_is_read_again_only_where_it_must(folder: Path) -> None:
    reader = ModuleReader()
    path = str(folder / "user.py")
    first = reader.read(USER, path)
    again = reader.read(USER.replace("b=1", "b=2"), path)
    assert again.definitions["square"].value is first.definitions["square"].value


def test_circles_end(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import step\nfrom b import square\nfrom a import other\nN = step.dims(N=3)\n")
    (tmp_path / "b.py").write_text(
        "import step\nfrom a import N\nfrom step import f32\n@step.fn(f32, f32)\ndef square(x): ...\n"
    )
    found = read("import step\nfrom a import N, square\nfrom b import square as again\n", str(tmp_path / "user.py"))
    assert [str(found.definitions[name].value) for name in ("N",)] == ["N"]
    assert isinstance(found.definitions["square"].value, Function)


@pytest.mark.parametrize("path", ["", "user.py", "untitled:Untitled-1", "<module>"])
def test_a_text_that_is_no_file_has_nothing_beside_it(path: str) -> None:
    found = read(USER, path)
    assert isinstance(found.definitions["square"].value, Unknown) and found.beside == ()


def test_what_is_no_module_of_step_is_left_unknown(tmp_path: Path) -> None:
    for name, text in (("a.py", "def f(x): ...\n"), ("b.py", "\0\0step"), ("c.py", "step = (\n"), ("d.py", "é")):
        (tmp_path / name).write_text(text, encoding="latin-1")
    text = "import step\nfrom a import f\nfrom b import g\nfrom c import h\nfrom d import i\nfrom .e import j\n"
    found = read(text, str(tmp_path / "user.py"))
    assert found.problems == () and all(isinstance(found.definitions[name].value, Unknown) for name in "fghij")
