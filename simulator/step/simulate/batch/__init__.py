"""Batched execution of users' functions over stream axes (1-language, section 7).

`BatchedFunction` runs a function, written for one element, once for a whole batch: NumPy's protocols are intercepted
and every operation is done for all elements (a vmap for NumPy). What has no rule falls back to a loop.

How a function runs, from fast to slow (`BatchedFunction.mode` and `reason` tell):

- "batched": operators, ufuncs, the functions in `rules/`, methods, indexing, assignment to arrays the function made.
  If need be on a copy of the function in which `np.zeros`, `np.array`, `math`, `float`, ... know batches (`lifting`).
- "paths": it decides on a scalar (`if t > 0`): once for each group of elements that take the same path, at most 16.
- "loop": one call an element, some 1 to 20 us each: what has no rule (`np.histogram`, `x[x > 0]`, `x.item()`,
  formatting, random numbers), more than 16 paths, and PyTorch functions that `torch.func.vmap` refuses.
"""

from __future__ import annotations

from step.simulate.batch.errors import FunctionError
from step.simulate.batch.function import BatchedFunction, Mode, quiet
from step.simulate.batch.signature import Element, Leaf, Shape, Signature

__all__ = ["BatchedFunction", "Element", "FunctionError", "Leaf", "Mode", "Shape", "Signature", "quiet"]
