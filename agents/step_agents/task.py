"""The structural IR: an operator's task as pydantic models, in YAML for people and for prompts.

What the paper calls the structural intermediate representation is the specification of one operator: its dimensions,
functions, input and output streams, and the reference that says what it computes. The program is what is missing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, PlainSerializer, ValidationError, model_validator
from step.choice import DimSpec
from step.function import Function
from step.program import Specification, StreamSpec
from step.types import ElementType, StreamType

from step_agents.notation import NotationError, read_shape, read_type


class TaskError(ValueError):
    """A structural IR does not describe a task; the message says where and why."""


def _plain_number(value: float) -> int | float | str:
    if math.isinf(value) or math.isnan(value):
        return str(value)
    return int(value) if value == int(value) else value


Number = Annotated[float, PlainSerializer(_plain_number)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TaskDim(_Model):
    """A dimension: the size a check starts from, and what other sizes a check may choose.

    ``names`` are what the module's code calls it where that is not the dimension's own name.
    """

    size: int
    fixed: bool = False
    multiple_of: int = 1
    at_least: int = 0
    names: tuple[str, ...] = ()

    def spec(self, name: str) -> DimSpec:
        """The dimension as ``step`` declares it."""
        return DimSpec(name, self.size, self.fixed, self.multiple_of, self.at_least)


class TaskFunction(_Model):
    """A function: the types of one element, and for a fold ``init``, one number a field of the state (its result).

    ``code`` is its source, for readers and models: it is never run from here.
    """

    takes: str
    gives: str
    init: tuple[Number, ...] | None = None
    code: str | None = None


class TaskStream(_Model):
    """A stream: element type, dimensions (innermost first), and the data that a check makes for an input."""

    type: str
    shape: tuple[str, ...]
    data: Literal["normal", "uniform", "ones", "binary"] = "normal"
    scale: Number = 1.0
    ones: tuple[int, int] | None = None


class Task(_Model):
    """One operator's task. Equal tasks are written alike; :func:`step_agents.canonical.canonical_hash` finds those
    that differ in names only."""

    operator: str
    description: str = ""
    dims: dict[str, TaskDim] = {}
    functions: dict[str, TaskFunction] = {}
    inputs: dict[str, TaskStream]
    outputs: tuple[TaskStream, ...]
    array: Literal["numpy", "torch"] = "numpy"
    helpers: str = ""
    reference: str = ""

    @model_validator(mode="after")
    def _types_are_types(self) -> Task:
        try:
            _ = self.specification, self.signatures
        except NotationError as error:
            raise ValueError(str(error)) from None
        return self

    @cached_property
    def fixed(self) -> Mapping[str, int]:
        """The numbers of the fixed dimensions."""
        return {name: dim.size for name, dim in self.dims.items() if dim.fixed}

    @cached_property
    def specification(self) -> Specification:
        """The streams, as ``step`` has them."""
        return Specification(
            self.operator,
            tuple((name, self._stream(one)) for name, one in self.inputs.items()),
            tuple(map(self._stream, self.outputs)),
        )

    @cached_property
    def signatures(self) -> Mapping[str, Function]:
        """The functions' declared types by name."""
        return {
            name: Function(name, self._type(one.takes), self._type(one.gives), one.init, self.array)
            for name, one in self.functions.items()
        }

    def _type(self, text: str) -> ElementType:
        return read_type(text, self.fixed)

    def _stream(self, one: TaskStream) -> StreamSpec:
        kind = StreamType(self._type(one.type), read_shape(one.shape, self.fixed))
        return StreamSpec(kind, one.data, one.scale, one.ones)

    def to_yaml(self) -> str:
        """The structural IR as YAML, compact: what has its default value is left out."""
        return yaml.dump(
            self.model_dump(mode="json", exclude_defaults=True),
            Dumper=_Compact, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None,
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """The structural IR as JSON values."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @staticmethod
    def from_json(values: object) -> Task:
        """A task from JSON values.

        Raises:
            TaskError: they do not describe one.
        """
        try:
            return Task.model_validate(values)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the task"
            raise TaskError(f"structural IR: {where}: {first['msg']}") from None

    @staticmethod
    def from_yaml(text: str) -> Task:
        """A task from YAML (read safely: no objects are made).

        Raises:
            TaskError: the text is no YAML, or does not describe a task.
        """
        try:
            return Task.from_json(yaml.safe_load(text))
        except yaml.YAMLError as error:
            raise TaskError(f"structural IR: not YAML: {error}") from None


def make_task(
    specification: Specification,
    functions: Mapping[str, Function],
    dims: Mapping[str, DimSpec],
    *,
    names: Mapping[str, Sequence[str]] | None = None,
    code: Mapping[str, str] | None = None,
    description: str = "",
    helpers: str = "",
    reference: str = "",
    array: Literal["numpy", "torch"] = "numpy",
) -> Task:
    """The task of an operator: from its specification, the functions it may use and its module's dimensions.

    ``names`` are what code calls a dimension where that is not its own name.
    """
    sources = code or {}
    return Task(
        operator=specification.name,
        description=description,
        dims={
            name: TaskDim(
                size=one.size,
                fixed=one.fixed,
                multiple_of=one.multiple_of,
                at_least=one.at_least,
                names=tuple((names or {}).get(name, ())),
            )
            for name, one in dims.items()
        },
        functions={
            name: TaskFunction(takes=str(one.element), gives=str(one.result), init=one.init, code=sources.get(name))
            for name, one in functions.items()
        },
        inputs={name: _task_stream(one) for name, one in specification.inputs},
        outputs=tuple(map(_task_stream, specification.outputs)),
        array=array,
        helpers=helpers,
        reference=reference,
    )


def _task_stream(one: StreamSpec) -> TaskStream:
    shape = tuple(str(dim) for dim in one.shape)
    return TaskStream.model_validate(
        {"type": str(one.type.element), "shape": shape, "data": one.data, "scale": one.scale, "ones": one.ones}
    )


class _Compact(yaml.SafeDumper):
    """Writes code as literal blocks."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Compact.add_representer(str, _text)
