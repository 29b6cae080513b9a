"""A made-up workspace of several packages, and a server on it: for tests of names that go from file to file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.server.inside import Inside, position, units

OPS = '''"""Ops. é𝄞"""
import step
from step import f32

D, N = step.dims(D=16, N=7)
E = step.dim("E", 3, fixed=True)
__all__ = ["add", "square", "D", "N"]

@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x

@step.fn(f32, f32)
def square(x):
    return x * x + D.size * 0

LATER = [add, square]
def use():
    global add
    kept = add
    add = kept
    return f"é𝄞 {add.__name__} {D.size:>{D.size}} {D}"
'''
SMALL: Mapping[str, str] = {"lib/ops.py": OPS.replace("é𝄞", ""), "lib/__init__.py": ""}
"""One package."""
PACKAGES: Mapping[str, str] = {
    "packages/core/src/core/__init__.py": """from .ops import *
from .ops import square as sq, E
from . import ops
from .deep.more import helper
__all__ = ['helper', 'add', 'sq']
__all__ += ['square', 'ops']
""",
    "packages/core/src/core/ops.py": OPS,
    "packages/core/src/core/deep/__init__.py": "",
    "packages/core/src/core/deep/more.py": """from ..ops import add, D
from .. import ops as o
import core.ops
import core.ops as co
from ..ops import (  # a comment
    square as sq2,  # add
    N,
)
def helper():
    return add.__name__, D.size, o.add.__name__, core.ops.add.__name__, co.add is add, sq2.__name__
""",
    "packages/app/src/app/__init__.py": "",
    "packages/app/src/app/main.py": """import core
import core.ops
from core import *
from core import ops, add as plus
def f():
    from core.ops import add
    add2 = add
    return add2
def g(add):
    return add
class A:
    add = 3
    def m(self):
        return add.__name__ + self.name(add)
    def name(self, x): return x.__name__ + str(A.add)
print(helper(), core.add.__name__, core.ops.add.__name__, ops.add.__name__, plus.__name__, f().__name__, g(4))
print(A().m(), core.deep.more.add.__name__, core.sq.__name__)
print([add for add in (1,2)], {add.__name__: add.__name__}, (lambda add: add)(5), f'{add.__name__!r}')
print(ops.use())
""",
    "packages/app/src/app/fall.py": """try:
    from core.ops import add
except ImportError:
    from operator import add
try:
    import nothing_like_it as quick
except ImportError:
    import core.ops as quick
print(add.__name__, quick.__name__)
""",
    "packages/app/src/app/other.py": """from app.fall import add
import app.fall
print(add.__name__, app.fall.add.__name__)
""",
    "packages/app/src/app/star.py": """from core.ops import *
from core.ops import N as M
def add(x): return x
print(add(3), D.size, M.size)
""",
    "packages/app/src/app/mixed.py": "from core.ops import D\nprint(D.size)\nfor D in range(3): print(D)\n",
    "packages/app/src/app/matching.py": """from core.ops import add
match [add.__name__, 2]:
    case [add, *rest]:
        print(add, rest)
""",
    "packages/app/src/app/matching2.py": """import core.ops
from core import ops
match 3:
    case core.ops.D: print('no')
    case ops.N.size: print('no')
    case other: print(other, ops.D.size)
""",
    "tools/script.py": """import sys; from core.ops import add, D
if True: from core.ops import square
print(add.__name__, D.size, square.__name__)
del square
""",
    "tools/nested.py": """def f():
    import core.ops
    def g():
        return core.ops.add.__name__, core.ops.D.size
    return g()
def h():
    from core.ops import D as D
    return D.size
def k():
    try:
        from core.ops import D
    except ImportError:
        D = None
    return D.size
print(f(), h(), k())
""",
    "tools/continued.py": """from core.ops \\
    import add, \\
    D
import core.ops as \\
    z
print(add.__name__, D.size, z.add.__name__, z \\
   .D.size)
""",
    "tools/tabs.py": """from core.ops import\tadd,D
print(add.__name__,D.size);import core.ops;print(core.ops.D.size)
""",
    "tools/crlf.py": "from core.ops import add, D\r\nimport core.ops as o\r\ndef f():\r\n"
    "    return add, D.size, o.add\r\n"
    "print('\U0001d11e', f()[0].__name__)\r\n",
    "tools/walrus.py": """from core.ops import D
def f():
    return [D for _ in range(2) if (D := 4)]
