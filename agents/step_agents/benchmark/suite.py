"""Suites: folders of operator modules, one task an operator, found without importing a module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

PACKED = ("paper", "extended")
"""The suites that come with the package."""

_ID_LINE = re.compile(r"^(?:Paper|Task): *(\S+?)\.?$", re.MULTILINE)


class SuiteError(Exception):
    """A suite cannot be loaded: no such folder, no operator in it, or a file that does not parse."""


@dataclass(frozen=True, slots=True)
class Task:
    """An operator to synthesise.

    `id` is the one in the module's docstring (`Paper: norm/G_0_16_01.` or `Task: extended/softmax.`), or else the
    file's path in the suite without `.py`. Where a file has several operators, each adds `:name`. `group` is the
    folder.
    """

    id: str
    group: str
    path: Path
    operator: str

    @property
    def title(self) -> str:
        """What it computes: the first line of the module's docstring."""
        return _docstring(self.path.read_text(encoding="utf-8")).partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Suite:
    """Tasks in a stable order: by group, then by file."""

    name: str
    tasks: tuple[Task, ...]

    def __iter__(self) -> Iterator[Task]:
        return iter(self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)

    def __contains__(self, task: object) -> bool:
        return task in self.tasks

    def select(self, patterns: str | Iterable[str]) -> Suite:
        """The tasks that one of the shell patterns fits, by id, by group or by operator.

        Raises:
            SuiteError: a pattern fits no task.
        """
        globs = [patterns] if isinstance(patterns, str) else list(patterns)
        for glob in globs:
            if not any(_fits(task, glob) for task in self.tasks):
                known = ", ".join(task.id for task in self.tasks)
                raise SuiteError(f"no task of the suite {self.name} fits {glob!r}; its tasks are {known}")
        return Suite(self.name, tuple(task for task in self.tasks if any(_fits(task, glob) for glob in globs)))

    def task(self, id: str) -> Task:
        """The task with this id.

        Raises:
            SuiteError: there is none.
        """
        for task in self.tasks:
            if task.id == id:
                return task
        raise SuiteError(f"the suite {self.name} has no task {id!r}")


def load_suite(name: str | Path) -> Suite:
    """The suite called `paper` or `extended`, or that of any folder (or file) of operator modules.

    Only reads text: no module is imported.

    Raises:
        SuiteError: no such suite or folder, no operator in it, a file that does not parse, or two tasks with one id.
    """
    if name in PACKED:
        root = Path(__file__).parent / str(name)
        label = str(name)
    else:
        root = Path(name)
        label = root.name
    if not root.exists():
        raise SuiteError(f"no suite {str(name)!r}: it is {' or '.join(PACKED)}, or a folder of operator modules")
    files = [root] if root.is_file() else sorted(root.rglob("*.py"))
    base = root.parent if root.is_file() else root
    tasks = tuple(task for file in files for task in _tasks(file, base, label))
    if not tasks:
        raise SuiteError(f"the suite {label} has no operator: no file under {root} has a @step.operator")
    seen: dict[str, Task] = {}
    for task in tasks:
        if task.id in seen:
            raise SuiteError(f"two tasks have the id {task.id}: {seen[task.id].path} and {task.path}")
        seen[task.id] = task
    return Suite(label, tasks)


def _fits(task: Task, glob: str) -> bool:
    return any(fnmatchcase(text, glob) for text in (task.id, task.group, task.operator))


def _tasks(path: Path, root: Path, suite: str) -> Iterator[Task]:
    try:
        text = path.read_text(encoding="utf-8")
        operators = _operators(text)
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        raise SuiteError(f"{path} is not a readable Python file: {error}") from None
    if not operators:
        return
    place = path.relative_to(root).with_suffix("")
    group = place.parts[0] if len(place.parts) > 1 else suite
    found = _ID_LINE.search(_docstring(text))
    first = found.group(1) if found else place.as_posix()
    for operator in operators:
        yield Task(first if len(operators) == 1 else f"{first}:{operator}", group, path, operator)


def _docstring(text: str) -> str:
    return ast.get_docstring(ast.parse(text)) or ""


def _operators(text: str) -> list[str]:
    """The names of the functions that a decorator `operator(…)` (of any spelling of `step`) declares."""
    return [
        node.name
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and any(map(_declares_operator, node.decorator_list))
    ]


def _declares_operator(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name == "operator"
