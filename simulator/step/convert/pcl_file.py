"""PCL-lite's task files (the public code of the ICML 2025 paper): YAML, read into values and checked.

Keys: ``test_name``, optional ``global`` (Python statements), ``inputs``, optional ``parameters``, ``fns``, ``outputs``,
and in a solved file ``impl``. Dimensions are symbols; the file's generator gives M, N, K and D their sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from step.convert.errors import ConvertError

DATA = {"torch.rand": "uniform", "torch.randn": "normal", "torch.ones": "ones", "binary": "binary"}
"""The kinds of data, by the file's ``data_gen``."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or a parameter. ``dtype`` and ``dims`` are as written; ``ones`` is set for a Multihot."""

    name: str
    dtype: str | tuple[str, ...]
    dims: tuple[str, ...]
    data: str
    ones: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Fn:
    """A function: ``code`` is a PyTorch body over the lists ``input`` and, for a fold, ``state``; it returns a list."""

    name: str
    title: str
    code: str
    init: tuple[float, ...] | None
    takes: str | tuple[str, ...]
    gives: str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """An output: one snippet an array, each over ``input_data``, whose last line is the value."""

    name: str
    dtype: str | tuple[str, ...]
    dims: tuple[str, ...]
    snippets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskFile:
    """A whole file."""

    name: str
    helpers: str
    inputs: tuple[Tensor, ...]
    parameters: tuple[Tensor, ...]
    functions: tuple[Fn, ...]
    outputs: tuple[Output, ...]
    impl: str | None


def is_task_file(value: object) -> bool:
    """Whether a YAML document looks like one of PCL-lite's."""
    return isinstance(value, Mapping) and {"test_name", "inputs", "outputs"} <= value.keys()


def read_task_file(text: str) -> TaskFile:
    """The task that a YAML text describes.

    Raises:
        ConvertError: the text is no YAML, or a part is missing or is of another kind.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConvertError(f"not YAML: {error}") from None
    except RecursionError:
        raise ConvertError("not YAML that can be read: nested too deeply") from None
    if not isinstance(document, Mapping):
        raise ConvertError("not a task file: it has no keys")
    part = _Part(document, "")
    part.only("test_name", "global", "inputs", "parameters", "fns", "outputs", "impl")
    return TaskFile(
        part.text("test_name"),
        part.text("global", "").strip("\n"),
        tuple(map(_input, part.items("inputs"))),
        tuple(map(_parameter, part.items("parameters", ()))),
        tuple(map(_fn, part.items("fns", ()))),
        tuple(map(_output, part.items("outputs"))),
        part.text("impl") if document.get("impl") is not None else None,
    )


def _input(part: _Part) -> Tensor:
    part.only("name", "dtype", "dims", "data_gen", "min", "max")
    ones = None
    if part.has("min") or part.has("max"):
        ones = (part.integer("min"), part.integer("max"))
        if not 0 <= ones[0] <= ones[1]:
            raise ConvertError(f"{part.where}: min and max must be 0 ≤ min ≤ max; got {ones[0]} and {ones[1]}")
    data = "normal" if ones is not None and not part.has("data_gen") else _data(part)
    return Tensor(part.text("name"), part.dtype("dtype"), part.dims(), data, ones)


def _parameter(part: _Part) -> Tensor:
    part.only("name", "dtype", "dims", "data_gen", "min", "max")
    if part.has("min") or part.has("max"):
        raise ConvertError(f"{part.where}: a parameter cannot be a Multihot")
    return Tensor(part.text("name"), part.dtype("dtype"), part.dims(), _data(part), None)


def _data(part: _Part) -> str:
    kind = part.text("data_gen")
    if kind not in DATA:
        raise ConvertError(f"{part.where}: data_gen is one of {', '.join(DATA)}; got {kind!r}")
    return DATA[kind]


def _fn(part: _Part) -> Fn:
    part.only("name", "func_name", "apply", "init", "input_dtype", "output_dtype")
    init = None
    if part.has("init"):
        values = part.value("init")
        numbers = values if isinstance(values, list) else [values]
        init = tuple(_number(one, part) for one in numbers)
    return Fn(
        part.text("func_name"),
        part.text("name", ""),
        part.text("apply"),
        init,
        part.dtype("input_dtype"),
        part.dtype("output_dtype"),
    )


def _number(value: object, part: _Part) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ConvertError(f"{part.where}: init has numbers, or -inf; got {value!r}") from None


def _output(part: _Part) -> Output:
    part.only("name", "dtype", "dims", "data_transform")
    snippets = part.value("data_transform")
    if isinstance(snippets, str):
        snippets = [snippets]
    if not isinstance(snippets, list) or not snippets or not all(isinstance(one, str) for one in snippets):
        raise ConvertError(f"{part.where}: data_transform is a list of PyTorch snippets")
    return Output(part.text("name"), part.dtype("dtype"), part.dims(), tuple(snippets))


@dataclass(frozen=True)
class _Part:
    """A mapping in the file, with where it is."""

    values: Mapping[Any, Any]
    where: str

    def has(self, key: str) -> bool:
        return self.values.get(key) is not None

    def value(self, key: str) -> Any:
        if self.values.get(key) is None:
            raise ConvertError(f"{self.where or 'the file'} has no {key}")
        return self.values[key]

    def only(self, *keys: str) -> None:
        for key in self.values:
            if key not in keys:
                raise ConvertError(f"{self.where or 'the file'}: unknown key {key!r}; known are {', '.join(keys)}")

    def text(self, key: str, default: str | None = None) -> str:
        if default is not None and not self.has(key):
            return default
        value = self.value(key)
        if not isinstance(value, (str, int, float)):
            raise ConvertError(f"{self.where or 'the file'}: {key} must be text")
        return str(value)

    def integer(self, key: str) -> int:
        value = self.value(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ConvertError(f"{self.where}: {key} must be a whole number; got {value!r}")
        return value

    def items(self, key: str, default: Sequence[Any] | None = None) -> list[_Part]:
        if default is not None and not self.has(key):
            return []
        value = self.value(key)
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            raise ConvertError(f"{key} must be a list of mappings")
        return [
            _Part(one, f"{key}[{number}] ({one.get('name') or one.get('func_name') or '?'})")
            for number, one in enumerate(value)
        ]

    def dtype(self, key: str) -> str | tuple[str, ...]:
        value = self.value(key)
        if isinstance(value, list):
            if not value or not all(isinstance(one, str) for one in value):
                raise ConvertError(f"{self.where}: {key} must be a type, or a list of types")
            return tuple(value) if len(value) > 1 else str(value[0])
        if not isinstance(value, str):
            raise ConvertError(f"{self.where}: {key} must be a type, or a list of types")
        return value

    def dims(self) -> tuple[str, ...]:
        value = self.value("dims")
        items = value if isinstance(value, list) else [value]
        return tuple(str(one) for one in items if one is not None)
