"""From a task, its structural IR, to an operator module: the way back from :mod:`step_agents.task_source`."""

from __future__ import annotations

import ast
import re
import textwrap
from itertools import groupby

from step.types import Buffer, ElementType, Multihot, Scalar, STuple, Tile

from step_agents.notation import read_type
from step_agents.task import Task, TaskDim, TaskFunction, TaskStream

TYPES = ("Buffer", "Multihot", "STuple", "Scalar", "Tile")
"""What the module of a task imports from ``step``, as far as it is used, besides ``f32``."""


def module_text(task: Task, body: str | None = None) -> str:
    """An operator module that declares a task; without a body the operator is a hole.

    A function without code gets one that says that it has none: the static check and the search by types need no more.
    """
    writer = _Writer(task)
    parts = [*writer.functions(), writer.reference(), writer.operator(body)]
    text = "\n\n\n".join(part.strip("\n") for part in parts if part.strip())
    declared = "\n".join(part for part in (writer.dims(), task.helpers.strip("\n")) if part)
    head = writer.head("\n".join((declared, text)))
    return f"{head}\n\n{declared}\n\n\n{text}\n" if declared else f"{head}\n\n\n{text}\n"


def type_source(element: ElementType) -> str:
    """An element type as a module writes it: ``Buffer(f32, [D])``."""
    match element:
        case Scalar(dtype="f32"):
            return "f32"
        case Scalar():
            return f'Scalar("{element.dtype}")'
        case Buffer():
            return f"Buffer({type_source(element.element)}, [{', '.join(map(str, element.dims))}])"
        case Multihot():
            return f'Multihot("{element.dtype}", {element.length})'
        case Tile():
            return f'Tile("{element.dtype}", [{", ".join(map(str, element.dims))}])'
        case STuple():
            return f"({', '.join(map(type_source, element.fields))})"
    raise TypeError(f"not a type that can be written: {element}")


class _Writer:
    def __init__(self, task: Task) -> None:
        self.task = task

    def head(self, text: str) -> str:
        task = self.task
        library = "torch" if task.array == "torch" else "np"
        imports = ["import torch" if task.array == "torch" else "import numpy as np"]
        used = set(re.findall(r"\w+", text))
        if library not in used:
            imports = []
        if "math" in used and "import math" not in text:
            imports.insert(0, "import math")
        names = [name for name in TYPES if name in used] + ["f32"]
        doc = (task.description or f"{task.operator}.").strip().replace('"""', "'''")
        lines = [f'"""{doc}"""' if "\n" not in doc else f'"""{doc}\n"""', "", *imports, *([""] if imports else [])]
        lines += ["import step", f"from step import {', '.join(names)}"]
        if task.array == "torch":
            lines += ["", 'step.use("torch")']
        return "\n".join(lines)

    def dims(self) -> str:
        lines: list[str] = []
        for bounded, group in groupby(self.task.dims.items(), lambda item: _is_bounded(item[1])):
            dims = dict(group)
            if not bounded:
                sizes = ", ".join(f"{name}={dim.size}" for name, dim in dims.items())
                lines.append(f"{', '.join(dims)} = step.dims({sizes})")
                continue
            for name, dim in dims.items():
                extra = ", fixed=True" if dim.fixed else ""
                extra += f", multiple_of={dim.multiple_of}" if dim.multiple_of != 1 else ""
                extra += f", at_least={dim.at_least}" if dim.at_least else ""
                lines.append(f'{name} = step.dim("{name}", {dim.size}{extra})')
        aliases = [(alias, name) for name, dim in self.task.dims.items() for alias in dim.names]
        made = set(re.findall(r"^(\w+) *=", self.task.helpers, re.MULTILINE))
        lines += [f"{alias} = {name}" for alias, name in aliases if alias not in made]
        return "\n".join(lines)

    def functions(self) -> list[str]:
        found: dict[str, str] = {}
        for name, function in self.task.functions.items():
            root = name.split("[", 1)[0]
            if root in found:
                continue
            found[root] = self._function(name, root, function)
        return list(found.values())

    def _function(self, name: str, root: str, function: TaskFunction) -> str:
        code = textwrap.dedent(function.code or "").strip("\n")
        defined = _defined_name(code)
        if code and defined is None:
            return code  # a list of functions, or a call that makes one: they are declared where they are made
        if not code:
            code, defined = f"def {root}(*fields):\n    raise NotImplementedError('{name} has no code')", root
        init = ""
        if function.init is not None:
            numbers = ", ".join(map(_number, function.init))
            init = f", init=({numbers})" if len(function.init) > 1 else f", init={numbers}"
        decorator = f"@step.fn({self._type(function.takes)}, {self._type(function.gives)}{init})\n"
        alias = f"\n\n\n{root} = {defined}" if defined != root else ""
        return decorator + code + alias

    def reference(self) -> str:
        return textwrap.dedent(self.task.reference).strip("\n")

    def operator(self, body: str | None) -> str:
        task = self.task
        lines = ["@step.operator(", "    inputs={"]
        lines += [f'        "{name}": {self._stream(one)},' for name, one in task.inputs.items()]
        lines.append("    },")
        outputs = [self._stream(one) for one in task.outputs]
        lines.append(f"    outputs={outputs[0] if len(outputs) == 1 else '(' + ', '.join(outputs) + ')'},")
        reference = _defined_name(self.reference()) or _assigned_name(self.reference())
        if reference is not None:
            lines.append(f"    reference={reference},")
        lines += [")", f"def {task.operator}({', '.join(task.inputs)}):"]
        if body is None or not body.strip():
            lines[-1] += " ..."
            return "\n".join(lines)
        return "\n".join([*lines, textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")])

    def _type(self, text: str) -> str:
        return type_source(read_type(text, self.task.fixed))

    def _stream(self, one: TaskStream) -> str:
        extra = f', data="{one.data}"' if one.data != "normal" else ""
        extra += f", scale={_number(one.scale)}" if one.scale != 1 else ""
        extra += f", ones=({one.ones[0]}, {one.ones[1]})" if one.ones is not None else ""
        return f"step.stream({self._type(one.type)}, [{', '.join(one.shape)}]{extra})"


def _is_bounded(dim: TaskDim) -> bool:
    return dim.fixed or dim.multiple_of != 1 or dim.at_least != 0


def _number(value: float) -> str:
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        return f'float("{text}")'
    return str(int(value)) if value == int(value) else text


def _defined_name(code: str) -> str | None:
    """The name of the function that a text defines, if that is all it does."""
    statement = _only_statement(code)
    return statement.name if isinstance(statement, ast.FunctionDef) else None


def _assigned_name(code: str) -> str | None:
    statement = _only_statement(code)
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return None


def _only_statement(code: str) -> ast.stmt | None:
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return body[0] if len(body) == 1 else None
