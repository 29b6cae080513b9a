"""A module's functions, ready to be called on whole batches."""

from __future__ import annotations

import linecache
import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from step.declare import DeclaredFunction
from step.diagnostic import Span
from step.dims import SizeError
from step.primitives.base import Array
from step.simulate.advice import advice, call_advice, public
from step.simulate.batch import BatchedFunction, Element, FunctionError, Leaf, Signature
from step.simulate.dtypes import signature
from step.simulate.errors import SimulationError, describe, last_span, line_span, same_file
from step.simulate.fold.contract import Product, product_of
from step.simulate.fold.recognise import FieldFold, recognise
from step.simulate.fold.replay import Replay
from step.simulate.fold.schedule import schedule_of
from step.simulate.fold.tape import record
from step.simulate.precision import floating


class FunctionTable(Mapping[str, DeclaredFunction]):
    """Declared functions by the name that programs use, with what calls them batched; that is made once a function.

    ``sizes`` are the sizes of the module's dimensions, ``precision`` is "f64" or "f32", ``file`` the module's file.
    """

    def __init__(
        self,
        functions: Mapping[str, DeclaredFunction],
        sizes: Mapping[str, int],
        precision: str,
        file: str,
        batching: bool = True,
    ) -> None:
        self._functions = functions
        self._batched: dict[str, Batched] = {}
        self.sizes, self.precision, self.file = sizes, precision, file
        self.batching = batching

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

    @property
    def suspect(self) -> bool:
        """Whether a batched result turned out to differ from plain calls after earlier ones had been used."""
        return any(one.suspect for one in self._batched.values())

    def without_batching(self) -> FunctionTable:
        """The same functions, called element by element."""
        return FunctionTable(self._functions, self.sizes, self.precision, self.file, batching=False)

    def _make(self, name: str) -> Batched:
        declared = self._functions.get(name)
        if declared is None:
            raise SimulationError("STEP-FN", f"the module has no function {name}")
        try:
            shape = signature(declared.function, self.sizes, self.precision)
        except SizeError as error:
            raise SimulationError(
                "STEP-SIZE", f"{name}: {error}", span=function_span(declared, self.file), function=name
            ) from error
        return Batched(declared, name, shape, self.file, self.batching, self.precision)


class Batched:
    """One declared function on batches: nests the arrays as the body wants them, and tells whose fault an error is."""

    def __init__(
        self,
        declared: DeclaredFunction,
        name: str,
        shape: Signature,
        file: str,
        batching: bool,
        precision: str,
    ) -> None:
        self.declared, self.name, self.signature, self.file = declared, name, shape, file
        self.is_trusted = self.is_distrusted = False
        self._batching = batching
        self._torch, self._precision = shape.array == "torch", precision
        self.contracted: dict[str, bool] = {}  # by the fold's name: whether a matrix product gave what it gives
        self._flat = all(isinstance(one, Leaf) for one in shape.arguments)
        self._call = BatchedFunction(declared.body, name, shape, batching=batching)

    @cached_property
    def reduction(self) -> tuple[FieldFold, ...] | None:
        """How NumPy's reductions compute this fold; None if they do not."""
        if self.is_distrusted or not self._batching:
            return None
        return recognise(self.declared.body, self.signature)

    @cached_property
    def replay(self) -> Replay | None:
        """This fold as a sequence of elementwise operations; None if its body is not one."""
        tape = record(self.declared.body, self.signature) if self._batching else None
        return None if tape is None else Replay(schedule_of(tape))

    @cached_property
    def product(self) -> Product | None:
        """Which of its arguments this map multiplies; None if it does anything else."""
        return product_of(self.declared.body, self.signature) if self._batching else None

    @cached_property
    def result_bytes(self) -> int:
        """The memory of one result."""
        return sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in self.signature.result_leaves)

    def lead_of(self, state: tuple[Array, ...]) -> int:
        """How many batch axes the arrays of a result have."""
        return state[0].ndim - len(self.signature.result_leaves[0].shape)

    @property
    def is_checked(self) -> bool:
        """Whether the way that this fold's steps take now was compared with the loop."""
        return self.is_trusted and (self.is_distrusted or self.replay is None or not self.replay.is_new)

    def trust(self) -> None:
        """A fold without its loop gave what the loop gives."""
        self.is_trusted = True
        if self.reduction is None and self.replay is not None:
            self.replay.is_new = False

    def distrust(self) -> None:
        """A fold without its loop gave something else than the loop: from now on every step is an ordinary call."""
        self.is_distrusted = self.is_trusted = True
        self.__dict__["reduction"] = None

    @property
    def mode(self) -> str:
        """See :class:`step.simulate.batch.BatchedFunction`."""
        return self._call.mode

    @property
    def suspect(self) -> bool:
        """See :class:`step.simulate.batch.BatchedFunction`."""
        return self._call.suspect

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
            if self._torch:
                with floating(self._precision):
                    return self._call(nested, batch)
            return self._call(nested, batch)
        except FunctionError as error:
            raise self._fault(error) from error
        except MemoryError:
            raise
        except BaseException as error:  # whatever a function raises, even what is meant to end a program
            span = last_span(error.__traceback__, self.file) or function_span(self.declared, self.file)
            what = "calls sys.exit" if isinstance(error, SystemExit) else f"raised {describe(error)}"
            raise SimulationError("STEP-FN-RUN", f"{self.name}: {what}", span=span, function=self.name) from error

    def _fault(self, error: FunctionError) -> SimulationError:
        span = None
        if error.line is not None and error.file is not None and same_file(error.file, self.file):
            span = line_span(self.file, error.line)
        cause = error.__cause__
        more = advice(cause) or call_advice(error.detail, self.name, self.declared.function, cause)
        return SimulationError(
            "STEP-FN-RUN",
            f"{self.name}: {public(error.detail)}{more}",
            span=span or function_span(self.declared, self.file),
            function=self.name,
        )


def function_span(declared: DeclaredFunction, file: str) -> Span | None:
    """The line where a function's body starts, if it is in the file."""
    code = getattr(declared.body, "__code__", None)
    if code is None or not same_file(code.co_filename, file):
        return None
    line = code.co_firstlineno
    # The code starts at its first decorator: people look at the def.
    for number in range(line, line + 20):
        if linecache.getline(file, number).lstrip().startswith(("def ", "async def ")):
            return line_span(file, number)
    return line_span(file, line)


def nest(shape: tuple[Element, ...], arrays: tuple[Array, ...]) -> Iterator[Any]:
    """Arrays in order, nested as the arguments are."""
    rest = iter(arrays)

    def take(element: Element) -> Any:
        return next(rest) if isinstance(element, Leaf) else tuple(take(one) for one in element)

    for element in shape:
        yield take(element)
