"""Left folds along stream axes, each in the first of these ways that fits.

- `contract`: a Map that multiplies, folded by addition, is a matrix product.
- `recognise`: ``state ∘ g(element)`` is one reduction of NumPy.
- `tape` records a body of elementwise operations; `schedule` orders it, `varying` finds what repeats, `ways` chooses
  how each stage is computed, `linear` and `rows` compute recurrences, `player` and `replay` carry it out.
- `stepping`: everything else, a batched call a step.

`folding` is the entrance, and compares what a way gave with plain calls; `deferred` keeps what a Map gives to a fold
from existing as a whole. The rules are told in docs/simulator.md, "Execution".
"""
