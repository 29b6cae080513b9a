"""Batched execution of users' functions over stream axes (1-language, section 7).

`BatchedFunction` runs a function, written for one element, once for a whole batch: NumPy's protocols are intercepted
and every operation is done for all elements (a vmap for NumPy). What has no rule falls back to a loop.
"""

from __future__ import annotations

