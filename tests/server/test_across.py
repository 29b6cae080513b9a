"""Names that many files speak of, in every way that Python has of importing them."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path

import pytest
from step_server import finding
from step_server.across import world
from step_server.across.view import read_source

from tests.server.workspaces import OPS, PACKAGES, SMALL, Names, ran, write

CORE = "packages/core/src/core/ops.py"


@pytest.mark.parametrize(
    ("mark", "old", "new"), [("def add", "add", "plus_it"), ("D, N", "D", "Width"), ("def square", "square", "power")]
)
def test_programs_of_many_files_do_the_same_after_a_rename(tmp_path: Path, mark: str, old: str, new: str) -> None:
    write(tmp_path, PACKAGES)
    before = ran(tmp_path)
    names = Names(tmp_path)
    changed = names.rename(CORE, mark, new, mark.index(old))
    names.stop()
    assert not any(name.startswith((".venv", "node_modules", "unrelated")) for name in changed) and len(changed) > 3
    write(tmp_path, changed)
    assert ran(tmp_path).replace(new, old) == before


@pytest.mark.parametrize(
    ("file", "text", "then"),
    [
        ("lib/a.py", "from .ops import add\nadd\n", "from .ops import plus\nplus\n"),
        ("lib/sub/a.py", "from ..ops import add as a, add\nadd\n", "from ..ops import plus as a, plus\nplus\n"),
        ("lib/a.py", "from . import ops\nops.add\nother.add\n", "from . import ops\nops.plus\nother.add\n"),
        ("top.py", "import lib.ops as m\nm.add, m.ops.add\n", "import lib.ops as m\nm.plus, m.ops.add\n"),
        ("top.py", "import lib.ops, lib\nlib.ops.add\n", "import lib.ops, lib\nlib.ops.plus\n"),
        ("deep/down/a.py", "import lib.ops\nlib.ops.add\n", "import lib.ops\nlib.ops.plus\n"),
        ("top.py", "from lib import ops\nops.add\n", "from lib import ops\nops.plus\n"),
        ("top.py", "from lib.ops import *\nadd\n", "from lib.ops import *\nplus\n"),
        ("lib/__init__.py", "from .ops import add\n__all__ = ['add']\n", "from .ops import plus\n__all__ = ['plus']\n"),
        (
            "a.py",
            "from lib.ops import add\nexcept_ = 1\ntry:\n    pass\nexcept OSError as add:\n    raise add\n",
            "from lib.ops import plus as add\nexcept_ = 1\ntry:\n    pass\nexcept OSError as add:\n    raise add\n",
        ),
        ("a.py", "def f(lib):\n    lib.ops.add\nimport lib.ops\n", None),
        ("a.py", "from nowhere.ops import add\nfrom .ops import add as b\n", None),
        ("a.py", "'''\nfrom lib.ops import add\n'''\n# from lib.ops import add\nadd = 3\n", None),
        ("ops.py", "add = 3\n", None),
        ("latin.py", "from lib.ops import add  # no others\n", "from lib.ops import plus  # no others\n"),
    ],
)
def test_each_way_of_importing(names: Names, file: str, text: str, then: str | None) -> None:
    write(names.folder, {**SMALL, file: text})
    changed = names.rename("lib/ops.py", "def add", "plus", 4)
    assert changed.pop("lib/ops.py") == names.texts["lib/ops.py"].replace("add", "plus")
    assert changed == ({file: then} if then is not None else {})


def test_a_file_says_in_which_encoding_it_is(names: Names) -> None:
    write(names.folder, SMALL)
    (names.folder / "a.py").write_bytes("# coding: latin-1\nfrom lib.ops import add  # é\n".encode("latin-1"))
    (names.folder / "b.py").write_bytes(b"\xef\xbb\xbffrom lib.ops import add\n")
    edit = names.inside.ask("textDocument/rename", {**names.at("lib/ops.py", "def add", 4), "newName": "plus"})
    starts = {one["textDocument"]["uri"][-4:]: one["edits"][0]["range"]["start"] for one in edit["documentChanges"]}
    assert starts["a.py"] == {"line": 1, "character": 20} and starts["b.py"] == {"line": 0, "character": 20}


def test_names_go_through_packages(names: Names) -> None:
    write(names.folder, SMALL)
    write(
        names.folder,
        {
            "lib/__init__.py": "from .middle import *\nfrom .ops import add as total, square\n",
            "lib/middle.py": "from .ops import *\nfrom lib.ops import D as Wide\n",
            "a.py": "from lib import add, total, Wide\nimport lib\nprint(add, lib.add, lib.total, lib.middle.add)\n",
        },
    )
    changed = names.rename("lib/ops.py", "def add", "plus", 4)
    assert changed["a.py"] == (
        "from lib import plus, total, Wide\nimport lib\nprint(plus, lib.plus, lib.total, lib.middle.plus)\n"
    )
    assert changed["lib/__init__.py"] == "from .middle import *\nfrom .ops import plus as total, square\n"
    assert "lib/middle.py" not in changed
    wide = names.rename("lib/ops.py", "D, N", "Width")
    assert wide["lib/middle.py"] == "from .ops import *\nfrom lib.ops import Width as Wide\n" and "a.py" not in wide


USER = """import step
import lib
from lib.ops import add, square as sq, D
from step import f32

