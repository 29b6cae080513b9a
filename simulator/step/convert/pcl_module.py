"""An operator module of a PCL-lite task, in PyTorch, with the task's own code."""

from __future__ import annotations

import keyword
import math
import re
import textwrap
from collections.abc import Iterable, Iterator

from step.convert.errors import ConvertError
from step.convert.pcl_code import Code, constants_in, function_code, names_in, snippet_code
from step.convert.pcl_file import Fn, TaskFile, Tensor
from step.convert.pcl_types import dim_text, symbols_of, type_text

SIZES = {"M": 5, "N": 7, "K": 9, "D": 16}
"""The sizes that PCL-lite's generator gives to its dimensions."""


def module_text(task: TaskFile) -> str:
    """The module: the same dimensions, functions, data and reference, as an operator of this language.

    Raises:
        ConvertError: a name is no identifier, a dimension has no size, or a piece of code does not parse.
    """
    writer = _Writer(task)
    head = "\n\n".join(part for part in (writer.head(), writer.dims(), writer.parameters()) if part)
    parts = [head, *writer.functions(), writer.reference(), writer.operator()]
    return "\n\n\n".join(parts) + "\n"


class _Writer:
    def __init__(self, task: TaskFile) -> None:
        self.task = task
        self.constants = constants_in(task.helpers)
        code = [task.helpers, task.impl or "", *(one.code for one in task.functions)]
        code += [snippet for output in task.outputs for snippet in output.snippets]
        self.mentioned = set().union(*map(names_in, code))
        self.symbols = self._symbols()
        self.name = _identifier(task.name, "test_name")
        names = [one.name for one in task.inputs] + [one.name for one in task.functions]
        for name in names:
            _check_name(name)
        names += [one.name for one in task.parameters]
        for name in names:
            if names.count(name) > 1:
                raise ConvertError(f"the name {name!r} is used twice")
        if not task.inputs:
            raise ConvertError("inputs is empty: an operator has at least one input")

    def _symbols(self) -> dict[str, tuple[int, bool]]:
        """Each dimension's size, and whether the file fixes it; in the order in which they occur."""
        task = self.task
        written: list[str] = []
        streams = [(one.dtype, one.dims) for one in (*task.inputs, *task.parameters)]
        streams += [(one.dtype, one.dims) for one in task.outputs]
        for dtype, dims in streams:
            written += symbols_of(dtype)
            written += [symbol for dim in dims for symbol in symbols_of(dim)]
        for fn in task.functions:
            written += [*symbols_of(fn.takes), *symbols_of(fn.gives)]
        written += [symbol for symbol in SIZES if symbol in self.mentioned or f"{symbol}_value" in self.mentioned]
        found: dict[str, tuple[int, bool]] = {}
        for symbol in dict.fromkeys(written):
            fixed = self.constants.get(f"ctx[{symbol}]", self.constants.get(f"{symbol}_value"))
            if fixed is None and symbol not in SIZES:
                raise ConvertError(f"dimension {symbol} has no size: add `{symbol}_value = …` to global")
            found[symbol] = (fixed, True) if fixed is not None else (SIZES[symbol], False)
        return found

    # parts of the module

    def head(self) -> str:
        types = {"Buffer", "Multihot", "Scalar"} & set(re.findall(r"\w+", " ".join(self._types())))
        imported = ", ".join([*sorted(types), "f32"])
        return (
            f'"""{self.task.name}, converted from a task file of PCL-lite."""\n\n'
            f"import torch\n\nimport step\nfrom step import {imported}\n\n"
            'step.use("torch")'
        )

    def _types(self) -> Iterator[str]:
        yield from (type_text(one.dtype) for one in self.task.inputs)
        yield from (type_text(one.dtype) for one in self.task.outputs)
        for fn in self.task.functions:
            yield type_text(fn.takes)
            yield type_text(fn.gives)

    def dims(self) -> str:
        free = {symbol: size for symbol, (size, fixed) in self.symbols.items() if not fixed}
        lines = []
        if free:
            sizes = ", ".join(f"{symbol}={size}" for symbol, size in free.items())
            lines.append(f"{', '.join(free)} = step.dims({sizes})")
        for symbol, (size, fixed) in self.symbols.items():
            if fixed:
                lines.append(f'{symbol} = step.dim("{symbol}", {size}, fixed=True)')
        for symbol in free:
            if f"{symbol}_value" in self.mentioned:
                lines.append(f"{symbol}_value = {symbol}.size")
        if "ctx" in self.mentioned:
            items = ", ".join(f"{symbol}: {symbol}.size" for symbol in self.symbols)
            lines.append(f"ctx = {{{items}}}")
        if self.task.helpers:
            lines += ["", *self.task.helpers.splitlines()]
        return "\n".join(lines)

    def parameters(self) -> str:
        if not self.task.parameters:
            return "input_data = {}" if any("input_data" in fn.code for fn in self.task.functions) else ""
        lines = ["input_data = {"]
        for one in self.task.parameters:
            if type_text(one.dtype) not in ("f32",):
                raise ConvertError(f"parameter {one.name}: its dtype must be fp32; got {one.dtype}")
            data = "" if one.data == "normal" else f', data="{one.data}"'
            lines.append(f'    "{one.name}": step.parameter([{_dims(one.dims)}]{data}),')
        return "\n".join([*lines, "}"])

    def functions(self) -> list[str]:
        return [self._function(fn) for fn in self.task.functions]

    def _function(self, fn: Fn) -> str:
        code = function_code(fn.code, f"the code of {fn.name}")
        fields = len(fn.gives) if isinstance(fn.gives, tuple) else 1
        init = ""
        if fn.init is not None:
            if len(fn.init) != fields:
                raise ConvertError(f"{fn.name}: init needs {fields} number(s), one a field of the output")
            numbers = ", ".join(map(_number, fn.init))
            init = f", init=({numbers})" if fields > 1 else f", init={numbers}"
        arguments = "*input" if fn.init is None else "state, *input"
        lines = [f"@step.fn({type_text(fn.takes)}, {type_text(fn.gives)}{init})", f"def {fn.name}({arguments}):"]
        lines += [f"    {line}" if line else "" for line in _body(fn, code, fields)]
        return "\n".join(lines)

    def reference(self) -> str:
        inputs = ", ".join(one.name for one in self.task.inputs)
        items = ", ".join(f'"{one.name}": {one.name}' for one in self.task.inputs)
        # The snippets say input_data for inputs and parameters alike.
        if self.task.parameters:
            lines = [f"def reference({inputs}, parameters=input_data):", f"    input_data = {{**parameters, {items}}}"]
        else:
            lines = [f"def reference({inputs}):", f"    input_data = {{{items}}}"]
        results = []
        for output in self.task.outputs:
            fields = output.dtype if isinstance(output.dtype, tuple) else (output.dtype,)
            if len(output.snippets) != len(fields):
                raise ConvertError(
                    f"output {output.name}: data_transform has {len(output.snippets)} snippets; its type has "
                    f"{len(fields)} array(s)"
                )
            names = []
            for number, snippet in enumerate(output.snippets):
                name = f"{_identifier(output.name, 'output')}_data_{number}"
                where = f"data_transform of output {output.name}"
                lines += [f"    {line}" if line else "" for line in snippet_code(snippet, name, where)]
                names.append(name)
            results.append(names[0] if len(names) == 1 else f"({', '.join(names)})")
        lines.append(f"    return {', '.join(results)}")
        return "\n".join(lines)

    def operator(self) -> str:
        task = self.task
        lines = ["@step.operator(", "    inputs={"]
        lines += [f'        "{one.name}": {_stream(one)},' for one in task.inputs]
        lines.append("    },")
        outputs = [f"step.stream({type_text(one.dtype)}, [{_dims(one.dims)}])" for one in task.outputs]
        lines.append(f"    outputs={outputs[0] if len(outputs) == 1 else '(' + ', '.join(outputs) + ')'},")
        lines += ["    reference=reference,", ")"]
        header = f"def {self.name}({', '.join(one.name for one in task.inputs)}):"
        if task.impl is None:
            return "\n".join([*lines, f"{header} ..."])
        body = textwrap.dedent(task.impl).strip("\n").rstrip().splitlines()
        return "\n".join([*lines, header, *(f"    {line.rstrip()}" if line.strip() else "" for line in body)])


