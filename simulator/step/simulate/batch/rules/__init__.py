"""The batching rules, one module a family. Importing this package registers them all."""

from step.simulate.batch import operators as _operators
from step.simulate.batch.rules import (
    creating,
    indexing,
    joining,
    linalg,
    linear,
    reducing,
    selecting,
    shaping,
    sorting,
    statistics,
    ufuncs,
    windows,
)

assert _operators.__name__  # importing it installs the operators

__all__ = [
    "creating",
    "indexing",
    "joining",
    "linalg",
    "linear",
    "reducing",
    "selecting",
    "shaping",
    "sorting",
    "statistics",
    "ufuncs",
    "windows",
]
