"""Edits of whole blocks: statements that come, go, move and come twice are read as a fresh text is.

Characters typed at random (:mod:`tests.source.test_tolerance`) seldom make two equal statements, or one that means
something else because of another; here that is the rule.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.source.texts import Document, picture

HEAD = "import step\nfrom step import Buffer, f32\n"
OPERATOR = """@step.operator(inputs={"x": step.stream(f32, [D, N])}, outputs=step.stream(f32, [D, N]))
def wanted(x):
"""
BLOCKS = (
    HEAD,
    "import numpy as np\n",
    "from there import *\n",
    "import step as st\n",
    "D, N = step.dims(D=16, N=7)\n",
    "D, N = step.dims(D=16, N=8)\n",
    "N, D = step.dims(N=7, D=16)\n",
    "Row = Buffer(f32, [D])\n",
    "D = 3\n",
    "del D\n",
    "@step.fn(f32, f32)\ndef square(x):\n    return x * x\n",
    '@step.fn(f32, f32)\ndef square(x):\n    """Squares."""\n    return x * x\n',
    "@step.fn(f32, Row)\ndef square(x):\n    return x * x\n",
    "@step.fn(f32, f32)\ndef cube(x: f32):\n    return x * x * x\n",
    "square = cube\n",
    "functions = [square]\n",
    "functions.append(square)\n",
    "if D:\n    square = cube\n",
    "try:\n    from there import square\nexcept ImportError as D:\n    square = cube\n",
    "match N:\n    case square:\n        D = 3\n",
    "if N:\n    def square(x): ...\n",
    "for N in range(3):\n    import there as square\n",
    "with open('x') as D:\n    class wanted: ...\n",
    "step = 3\n",
    OPERATOR + "    return step.Map(fn=square).apply(x)\n",
    OPERATOR + '    """Squares."""\n    return step.Map(fn=square).apply(x)\n',
    OPERATOR + "    return step.Map(fn=functions[0]).apply(x)\n",
    OPERATOR + "    y = step.Map(fn=sq\n",
    OPERATOR + "    ...\n",
    OPERATOR.replace("wanted", "other") + "    return step.Map(fn=square).apply(x)\n",
    "if N:\n" + "".join(f"    {line}\n" for line in (OPERATOR + "    return step.Map(fn=square).apply(x)").split("\n")),
    "def wanted(x): return x\n",
    "\n\n",
    "# a remark\n",
    ")\n",
)
PLAIN = (HEAD, BLOCKS[4], BLOCKS[10], BLOCKS[13], BLOCKS[15], BLOCKS[24], BLOCKS[29])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_blocks_that_come_go_move_and_come_twice(data: st.DataObject) -> None:
    # Few different blocks and many edits: what comes goes again, and what is there is there twice.
    pool = data.draw(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=4))
    document, blocks = Document(), list(PLAIN[: data.draw(st.integers(2, len(PLAIN)))])
    document.update("".join(blocks))
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(0, len(blocks)))
        kind = data.draw(st.sampled_from(("insert", "several", "delete", "replace", "move", "twice")))
        if kind in ("insert", "several"):
            number = 1 if kind == "insert" else 3
            blocks[place:place] = [data.draw(st.sampled_from(pool)) for _ in range(number)]
        elif place < len(blocks):
            block = blocks[place]
            if kind in ("delete", "move"):
                del blocks[place]
            if kind == "replace":
                blocks[place] = data.draw(st.sampled_from(pool))
            if kind in ("move", "twice"):
                blocks.insert(data.draw(st.integers(0, len(blocks))), block)
        text = "".join(blocks)
        assert picture(text, document) == picture(text)
