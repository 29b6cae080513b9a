"""What other libraries call the primitives: so that who knows NumPy, PyTorch or a functional language finds them."""

from __future__ import annotations

from collections.abc import Mapping

_CALLED: Mapping[str, tuple[str, str]] = {
    "Accum": ("reduce fold foldl foldleft accumulate aggregate sum collapse acc", "folds the b innermost dimensions"),
    "Scan": ("cumsum cumulative prefix prefixsum prefixscan scanl runningsum", "folds, and gives every state"),
    "Map": ("apply foreach elementwise transform vmap fmap pointwise", "applies a function to every element"),
    "Zip": ("pair join tuple product", "pairs the elements of two streams"),
    "Copy": ("duplicate dup clone fork tee", "gives a stream twice"),
    "Repeat": ("broadcast expand tile replicate rep", "gives each element n times, as a new innermost dimension"),
    "RepeatRef": ("broadcastto broadcastlike expandas repeatlike", "repeats as often as a reference stream is long"),
    "Promote": ("unsqueeze expanddims newaxis addaxis adddim", "inserts a dimension of 1"),
    "Flatten": ("squeeze ravel merge_dims mergedims joindims", "joins neighbouring dimensions"),
    "Reshape": ("view splitdim unflatten block blockify chunk resize", "splits a dimension into blocks"),
    "Bufferize": ("tobuffer buffer pack collect gatherdims batch vectorize group", "gathers dimensions into a buffer"),
    "Streamify": ("tostream unpack unbuffer unbatch explode stream_of flatmap", "empties buffers into the stream"),
    "Partition": ("route dispatch scatter split filter select switch demux", "routes elements to experts"),
    "Merge": ("gather combine unroute mux collectexperts", "folds what a Partition routed"),
}
_ABSENT: Mapping[str, str] = {
    "transpose permute swapaxes moveaxis movedim rearrange permutedims": "a stream's elements keep their order: "
    "Bufferize the dimensions, and transpose the buffers in a function that Map applies",
    "concat concatenate cat append stack hstack vstack": "streams are not joined end to end: Bufferize both, Zip them, "
    "and concatenate the buffers in a function that Map applies",
    "matmul dot einsum mm bmm conv softmax relu exp add sub mul multiply div divide mean max min sqrt": "arithmetic is "
    "a function of yours: declare one with @step.fn, and apply it with Map, Accum or Scan",
    "sort argsort topk argmax argmin": "a stream cannot be sorted: Bufferize it, and sort the buffers in a function "
    "that Map applies",
    "reverse flip roll shift pad slice take index": "a stream is read in its order: Bufferize it, and pick from the "
    "buffers in a function that Map applies",
}
MEANT: Mapping[str, tuple[str, str]] = {
    word.replace("_", ""): (name, does) for name, (words, does) in _CALLED.items() for word in words.split()
}
"""What another library calls a primitive (in small letters, without underscores) → its name here, and what it does."""
ABSENT: Mapping[str, str] = {word: advice for words, advice in _ABSENT.items() for word in words.split()}
"""What other libraries have, and a stream does not → what to do instead."""


def plain(name: str) -> str:
    """A name as the tables have it."""
    return name.replace("_", "").lower()


def primitive_meant(name: str) -> str | None:
    """The primitive that another library calls so; None if there is none."""
    found = MEANT.get(plain(name))
    return found[0] if found else None


def advice(name: str) -> str:
    """What to write instead of a name that ``step`` does not have, as the end of a message; empty where no library
    that we know has it either."""
    found = MEANT.get(plain(name))
    if found is not None:
        return f"; did you mean `{found[0]}`? It {found[1]}"
    instead = ABSENT.get(plain(name))
    return f": {instead}" if instead else ""