def _body(fn: Fn, code: Code, fields: int) -> list[str]:
    # PCL-lite's state is always a list; here one of a single field is that field.
    single = fn.init is not None and fields == 1 and "state" in names_in("\n".join(code.lines))
    lines = ["state = [state]"] if single else []
    if not code.lists:
        return [*lines, *code.lines]
    # The list is not written out in the return statement: it is opened after the call.
    arguments = "input" if fn.init is None else "state, input"
    result = "tuple(result)" if fields > 1 else "result[0]"
    inner = [f"    {line}" if line else "" for line in code.lines]
    return [*lines, f"def apply({arguments}):", *inner, "", f"result = apply({arguments})", f"return {result}"]


def _stream(one: Tensor) -> str:
    extra = ""
    if one.ones is not None:
        extra = f", ones=({one.ones[0]}, {one.ones[1]})"
    elif one.data != "normal":
        extra = f', data="{one.data}"'
    return f"step.stream({type_text(one.dtype)}, [{_dims(one.dims)}]{extra})"


def _dims(dims: Iterable[str]) -> str:
    return ", ".join(map(dim_text, dims))


def _number(value: float) -> str:
    if math.isinf(value):
        return 'float("-inf")' if value < 0 else 'float("inf")'
    return str(int(value)) if value == int(value) else repr(value)


def _identifier(text: str, what: str) -> str:
    name = re.sub(r"\W", "_", text)
    name = name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"
    if not name.strip("_") or keyword.iskeyword(name):
        raise ConvertError(f"{what}: no name can be made of {text!r}")
    return name


def _check_name(name: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ConvertError(f"not a name: {name!r}")
