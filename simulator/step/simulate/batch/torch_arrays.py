"""PyTorch functions: `torch.func.vmap` over the batch, and the loop on tensors. torch is imported when it is needed."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from step.simulate.batch.calls import WrongResult, flat_results
from step.simulate.batch.errors import FunctionError, NotBatchable
from step.simulate.batch.signature import Element, Leaf

Builder = Callable[[Sequence[Any]], Sequence[Any]]


class TorchRunner:
    """Runs one function on tensors; takes and gives NumPy arrays.

    Raises:
        FunctionError: ("library") PyTorch is not installed.
    """

    def __init__(self, function: Callable[..., Any], name: str, builder: Builder | None, declared: Element) -> None:
        try:
            self._torch = importlib.import_module("torch")
        except ImportError as error:
            detail = "works on PyTorch tensors, but PyTorch is not installed: pip install 'steplang[torch]'"
            raise FunctionError(name, "library", detail) from error
        self._function = function
        self._builder = builder
        self._declared = declared

    def per_element(self) -> Callable[..., Any]:
        """The function on the NumPy arrays of one element, for the loop. Its result has the function's nesting."""

        @functools.wraps(self._function)
        def call(*arguments: Any) -> Any:
            tensors: list[Any] = []
            result = self._function(*(self._element(argument, tensors) for argument in arguments))
            self._check_unchanged(tensors)
            return self._plain(result)

        return call

    def batched(
        self, views: Sequence[NDArray[Any]], sizes: tuple[int, ...], result_leaves: Sequence[Leaf]
    ) -> list[NDArray[Any]]:
        """One `vmap` for each batch axis; arguments that do not vary along an axis are shared by it.

        Raises:
            NotBatchable: vmap refused (a decision on values, randomness, an operation without a rule).
        """
        lead = len(sizes)
        varies = [[view.shape[axis] != 1 for view in views] for axis in range(lead)]
        tensors = [self._tensor(view.reshape(_without_ones(view.shape, lead))) for view in views]
        run: Callable[..., Any] = self._fields(result_leaves)
        for axis in reversed(range(lead)):
            run = self._torch.func.vmap(run, in_dims=tuple(0 if each else None for each in varies[axis]))
        try:
            results = run(*tensors)
        except Exception as error:
            raise NotBatchable(
                f"torch.func.vmap: {type(error).__name__}: {str(error).strip().splitlines()[0]}"
            ) from error
        self._check_unchanged(tensors)
        return [self._array(tensor).astype(leaf.dtype) for tensor, leaf in zip(results, result_leaves, strict=True)]

    def _fields(self, result_leaves: Sequence[Leaf]) -> Callable[..., Any]:
        """The function with a flat tuple of tensors as its result."""

        def call(*tensors: Any) -> Any:
            result = self._function(*(tensors if self._builder is None else self._builder(tensors)))
            try:
                fields = flat_results(result, self._declared)
            except WrongResult as error:
                raise NotBatchable(error.detail) from error
            outputs = []
            for value, leaf in zip(fields, result_leaves, strict=True):
                tensor = value if isinstance(value, self._torch.Tensor) else self._torch.as_tensor(value)
                if tuple(tensor.shape) != leaf.shape:
                    raise NotBatchable(f"returned shape {tuple(tensor.shape)} where {leaf.shape} was declared")
                outputs.append(tensor)
            return tuple(outputs)

        return call

    def _tensor(self, array: NDArray[Any]) -> Any:
        """A tensor with its own memory: unlike arrays, tensors cannot be made read-only."""
        return self._torch.from_numpy(np.array(array))

    def _element(self, argument: Any, made: list[Any]) -> Any:
        if isinstance(argument, tuple):
            return tuple(self._element(part, made) for part in argument)
        tensor = self._tensor(argument)
        made.append(tensor)
        return tensor

    def _check_unchanged(self, tensors: Sequence[Any]) -> None:
        """Every in-place operation on a tensor, or on a view of it, raises its version."""
        if any(tensor._version for tensor in tensors):
            raise ValueError("the argument is read-only")

    def _plain(self, result: Any) -> Any:
        if isinstance(result, tuple | list):
            return type(result)(self._plain(part) for part in result)
        return self._array(result) if isinstance(result, self._torch.Tensor) else result

    def _array(self, tensor: Any) -> NDArray[Any]:
        tensor = tensor.detach()
        if tensor.dtype in (self._torch.bfloat16,):
            tensor = tensor.to(self._torch.float32)
        array: NDArray[Any] = tensor.resolve_conj().resolve_neg().cpu().numpy()
        return array


def _without_ones(shape: tuple[int, ...], lead: int) -> tuple[int, ...]:
    """The shape without batch axes along which the array does not vary."""
    return tuple(size for size in shape[:lead] if size != 1) + shape[lead:]
