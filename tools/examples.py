"""For each code of the static check a text that gets it; the reference page shows them with what is said."""

from __future__ import annotations

HEAD = """import step
from step import Buffer, Multihot, f32

D, N = step.dims(D=16, N=7)
E = step.dim("E", 3, fixed=True)
Row = Buffer(f32, [D])


@step.fn(f32, f32)
def square(x):
    return x * x


@step.fn(f32, f32, init=0)
def add(total, x):
    return total + x


"""
"""What every example starts with."""


def _operator(
    body: str, inputs: str = '{"x": step.stream(f32, [D, N])}', outputs: str = "step.stream(f32, [D, N])"
) -> str:
    names = [part.split('"')[1] for part in inputs.split("step.stream")[:-1]]
    lines = "\n".join("    " + line for line in body.split("\n"))
    return f"@step.operator(inputs={inputs}, outputs={outputs})\ndef operator({', '.join(names)}):\n{lines}\n"


_ROUTED = (
    '{"x": step.stream(f32, [N]), "i": step.stream(Multihot(f32, E), [N]), "j": step.stream(Multihot(f32, E), [N])}'
)

EXAMPLES: dict[str, str] = {
    "STEP-SYNTAX": _operator("return step.Map(fn=square).apply(x"),
    "STEP-SUBSET": _operator("y = x * 2\nreturn y"),
    "STEP-NAME": _operator("return step.Map(fn=squares).apply(x)"),
    "STEP-PARAM": _operator("return step.Map().apply(x)"),
    "STEP-ARITY": _operator("a, b = step.Map(fn=square).apply(x)\nreturn a"),
    "STEP-RETURN": _operator("y = step.Map(fn=square).apply(x)"),
    "STEP-DECLARATION": "x = step.stream(f32, [])\n",
    "STEP-SIGNATURE": _operator("...").replace("def operator(x)", "def operator(y)"),
    "STEP-AFFINE": _operator(
        "a = step.Map(fn=square).apply(x)\nreturn a, x",
        outputs="(step.stream(f32, [D, N]), step.stream(f32, [D, N]))",
    ),
    "STEP-UNUSED": _operator("a, b = step.Copy().apply(x)\nreturn a"),
    "STEP-OUTPUT": _operator("return step.Bufferize(a=1).apply(x)"),
    "STEP-TYPE": _operator("rows = step.Bufferize(a=1).apply(x)\nreturn step.Map(fn=square).apply(rows)"),
    "STEP-SHAPE": _operator(
        "totals = step.Accum(fn=add, b=1).apply(y)\nreturn step.Zip().apply((x, totals))",
        '{"x": step.stream(f32, [D, N]), "y": step.stream(f32, [D, N])}',
        "step.stream((f32, f32), [D, N])",
    ),
    "STEP-RANK": _operator("return step.Accum(fn=add, b=2).apply(x)", outputs="step.stream(f32, [N])"),
    "STEP-FN": _operator("return step.Map(fn=add).apply(x)"),
    "STEP-INDEX": _operator(
        "parts = step.Partition(N=E).apply((x, i))\nreturn step.Merge(fn=add).apply((parts, j))",
        _ROUTED,
        "step.stream(f32, [N])",
    ),
    "STEP-HOLE": _operator("..."),
}
