"""Names that are reached through packages alone, circles of imports, and questions that come very early or too late."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from step_server.across import world
from step_server.across.view import read_source
from step_server.features import navigation

from tests.server.workspaces import SMALL, Names, write


@pytest.mark.parametrize(
    ("file", "text", "then"),
    [
        ("user.py", "import lib\nlib.ops.add\n", "import lib\nlib.ops.plus\n"),
        ("user.py", "import lib.other\nlib.ops.add\n", "import lib.other\nlib.ops.plus\n"),
        ("beside.py", "from . import lib\nlib.ops.add\n", "from . import lib\nlib.ops.plus\n"),
        ("user.py", "import lib as li\nli.ops.add\n", "import lib as li\nli.ops.plus\n"),
    ],
)
def test_a_module_that_somebody_else_imported(names: Names, file: str, text: str, then: str) -> None:
    write(names.folder, {**SMALL, file: text, "lib/other.py": "", "main.py": f"import lib.ops\nimport {file[:-3]}\n"})
    assert names.rename("lib/ops.py", "def add", "plus", 4)[file] == then
    assert names.rename(file, "add", "plus")[file] == then


def test_a_star_takes_the_modules_that_a_package_lists(names: Names) -> None:
    files = {**SMALL, "lib/__init__.py": "__all__ = ['ops']\n", "user.py": "from lib import *\nops.add\n"}
    write(names.folder, files)
    assert names.rename("lib/ops.py", "def add", "plus", 4)["user.py"] == "from lib import *\nops.plus\n"
    write(names.folder, {"lib/__init__.py": "", "bare.py": files["user.py"]})  # not listed: a NameError
    assert set(names.rename("lib/ops.py", "def add", "plus", 4)) == {"lib/ops.py"}


def test_modules_that_take_a_name_from_one_another(names: Names) -> None:
    fall = "try:\n    from {} import add\nexcept ImportError:\n    from {} import add\n"
    write(names.folder, {**SMALL, "a.py": fall.format("b", "c"), "b.py": fall.format("a", "c"), "c.py": "add = 1\n"})
    assert names.placeholder("a.py", "add") is None
    write(names.folder, {"c.py": "from lib.ops import add\n"})
    assert names.placeholder("a.py", "add") == "add"


@pytest.mark.parametrize("folder", ["src", "packages/lib/src"])
def test_the_first_question_knows_the_workspace(names: Names, folder: str) -> None:
    files = {f"{folder}/{name}": text for name, text in SMALL.items()}
    write(names.folder, {**files, "tests/deep/user.py": "import step\nfrom lib.ops import add\nadd\n"})
    assert names.definition("tests/deep/user.py", "add\n")[0][0] == "ops.py"
    assert names.placeholder("tests/deep/user.py", "add\n") == "add"


def test_a_definition_goes_through_the_file_in_another_thread(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    plain = navigation.definitions

    def noted(*arguments: object) -> object:
        threads.append(threading.current_thread().name)
        return plain(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(navigation, "definitions", noted)
    write(names.folder, SMALL)
    assert names.definition("lib/ops.py", "x * x") == [("ops.py", "x):\n"[:-1])]
    assert len(threads) == 1 and threads[0].startswith("step-names")


def test_a_rename_that_the_end_of_the_server_cuts_short_changes_nothing(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(names.folder, {**SMALL, **{f"a{number}.py": "from lib.ops import add\n" for number in range(3)}})
    came, opened = threading.Event(), threading.Event()

    def read(path: Path) -> str | None:
        came.set()
        assert opened.wait(60)
        return read_source(path)

    monkeypatch.setattr(world, "read_source", read)
    inside, asked = names.inside, names.at("lib/ops.py", "def add", 4)

    async def work() -> None:
        inside._feed({"id": 1000, "method": "textDocument/rename", "params": {**asked, "newName": "plus"}})
        while not came.is_set():
            await asyncio.sleep(0.001)
        inside.server.asking.close()
        opened.set()
        await inside._until(lambda: 1000 in inside.answers, 0, "no answer")

    inside.loop.run_until_complete(work())
    assert inside.answers.pop(1000) is None
    assert "was ended" in inside.errors.pop()["message"]
