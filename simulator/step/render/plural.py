"""The name of a stream after the function that makes its elements: ``square`` makes ``squares``."""

from __future__ import annotations

_IRREGULAR = {
    "appendix": "appendices",
    "half": "halves",
    "index": "indices",
    "matrix": "matrices",
    "vertex": "vertices",
}
_MANY = frozenset({"data", "maxima", "minima"})
"""Plurals that do not end in s."""
_ONE = frozenset({"alias", "atlas", "bias", "canvas", "gas", "lens"})
"""Words that end in s and are no plurals, beside those in ss, is and us; most in as are plurals (deltas)."""


def plural(name: str) -> str:
    """The plural of a function's name; never the name itself, which the function has.

    A name whose plural nobody would say gets ``_out`` instead: one that is a plural already or might be (``times``,
    ``distances``, ``rms``), one of several words (``inv_rms``), with a number (``top2``) or without a vowel before a
    hissing sound (``mx``).
    """
    word = name.lower()
    if word in _IRREGULAR and name == word:
        return _IRREGULAR[word]
    if word[-1:].isdigit() or "_" in word or word in _MANY:
        return f"{name}_out"
    if word.endswith(("xis", "sis")):
        return f"{name[:-2]}es"
    if word.endswith("s") and word not in _ONE and not word.endswith(("ss", "is", "us")):
        return f"{name}_out"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        if not any(vowel in word for vowel in "aeiouy"):
            return f"{name}_out"
        return f"{name}s" if word.endswith("och") else f"{name}es"  # The ch of epoch is a k.
    if word.endswith("y") and word[-2:-1] not in ("a", "e", "i", "o", "u", ""):
        return f"{name[:-1]}ies"
    return f"{name}s"
