"""Operator modules with three functions more than they need, of the types that the others work on."""

from __future__ import annotations

from collections import Counter

from step.choice import Choice
from step.simulate.load import load
from step.types import fields_of

_FUNCTIONS = """
@step.fn({type}, {type})
def spare_shift(x):
    return x * 0.5 + 0.25


@step.fn(({type}, {type}), {type})
def spare_larger(x, y):
    return np.maximum(x, y)


@step.fn({type}, {type}, init=0)
def spare_decay(total, x):
    return total * 0.5 + x


"""


def with_distractors(text: str, path: str) -> str:
    """The module with a map, a map of two and a fold added, on the element type that its functions use most."""
    module = load(text, path, Choice())
    types = Counter(
        str(field)
        for one in module.functions.values()
        for field in (*fields_of(one.function.element), *fields_of(one.function.result))
        if "Multihot" not in str(field)
    )
    ((most, _),) = types.most_common(1)
    place = text.index("def reference")
    imports = "import numpy as np\nimport step\nfrom step import Buffer, f32\n"
    return text[:place] + imports + _FUNCTIONS.format(type=most) + text[place:]
