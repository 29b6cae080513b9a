"""PyTorch code under a precision: what asks for float32 by name gets float64 in a float64 check.

The check casts inputs and parameters to float64 so that rounding neither hides nor fakes a difference (1-language,
section 6). Bodies and references in PyTorch often make tensors of their own, ``torch.arange(…, dtype=torch.float)``,
which would bring float32's rounding back.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any


def floating(precision: str, wanted: bool = True) -> AbstractContextManager[None]:
    """While inside, PyTorch computes in a precision; does nothing unless ``wanted`` and PyTorch can be loaded."""
    if not wanted:
        return nullcontext()
    if "torch" not in sys.modules:
        try:
            import torch  # noqa: F401
        except ImportError:
            return nullcontext()
    return _floating(precision)


@contextmanager
def _floating(precision: str) -> Iterator[None]:
    torch = sys.modules["torch"]
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64 if precision == "f64" else torch.float32)
    try:
        if precision == "f64":
            with _double()():
                yield
        else:
            yield
    finally:
        torch.set_default_dtype(before)


@cache
def _double() -> Any:
    """The mode that turns every request for float32 into one for float64."""
    import torch
    from torch.overrides import TorchFunctionMode

    # Said by vmap for what it loops over: our fall-back says it in its own way.
    warnings.filterwarnings("ignore", message="There is a performance drop because")
    single, double = torch.float32, torch.float64

    class Double(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func is torch.Tensor.float:
                func = torch.Tensor.double
            if any(one is single for one in args):
                args = tuple(double if one is single else one for one in args)
            if kwargs and any(one is single for one in kwargs.values()):
                kwargs = {key: double if one is single else one for key, one in kwargs.items()}
            return func(*args, **(kwargs or {}))

    return Double
