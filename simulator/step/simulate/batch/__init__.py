"""Batched execution of users' functions over stream axes (1-language, section 7).

`BatchedFunction` runs a function, written for one element, once for a whole batch: NumPy's protocols are intercepted
and every operation is done for all elements (a vmap for NumPy). What has no rule falls back to a loop.
"""

from __future__ import annotations

from step.simulate.batch.errors import FunctionError
from step.simulate.batch.function import BatchedFunction, Mode, quiet
from step.simulate.batch.signature import Element, Leaf, Shape, Signature

__all__ = ["BatchedFunction", "Element", "FunctionError", "Leaf", "Mode", "Shape", "Signature", "quiet"]