@step.operator(inputs={"x": step.stream(f32, [D])}, outputs=step.stream(f32, [D]))
def op(x):
    a = step.Map(fn=sq).apply(x)
    return step.Map(fn=lib.ops.square).apply(a)
"""


def test_a_rename_begins_wherever_the_name_is(names: Names) -> None:
    write(names.folder, {**SMALL, "user.py": USER, "more.py": "from user import sq, add\n"})
    for mark, shift, old in (
        ("add,", 0, "add"),
        ("square as", 1, "square"),
        ("ops.square", 4, "square"),
        ("[D]", 1, "D"),
    ):
        assert names.placeholder("user.py", mark, shift) == old
        changed = names.rename("user.py", mark, "other", shift)
        assert "other" in changed["lib/ops.py"] and "other" in changed["user.py"]
    assert names.placeholder("user.py", "fn=sq", 3) == "sq"
    changed = names.rename("user.py", "fn=sq", "power", 3)
    assert changed == {"user.py": re.sub(r"\bsq\b", "power", USER), "more.py": "from user import power, add\n"}
    assert names.placeholder("more.py", "add") == "add"  # a file that does not import step
    assert set(names.rename("more.py", "add", "other")) == {"lib/ops.py", "user.py", "more.py"}
    for mark in ("step\n", "lib\n", "f32", "Map"):
        assert names.placeholder("user.py", mark) is None
    names.open("other.py", "from math import pi\nx = pi\n")
    assert names.placeholder("other.py", "pi") is None and names.placeholder("other.py", "x") is None


def test_open_documents_win_over_the_disk(names: Names) -> None:
    write(names.folder, {**SMALL, "a.py": "from lib.ops import add\n", "b.py": "from lib.ops import add\n"})
    names.open("a.py", "# nothing any more\n")
    names.open("new.py", "from lib.ops import add\nadd\n")
    names.open("made/later.py", "from new import add\n")
    (names.folder / "b.py").unlink()
    changed = names.rename("lib/ops.py", "def add", "plus", 4)
    assert set(changed) == {"lib/ops.py", "new.py", "made/later.py"}
    assert changed["made/later.py"] == "from new import plus\n"


@pytest.mark.parametrize("watches", [True, False])
def test_files_come_change_and_go_and_nobody_tells(tmp_path: Path, watches: bool) -> None:
    write(tmp_path, SMALL)
    names = Names(tmp_path, watches=watches)
    assert set(names.rename("lib/ops.py", "def add", "plus", 4)) == {"lib/ops.py"}
    write(tmp_path, {"x/a.py": "from lib.ops import add\n"})
    assert set(names.rename("lib/ops.py", "def add", "plus", 4)) == {"lib/ops.py", "x/a.py"}
    write(tmp_path, {"x/a.py": "from lib.ops import D\n"})
    assert set(names.rename("lib/ops.py", "def add", "plus", 4)) == {"lib/ops.py"}
    names.stop()


def test_what_is_by_a_star_or_something_else(names: Names) -> None:
    write(names.folder, {**SMALL, "fast.py": "add = 3\n", "user.py": "from a import add\n"})
    head = "from lib.ops import *\n"
    write(names.folder, {"a.py": head + "try:\n    from fast import add\nexcept ImportError:\n    pass\nadd\n"})
    changed = names.rename("lib/ops.py", "def add", "plus", 4)
    assert changed["a.py"] == head + "try:\n    from fast import add as plus\nexcept ImportError:\n    pass\nplus\n"
    assert changed["user.py"] == "from a import plus\n"
    write(names.folder, {"a.py": head + "if head:\n    def add(): ...\nadd\n"})
    assert names.refusal("lib/ops.py", "def add", "plus", 4) == (
        "what `add` is depends on what runs in a.py, line 3: make that sure first"
    )
    write(names.folder, {"a.py": "try:\n    import fast as m\nexcept OSError:\n    import lib.ops as m\nm.add\nm.D\n"})
    assert names.refusal("lib/ops.py", "def add", "plus", 4).startswith(
        "what `add` is depends on what runs in a.py, line 5"
    )
    write(names.folder, {"a.py": "import lib.ops as m\nimport lib.ops as m\nm.add\n"})
    assert names.rename("lib/ops.py", "def add", "plus", 4)["a.py"].endswith("m.plus\n")
    write(names.folder, {"a.py": head + "from fast import add\nadd\n"})
    assert set(names.rename("lib/ops.py", "def add", "plus", 4)) == {"lib/ops.py"}


def test_packages_that_are_but_folders(names: Names) -> None:
    write(
        names.folder,
        {
            "one/src/space/ops.py": OPS,
            "two/a.py": "from space.ops import add\nfrom space import ops\nimport space.ops as o\nops.add, o.add\n",
            "three/space/other.py": "from .ops import add\n",
            "four/b.py": "from elsewhere.ops import add\nimport ops\nops.add\n",
        },
    )
    changed = names.rename("one/src/space/ops.py", "def add", "plus", 4)
    assert set(changed) == {"one/src/space/ops.py", "two/a.py"}
    assert changed["two/a.py"].startswith("from space.ops import plus\n") and changed["two/a.py"].endswith("o.plus\n")


def test_a_workspace_that_is_a_package(tmp_path: Path) -> None:
    write(tmp_path, {"whole/__init__.py": "", "whole/ops.py": OPS, "whole/tests/a.py": "from whole.ops import add\n"})
    names = Names(tmp_path, [tmp_path / "whole"])
    assert set(names.rename("whole/ops.py", "def add", "plus", 4)) == {"whole/ops.py", "whole/tests/a.py"}
    names.stop()


def test_which_of_two_packages_it_is_is_told_by_the_nearest(names: Names) -> None:
    write(
        names.folder,
        {
            **{
                f"{one}/lib/{name}": text
                for one in ("a", "b")
                for name, text in {"__init__.py": "", "ops.py": OPS}.items()
            },
            "a/user.py": "from lib.ops import add\n",
            "b/deep/user.py": "from lib.ops import add\n",
            "c/user.py": "from lib.ops import add\n",
        },
    )
    assert set(names.rename("a/lib/ops.py", "def add", "plus", 4)) == {"a/lib/ops.py", "a/user.py"}
    assert set(names.rename("b/lib/ops.py", "def add", "plus", 4)) == {"b/lib/ops.py", "b/deep/user.py"}


def test_several_folders_and_none(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    write(one, SMALL)
    write(two, {"deep/a.py": "from lib.ops import add\n"})
    write(tmp_path, {"outside.py": "from one.lib.ops import add\n"})
    names = Names(tmp_path, [one, two])
    assert set(names.rename("one/lib/ops.py", "def add", "plus", 4)) == {"one/lib/ops.py", "two/deep/a.py"}
    names.open("outside.py")
    assert "outside.py" in names.rename("one/lib/ops.py", "def add", "plus", 4)
    names.stop()
    write(one, {"lib/sub/a.py": "from ..ops import add\n", "beside.py": "from lib.ops import add\n"})
    names = Names(tmp_path, [])
    assert set(names.rename("one/lib/ops.py", "def add", "plus", 4)) == {
        "one/lib/ops.py",
        "one/lib/sub/a.py",
        "one/beside.py",
    }
    names.stop()


def test_a_folder_that_is_a_link(tmp_path: Path) -> None:
    write(tmp_path / "true", {**SMALL, "a.py": "from lib.ops import add\n"})
    (tmp_path / "link").symlink_to(tmp_path / "true")
    (tmp_path / "true" / "again.py").symlink_to(tmp_path / "true" / "a.py")
    names = Names(tmp_path, [tmp_path / "link"])
    assert set(names.rename("link/lib/ops.py", "def add", "plus", 4)) == {"link/lib/ops.py", "link/a.py"}
    names.stop()


def test_what_a_name_may_not_be(names: Names) -> None:
    write(names.folder, {**SMALL, "user.py": USER, "starry.py": "from lib.ops import *\nmine = 3\n"})
    write(names.folder, {"lib/__init__.py": "from .ops import add\n", "lib/taken.py": ""})
    say = names.refusal
    assert say("lib/ops.py", "def add", "class", 4) == "`class` is not a name: it is a keyword of Python"
    assert say("lib/ops.py", "def add", "a b", 4) == "`a b` is not a name"
    assert say("lib/ops.py", "def add", "ﬁx", 4) == "`ﬁx` is not a name"
    assert say("lib/ops.py", "def add", "len", 4) == "`len` is a name of Python's own"
    assert say("lib/ops.py", "def add", "square", 4).startswith("`square` is used already in line ")
    assert say("lib/ops.py", "def add", "sq", 4) == "`sq` is used already in user.py, line 3"
    assert say("lib/ops.py", "def add", "mine", 4) == "`mine` is used already in starry.py, line 2"
    assert say("lib/ops.py", "def add", "taken", 4) == "`taken` is a module of lib already"
    assert "user.py" in names.rename("lib/ops.py", "def square", "a", 4)  # there it is called sq, whatever its name
    write(names.folder, {"all.py": "from lib.ops import *\nadd\n", "lib/ops.py": OPS.replace("__all__", "__none__")})
    names.open("lib/ops.py")
    assert "all.py has `add` from an `import *`" in say("lib/ops.py", "def add", "_plus", 4)


def test_what_does_not_parse_is_finished_first(names: Names) -> None:
    write(names.folder, {**SMALL, "half.py": "from lib.ops import add\nx = = add\n"})
    assert "occurs in a statement of half.py that does not parse" in names.refusal("lib/ops.py", "def add", "plus", 4)
    assert "half.py" not in names.rename("lib/ops.py", "D, N", "Width")
    write(names.folder, {"half.py": "(((\nfrom lib.ops import add\n"})
    assert "occurs in a statement of half.py that does not parse" in names.refusal("lib/ops.py", "def add", "plus", 4)
    write(names.folder, {"half.py": "(((\nfrom elsewhere import add\n"})
    assert set(names.rename("lib/ops.py", "def add", "plus", 4)) == {"lib/ops.py"}


def test_what_is_too_long_to_be_read_is_not_half_renamed(names: Names) -> None:
    write(names.folder, {**SMALL, "table.py": f"from lib.ops import add\nx = [{'3, ' * 50_000} add]\n"})
    assert "occurs in a statement of table.py that does not parse" in names.refusal("lib/ops.py", "def add", "plus", 4)


def test_a_long_chain_of_modules(names: Names) -> None:
    chain = {f"c{number}.py": f"from c{number - 1} import add\n" for number in range(1, 150)}
    write(names.folder, {**SMALL, **chain, "c0.py": "from lib.ops import *\nadd\n"})
    assert len(names.rename("lib/ops.py", "def add", "plus", 4)) == 151


def test_modules_that_take_everything_of_one_another(names: Names) -> None:
    every = {
        f"k{one}.py": "".join(f"from k{other} import *\n" for other in range(9) if other != one) + "add\n"
        for one in range(9)
    }
    every["k5.py"] += "from lib.ops import *\n"
    write(names.folder, {**SMALL, **every})
    assert set(names.rename("lib/ops.py", "def add", "plus", 4)) == {"lib/ops.py", *every}


def test_only_files_can_be_imported(names: Names) -> None:
    write(names.folder, SMALL)
    for scheme in ("git:", "untitled:", "vscode-notebook-cell:"):
        names.inside.open("from lib.ops import add\n", f"{scheme}{names.folder}/a.py")
    assert set(names.rename("lib/ops.py", "def add", "plus", 4)) == {"lib/ops.py"}
    uri = names.inside.open(OPS, "untitled:Untitled-1")
    where = {"line": OPS[: OPS.index("def add")].count("\n"), "character": 4}
    edit = names.inside.ask("textDocument/rename", {"textDocument": {"uri": uri}, "position": where, "newName": "plus"})
    (one,) = edit["documentChanges"]
    assert one["textDocument"]["uri"] == uri and len(one["edits"]) == OPS.count("add") - OPS.count("__add")


def test_what_is_not_the_users_to_change(tmp_path: Path) -> None:
    work = tmp_path / "work"
    write(tmp_path, {"outside/ops.py": OPS, "work/pkg/up.py": USER.replace("lib.ops", "...outside.ops")})
    write(work, {**SMALL, "a.py": "from lib.ops import add\n", "venv/ops.py": OPS})
    names = Names(tmp_path, [work])
    assert "is declared outside of the workspace" in names.refusal("work/pkg/up.py", "add,", "plus")
    assert "is declared outside of the workspace" in names.refusal("outside/ops.py", "def add", "plus", 4)
    assert "in a folder whose files are not looked at" in names.refusal("work/venv/ops.py", "def add", "plus", 4)
    (work / "a.py").chmod(0o444)
    assert names.refusal("work/lib/ops.py", "def add", "plus", 4) == "a.py is read-only, and `add` occurs in it"
    (work / "a.py").chmod(0o644)
    assert set(names.rename("work/lib/ops.py", "def add", "plus", 4)) == {"work/lib/ops.py", "work/a.py"}
    names.stop()


def test_definitions_lead_to_where_a_name_is_declared(names: Names) -> None:
    write(names.folder, SMALL)
    write(
        names.folder,
        {
            "lib/__init__.py": "from .a import *\n",
            "lib/a.py": "from .b import *\nfrom . import ops as o\n",
            "lib/b.py": "from .a import *\nfrom .ops import add as plus, D as Wide\n",
            "user.py": "import step, lib.a\nfrom lib import plus as p\nfrom lib.a import o\nfrom lib import Wide\n"
            "print(p, o.square, lib.a.o.add, lib.plus, Wide)\n",
        },
    )
    add = [("ops.py", "add(total, x):")]
    assert names.definition("user.py", "(p,", 1) == names.definition("user.py", "plus as") == add
    assert names.definition("user.py", "o.add", 2) == names.definition("user.py", "lib.plus", 4) == add
    assert names.definition("user.py", "o.square", 2) == [("ops.py", "square(x):")]
    assert names.definition("user.py", ", Wide)", 2) == [("ops.py", "D, N = step.dims(D=16, N=7)")]
    assert names.definition("user.py", "o.square") == [("ops.py", '"""Ops. """')]


def test_references_are_what_a_rename_would_change(names: Names) -> None:
    write(names.folder, {**SMALL, "user.py": USER, "a.py": "import lib.ops\nprint(lib.ops.add)\n"})
    for declares in (True, False):
        context = {"context": {"includeDeclaration": declares}}
        found = names.inside.ask("textDocument/references", {**names.at("user.py", "add,"), **context})
        places = sorted((one["uri"].rpartition("/")[2], one["range"]["start"]["line"]) for one in found)
        assert [one for one in places if one[0] != "ops.py"] == [("a.py", 1), ("user.py", 2)]
        assert (("ops.py", OPS[: OPS.index("def add")].count("\n")) in places) == declares


def test_the_log_tells_what_is_not_looked_at(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST_FILES", 4)
    files = {f"many/{number}.py": "" for number in range(4)}
    write(names.folder, {**SMALL, **files, "big.py": "# add\n" + "x = 1\n" * 200_000})
    names.rename("lib/ops.py", "def add", "plus", 4)
    names.rename("lib/ops.py", "def add", "plus", 4)
    told = [str(one) for one in names.inside.errors]
    names.inside.errors.clear()
    assert len(told) == 2 and "has more than 4 Python files" in told[1] and "big.py is longer than" in told[0]


class Gate:
    """Reads files as the server does, but not before it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened, self.came, self.read = threading.Event(), threading.Event(), 0
        monkeypatch.setattr(world, "read_source", self)

    def __call__(self, path: Path) -> str | None:
        self.came.set()
        assert self.opened.wait(60)
        self.read += 1
        return read_source(path)


