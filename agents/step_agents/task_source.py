"""From a user's module, read as text, to the task of one operator. Nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from step.dims import Dim
from step.function import Function
from step.source import Module, OperatorSource
from step.types import StreamType, Unknown, dims_of, fields_of

from step_agents.task import Task, TaskError, make_task
from step_agents.task_module import TYPES


def task_of(module: Module, operator: OperatorSource) -> Task:
    """The task of an operator: its specification, the functions that its body may use, and their source.

    Raises:
        TaskError: the static check cannot know the specification; the message says why.
    """
    specification = operator.specification
    if specification is None:
        raise TaskError(
            f"{operator.name}: what its inputs and outputs are shows only when the module runs: spell them out in the "
            'decorator, as inputs={"x": step.stream(…)}, outputs=step.stream(…)'
        )
    for stream in (*specification.input_types, *specification.output_types):
        if not stream.is_known:
            raise TaskError(f"{operator.name}: the type of a stream is not known from the text: {stream}")
    functions = usable_functions(operator)
    sources = _Sources(module)
    code = {name: sources.function(name) for name in functions}
    reference = sources.reference(operator.reference) if operator.reference else ""
    others = _other_names(operator)
    apart = {*functions, operator.reference or "", *(name for names in others.values() for name in names)}
    return make_task(
        specification,
        functions,
        module.dims,
        names=others,
        code=code,
        description=operator.docstring or sources.docstring,
        helpers=sources.helpers([*code.values(), reference], apart),
        reference=reference,
        array="torch" if any(one.array == "torch" for one in functions.values()) else "numpy",
    )


def _other_names(operator: OperatorSource) -> Mapping[str, list[str]]:
    """What the module calls its dimensions where that is not the dimension's name: ``d = step.dim("D", 16)``."""
    found: dict[str, list[str]] = {}
    for name, value in operator.scope.items():
        if not isinstance(value, Dim):
            continue
        own = value.label or next((symbol for symbol in value.symbols if value == Dim.symbol(symbol)), None)
        if own is not None and own != name:
            found.setdefault(own, []).append(name)
    return found


def usable_functions(operator: OperatorSource) -> Mapping[str, Function]:
    """The functions that a body may name, by the name it writes, in the order of the module."""
    found: dict[str, Function] = {}
    for value in operator.scope.values():
        for function in _functions_in(value):
            if function.name and not _has_unknown(function):
                found.setdefault(function.name, function)
    return found


def _functions_in(value: object) -> Iterator[Function]:
    if isinstance(value, Function):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _functions_in(one)


def _has_unknown(function: Function) -> bool:
    known = all(StreamType(element, ()).is_known for element in (function.element, function.result))
    if not known:
        return True
    dims = [dim for element in (function.element, function.result) for dim in dims_of(element)]
    fields = [*fields_of(function.element), *fields_of(function.result)]
    return any("?" in dim.symbols for dim in dims) or any(isinstance(one, Unknown) for one in fields)


_IMPORTED = {("step", "step"), ("numpy", "np"), ("math", "math"), ("torch", "torch")}
"""The modules that the module of a task imports, with the names that it gives them."""


class _Part(NamedTuple):
    """One top-level block: its text, what it binds and what it uses. ``ambient`` is what every module of a task has."""

    text: str
    binds: frozenset[str]
    uses: frozenset[str]
    ambient: bool
    imports: bool = False


class _Sources:
    """The pieces of a module's text that a task consists of."""

    def __init__(self, module: Module) -> None:
        operators = {operator.line for operator in module.operators}
        blocks = [block for block in module.blocks if block.line not in operators]
        self._parts = [_read_part(block.text) for block in blocks]
        first = module.blocks[0].text if module.blocks else ""
        self.docstring = _docstring(first)

    def function(self, name: str) -> str:
        """A function's source, without decorators; of an item of a list, the whole list's."""
        root = name.split("[", 1)[0]
        for part in reversed(self._parts):
            if root in part.binds:
                return _without_decorators(part.text, root)
        return ""

    def reference(self, written: str) -> str:
        """The reference's source; of a lambda, an imported one and the like, an assignment of it to a name."""
        for part in reversed(self._parts):
            if written in part.binds and not part.imports:
                return _without_decorators(part.text, written)
        taken = {name for part in self._parts for name in part.binds}
        name = "reference"
        while name in taken:
            name += "_"
        return f"{name} = {written}"

    def helpers(self, code: Iterable[str], apart: set[str]) -> str:
        """What the code needs of the module: parameters, imported and other functions; in the order of the module."""
        wanted = [name for text in code for name in _read_part(text).uses]
        seen: set[str] = set()
        needed: set[int] = set()
        while wanted:
            name = wanted.pop()
            if name in seen:
                continue
            seen.add(name)
            for index, part in enumerate(self._parts):
                if name in part.binds and name not in apart and not part.ambient:
                    needed.add(index)
                    wanted.extend(part.uses)
        return "\n".join(self._parts[index].text for index in sorted(needed))


@lru_cache(maxsize=2048)
def _read_part(text: str) -> _Part:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _Part(text, frozenset(), frozenset(), True)
    binds: set[str] = set()
    ambient = imports = False
    for statement in tree.body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                binds.add(statement.name)
                continue
            case ast.Import(names=aliases):
                binds.update(alias.asname or alias.name.split(".")[0] for alias in aliases)
                imports = True
                ambient = all((alias.name, alias.asname or alias.name) in _IMPORTED for alias in aliases)
            case ast.ImportFrom(module=source, names=aliases):
                binds.update(alias.asname or alias.name for alias in aliases)
                imports = True
                ambient = source == "step" and all(
                    alias.asname is None and alias.name in (*TYPES, "f32") for alias in aliases
                )
            case ast.Assign(value=ast.Call(func=ast.Attribute(attr="dims" | "dim") | ast.Name(id="dims" | "dim"))):
                ambient = True
        stored = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
        binds.update(node.id for node in stored if isinstance(node.ctx, ast.Store))
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    uses = frozenset(one.id for one in names if isinstance(one.ctx, ast.Load))
    return _Part(text, frozenset(binds), uses, ambient, imports)


def _without_decorators(text: str, name: str) -> str:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    for statement in tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and statement.name == name:
            return ast.get_source_segment(text, statement) or text
    return text


def _docstring(text: str) -> str:
    try:
        return ast.get_docstring(ast.parse(text)) or ""
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