print(f(), D.size)
x = [y := D.size]
print(y)
""",
    ".venv/lib/site-packages/thing.py": "from core.ops import add\n",
    "node_modules/x.py": "from core.ops import add\n",
    "unrelated/ops.py": "add = 3\nD = 4\n",
    "unrelated/user.py": "from ops import add, D\nfrom numpy import add as nadd\nprint(add, D)\n",
}
"""Two packages that are installed in no way, scripts, and what has nothing to do with them; all of it runs."""
ROOTS = ("packages/core/src", "packages/app/src")
RUNS = ("app.main", "app.fall", "app.other", "app.star", "app.mixed", "app.matching", "app.matching2",
        "tools/script.py", "tools/nested.py", "tools/continued.py", "tools/tabs.py", "tools/crlf.py", "tools/walrus.py",
        "unrelated/user.py")  # fmt: skip
_RUNNER = """import runpy, sys
for one in sys.argv[1:]:
    print("==", one)
    sys.path.insert(0, one.rpartition("/")[0])
    runpy.run_path(one) if one.endswith(".py") else runpy.run_module(one)
    sys.path.pop(0)
"""


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Writes files, with their line ends as they are."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def ran(folder: Path) -> str:
    """What the programs of the workspace print."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(folder / one) for one in ROOTS)}
    done = subprocess.run(
        [sys.executable, "-B", "-c", _RUNNER, *RUNS],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


class Names:
    """Asks a server about places of files that are open."""

    def __init__(self, folder: Path, folders: Sequence[Path] | None = None, *, watches: bool = True) -> None:
        self.folder = folder
        root = (folders or [folder])[0].as_uri() if folders is None or folders else ""
        self.inside = Inside(root=root, watches=watches)
        for one in (folders or [])[1:]:
            event = {"added": [{"uri": one.as_uri(), "name": one.name}], "removed": []}
            self.inside.tell("workspace/didChangeWorkspaceFolders", {"event": event})
        self.texts: dict[str, str] = {}

    def open(self, name: str, text: str | None = None) -> str:
        """Opens a file, with what is on the disk or with another text."""
        path = self.folder / name
        self.texts[name] = path.read_bytes().decode() if text is None else text
        return self.inside.open(self.texts[name], path.as_uri())

    def at(self, name: str, mark: str, shift: int = 0) -> dict[str, Any]:
        """The parameters of a question about a place: where a text first stands."""
        if name not in self.texts:
            self.open(name)
        where = position(self.texts[name], self.texts[name].index(mark) + shift)
        return {"textDocument": {"uri": (self.folder / name).as_uri()}, "position": where}

    def rename(self, name: str, mark: str, new: str, shift: int = 0) -> dict[str, str]:
        """The files that a rename changes, as they are afterwards."""
        edit = self.inside.ask("textDocument/rename", {**self.at(name, mark, shift), "newName": new})
        assert edit is not None, self.inside.errors
        changed = {}
        for one in edit["documentChanges"]:
            path = Path(unquote(urlsplit(one["textDocument"]["uri"]).path))
            key = path.relative_to(self.folder).as_posix() if self.folder in path.parents else str(path)
            assert (one["textDocument"]["version"] is None) == (key not in self.texts)
            changed[key] = edited(self.texts.get(key) or path.read_bytes().decode(), one["edits"])
        return changed

    def refusal(self, name: str, mark: str, new: str, shift: int = 0) -> str:
        """Why a rename is refused."""
        assert self.inside.ask("textDocument/rename", {**self.at(name, mark, shift), "newName": new}) is None
        error: dict[str, Any] = self.inside.errors.pop()
        assert error["code"] == -32803
        return str(error["message"])

    def placeholder(self, name: str, mark: str, shift: int = 0) -> str | None:
        """What can be renamed at a place."""
        found = self.inside.ask("textDocument/prepareRename", self.at(name, mark, shift))
        return found["placeholder"] if found is not None else None

    def definition(self, name: str, mark: str, shift: int = 0) -> list[tuple[str, str]]:
        """Where what is at a place is declared: the file's last name, and the text of the line from there."""
        found = self.inside.ask("textDocument/definition", self.at(name, mark, shift)) or []
        places = []
        for one in found:
            path = Path(unquote(urlsplit(one["uri"]).path))
            start = one["range"]["start"]
            places.append((path.name, path.read_text().split("\n")[start["line"]][start["character"] :]))
        return places

    def stop(self) -> None:
        """Ends the server, which complained of nothing."""
        assert self.inside.errors == []
        self.inside.stop()


def edited(text: str, edits: list[dict[str, Any]]) -> str:
    """A text after edits, none of which touch."""
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda one: (one["range"]["start"]["line"], one["range"]["start"]["character"]))[
        ::-1
    ]:
        start, end = edit["range"]["start"], edit["range"]["end"]
        assert start["line"] == end["line"]
        line = lines[start["line"]]
        columns = [0]
        for character in line:
            columns.append(columns[-1] + units(character, "utf-16"))
        first, last = columns.index(start["character"]), columns.index(end["character"])
        lines[start["line"]] = line[:first] + edit["newText"] + line[last:]
    return "\n".join(lines)