def test_who_types_waits_for_no_rename(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"a{number}.py": "from lib.ops import add\n" for number in range(20)}
    write(names.folder, {**SMALL, **many})
    inside, asked = names.inside, names.at("lib/ops.py", "def add", 4)
    gate = Gate(monkeypatch)

    def send(number: int) -> None:
        async def work() -> None:
            inside._feed({"id": number, "method": "textDocument/rename", "params": {**asked, "newName": "plus"}})
            while not gate.came.is_set():
                await asyncio.sleep(0.001)

        inside.loop.run_until_complete(work())

    send(1000)
    inside.replace(names.texts["lib/ops.py"] + "\nadd\n", (names.folder / "lib/ops.py").as_uri())
    assert inside.ask("textDocument/documentSymbol", asked) and inside.ask("textDocument/documentHighlight", asked)
    assert inside.ask("textDocument/prepareRename", asked)["placeholder"] == "add" and 1000 not in inside.answers
    gate.opened.set()
    inside.loop.run_until_complete(inside._until(lambda: 1000 in inside.answers, 0, "no answer"))
    edits = {one["textDocument"]["uri"]: one for one in inside.answers.pop(1000)["documentChanges"]}
    assert len(edits) == 21 and gate.read >= 20
    assert edits[(names.folder / "lib/ops.py").as_uri()]["textDocument"]["version"] == 1  # as it was asked for

    gate.opened.clear()
    gate.came.clear()
    gate.read = 0
    send(1001)
    inside.tell("$/cancelRequest", {"id": 1001})
    inside.loop.run_until_complete(inside._until(lambda: 1001 in inside.answers, 0, "no answer"))
    assert inside.errors.pop()["code"] == -32800
    gate.opened.set()
    (thread,) = (one for name, one in inside.server.asking._threads.items() if name == "step-search")
    thread.submit(int).result(60)  # what was cancelled is over
    assert gate.read <= 2
