"""Conversions between files: PCL-lite's task files, structural IR, operator modules, pytest modules."""

from __future__ import annotations

import importlib.util
import os
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from step.convert import ConvertError, from_pcl_lite, pytest_module
from step.convert.pcl_file import is_task_file
from step.primitives import SPELLINGS
from step.render.python import body_lines
from step.source import Module, OperatorSource, read

from step_agents.replacing import replace_file
from step_agents.task import Task, TaskError
from step_agents.task_module import module_text
from step_agents.task_source import task_of

_YAML = (".yaml", ".yml")
_IMPL = "impl"
_MEMBERS = frozenset(SPELLINGS)


class ConvertUsageError(ConvertError):
    """What was asked for makes no sense: suffixes that are not known, or an operator that is not there."""


@dataclass(frozen=True, slots=True)
class Converted:
    """What was written, in words, with notes for people (such as the Copies that were inserted)."""

    path: Path
    what: str
    notes: tuple[str, ...] = ()


def convert(path_in: str | Path, path_out: str | Path, operator: str | None = None) -> Converted:
    """Converts a file; the suffixes say what to what.

    ``.yaml`` to ``.py``: an operator module of a PCL-lite task file, or of a structural IR. ``.py`` to ``.yaml``: the
    structural IR of an operator, with its body as ``impl``. ``.py`` to ``test_….py``: a pytest module that checks the
    operators.

    Args:
        path_in: the file to read.
        path_out: the file to write; what is there is replaced, at once.
        operator: which operator of a module to take; needed where there are several.

    Raises:
        ConvertUsageError: the suffixes are none that are known, or the operator is not there.
        ConvertError: the file holds a mistake; the message says where.
        OSError: a file cannot be read or written.
    """
    source, target = Path(path_in), Path(path_out)
    from_task = source.suffix in _YAML and target.suffix == ".py"
    from_module = source.suffix == ".py" and (target.suffix in _YAML or (target.suffix == ".py" and _is_test(target)))
    if not from_task and not from_module:
        raise ConvertUsageError(
            f"{source.name} to {target.name}: known are .yaml to .py, .py to .yaml, and .py to test_….py"
        )
    try:
        text = source.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConvertError(f"{source} is not text") from None
    notes: tuple[str, ...] = ()
    if from_task:
        result, what, notes = from_yaml(text, str(source))
    elif target.suffix in _YAML:
        result, what = to_yaml(text, str(source), operator), "structural IR"
    else:
        relative = Path(os.path.relpath(source.resolve(), target.resolve().parent)).as_posix()
        result, what = pytest_module(text, source.name, relative), "a pytest module"
        if importlib.util.find_spec("pytest") is None:
            notes = ("pytest, which runs it, is not installed here: pip install pytest",)
    _write(target, result)
    return Converted(target, what, notes)


def from_yaml(text: str, name: str) -> tuple[str, str, tuple[str, ...]]:
    """The operator module of a YAML text, what the text was, and notes.

    Raises:
        ConvertError: it is neither a task file of PCL-lite nor a structural IR.
    """
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ConvertError(f"{name}{_place(error)}: not YAML: {getattr(error, 'problem', None) or error}") from None
    if is_task_file(document):
        try:
            module, fixes = from_pcl_lite(text)
        except ConvertError as error:
            raise ConvertError(f"{name}: {error}") from None
        return module, "an operator module of a PCL-lite task", tuple(fix.reason for fix in fixes)
    if not isinstance(document, Mapping) or "operator" not in document:
        raise ConvertError(f"{name}: neither a task file of PCL-lite (test_name) nor a structural IR (operator)")
    try:
        task, body = read_structural_ir(document)
    except TaskError as error:
        raise ConvertError(f"{name}: {error}") from None
    return module_text(task, body), "an operator module of a structural IR", ()


def to_yaml(text: str, name: str, operator: str | None = None) -> str:
    """The structural IR of an operator of a module, with its body as ``impl`` unless it is a hole.

    Raises:
        ConvertError: there is no such operator, or several and none was named.
    """
    module = read(text, name)
    found = _operator(module, name, operator)
    try:
        task = task_of(module, found)
    except TaskError as error:
        raise ConvertError(f"{name}: {error}") from None
    return write_structural_ir(task, None if found.is_hole else _impl(task, found))


def read_structural_ir(document: Mapping[str, Any]) -> tuple[Task, str | None]:
    """The task and the body of a structural IR.

    Raises:
        TaskError: it does not describe a task.
    """
    values = dict(document)
    body = values.pop(_IMPL, None)
    if body is not None and not isinstance(body, str):
        raise TaskError(f"structural IR: {_IMPL} must be text")
    return Task.from_json(values), body


def write_structural_ir(task: Task, body: str | None) -> str:
    """The YAML of a task and its body."""
    text = task.to_yaml()
    if body is None:
        return text
    return f"{text}{_IMPL}: |\n{textwrap.indent(body.strip(chr(10)), '  ')}\n"


def _place(error: Exception) -> str:
    """Where a YAML text is broken, as ``:line:column``; empty where that is not known."""
    mark = getattr(error, "problem_mark", None)
    return f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""


def _operator(module: Module, name: str, operator: str | None) -> OperatorSource:
    names = [one.name for one in module.operators]
    if not names:
        raise ConvertError(f"{name} has no @step.operator")
    if operator is None and len(names) > 1:
        raise ConvertUsageError(f"{name} has several operators: say which one of {', '.join(names)}")
    found = module.operator(operator or names[0])
    if found is None:
        raise ConvertUsageError(f"{name} has no operator {operator}; it has {', '.join(names)}")
    return found


def _impl(task: Task, operator: OperatorSource) -> str:
    """The body as it is written, if the names in it are the task's; the same program with the task's names if not."""
    lines = operator.text.split("\n")
    span = operator.body_span
    first = operator.indent + lines[span.line][span.column :]
    text = textwrap.dedent("\n".join([first, *lines[span.line + 1 : span.end_line + 1]]))
    known = {"step", *task.dims, *task.functions}
    foreign = {one.name for one in operator.body.occurrences if not one.binds} - known
    bound = {one.name for one in operator.body.occurrences if one.binds} | _MEMBERS
    if foreign <= bound or not operator.body.is_complete:
        return text
    return "\n".join(body_lines(operator.body.program, task.specification))


def _is_test(path: Path) -> bool:
    return path.name.startswith("test_") or path.stem.endswith("_test")


def _write(path: Path, text: str) -> None:
    """Replaces a file at once, and makes its folder.

    Raises:
        OSError: it cannot be written; the error names this file, not the one beside it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text)
    except OSError as error:
        raise OSError(error.errno, f"cannot be written: {error.strerror or error}", str(path)) from None
