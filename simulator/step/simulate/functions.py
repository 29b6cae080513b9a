"""A module's functions, ready to be called on whole batches."""

from __future__ import annotations

import linecache
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from step.declare import DeclaredFunction
from step.dims import SizeError
from step.primitives.base import Array
from step.simulate.batch.errors import FunctionError
from step.simulate.batch.signature import Element, Leaf, Signature, leaves
from step.simulate.dtypes import signature
from step.simulate.errors import Place, SimulationError, line_place, same_file


class FunctionTable(Mapping[str, DeclaredFunction]):
    """Declared functions by the name that programs use, with what calls them batched; that is made once a function.

    ``sizes`` are the sizes of the module's dimensions, ``precision`` is "f64" or "f32", ``file`` the module's file.
    """

    def __init__(
        self, functions: Mapping[str, DeclaredFunction], sizes: Mapping[str, int], precision: str, file: str
    ) -> None:
        self._functions = functions
        self._batched: dict[str, Batched] = {}
        self.sizes, self.precision, self.file = sizes, precision, file

    def __getitem__(self, name: str) -> DeclaredFunction:
        return self._functions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)

    def batched(self, name: str) -> Batched:
        """What calls a function on a batch.

        Raises:
            SimulationError: ``STEP-FN`` if there is no such function, ``STEP-SIZE`` if one of its dimensions has no
                whole size.
        """
        known = self._batched.get(name)
        if known is None:
            known = self._batched[name] = self._make(name)
        return known

    def _make(self, name: str) -> Batched:
        declared = self._functions.get(name)
        if declared is None:
            raise SimulationError("STEP-FN", f"the module has no function {name}")
        try:
            shape = signature(declared.function, self.sizes, self.precision)
        except SizeError as error:
            raise SimulationError(
                "STEP-SIZE", f"{name}: {error}", place=function_place(declared, self.file), function=name
            ) from error
        return Batched(declared, name, shape, self.file)


class Batched:
    """One declared function on batches: nests the arrays as the body wants them, and tells whose fault an error is."""

    def __init__(self, declared: DeclaredFunction, name: str, shape: Signature, file: str) -> None:
        self.declared, self.name, self.signature, self.file = declared, name, shape, file
        self._flat = all(isinstance(one, Leaf) for one in shape.arguments)
        self._call = make_batched(declared.body, name, shape)

    def __call__(self, arrays: tuple[Array, ...], batch: tuple[int, ...]) -> tuple[Array, ...]:
        """The function on every element of a batch.

        Args:
            arrays: the arrays of all arguments in order, each with the batch's axes first.
            batch: the sizes of the batch's axes, outermost first.

        Returns:
            One array a leaf of the result, of the declared shapes and dtypes, with the batch's axes first.

        Raises:
            SimulationError: ``STEP-FN-RUN`` if the body raises, changes an argument, or gives something else than
                its declared result.
        """
        nested = arrays if self._flat else tuple(nest(self.signature.arguments, arrays))
        try:
            result: tuple[Array, ...] = self._call(nested, batch)
        except FunctionError as error:
            raise self._fault(error) from error
        return result

    def _fault(self, error: FunctionError) -> SimulationError:
        place = None
        if error.line is not None and error.file is not None and same_file(error.file, self.file):
            place = line_place(self.file, error.line)
        return SimulationError(
            "STEP-FN-RUN",
            f"{self.name}: {error.detail}",
            place=place or function_place(self.declared, self.file),
            function=self.name,
        )


def function_place(declared: DeclaredFunction, file: str) -> Place | None:
    """The line where a function's body starts, if it is in the file."""
    code = getattr(declared.body, "__code__", None)
    if code is None or not same_file(code.co_filename, file):
        return None
    line = code.co_firstlineno
    # The code starts at its first decorator: people look at the def.
    for number in range(line, line + 20):
        if linecache.getline(file, number).lstrip().startswith(("def ", "async def ")):
            return line_place(file, number)
    return line_place(file, line)


def nest(shape: tuple[Element, ...], arrays: tuple[Array, ...]) -> Iterator[Any]:
    """Arrays in order, nested as the arguments are."""
    rest = iter(arrays)

    def take(element: Element) -> Any:
        return next(rest) if isinstance(element, Leaf) else tuple(take(one) for one in element)

    for element in shape:
        yield take(element)


def make_batched(body: Any, name: str, shape: Signature) -> Any:
    """What calls a body on nested arrays of a batch."""
    return _Loop(body, name, shape)


class _Loop:
    """Calls the body element by element."""

    def __init__(self, body: Any, name: str, shape: Signature) -> None:
        self.body, self.name, self.shape = body, name, shape

    def __call__(self, arguments: Any, batch: tuple[int, ...]) -> tuple[Array, ...]:
        outs = [np.zeros(batch + leaf.shape, leaf.dtype) for leaf in self.shape.result_leaves]
        for index in np.ndindex(*batch):
            chosen = _select(arguments, index)
            try:
                result = self.body(*chosen)
            except Exception as error:
                raise FunctionError(self.name, "raised", f"{type(error).__name__}: {error}", index=index) from error
            for out, leaf, value in zip(outs, leaves(self.shape.results), _flatten(result), strict=True):
                array = np.asarray(value)
                if array.shape != leaf.shape:
                    raise FunctionError(
                        self.name,
                        "result",
                        f"gives shape {array.shape}, declared is {leaf.shape}",
                        index=index,
                        expected=leaf.shape,
                        actual=array.shape,
                    )
                out[index] = array
        return tuple(outs)


def _select(value: Any, index: tuple[int, ...]) -> Any:
    return tuple(_select(one, index) for one in value) if isinstance(value, tuple) else value[index]


def _flatten(value: Any) -> Iterator[Any]:
    if isinstance(value, (tuple, list)):
        for one in value:
            yield from _flatten(one)
    else:
        yield value
