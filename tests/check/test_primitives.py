"""Every primitive's type rule (1-language, section 2): what it gives, and each of its errors with both types."""

from __future__ import annotations

import pytest

from tests.check.bodies import codes, say

ROUTE = "i0, i1 = step.Copy().apply(i)\nparts = step.Partition(N=E).apply((x, i0))\n"
RIGHT = [
    # Map
    ("step.Map(fn=square).apply(x)", "x: f32, [D, N]", "f32, [D, N]"),
    ("step.Map(fn=div).apply((x, y))", "x: f32, [D]; y: f32, [D]", "f32, [D]"),
    ("step.Map(fn=div).apply(x)", "x: (f32, f32), [D]", "f32, [D]"),
    ("step.Map(fn=scale).apply((x, y))", "x: f32, [N]; y: Row, [N]", "Row, [N]"),
    ("step.Map(fn=route).apply(x)", "x: Row, [N]", "Multihot(f32, E), [N]"),
    # Accum and Scan
    ("step.Accum(fn=add, b=1).apply(x)", "x: f32, [D, N]", "f32, [N]"),
    ("step.Accum(fn=add, b=2).apply(x)", "x: f32, [D, N, M]", "f32, [M]"),
    ("step.Accum(fn=add, b=1).apply(step.Promote(b=1).apply(x))", "x: f32, [N]", "f32, [1]"),
    ("step.Accum(fn=pair, b=1).apply(step.Zip().apply((x, y)))", "x: f32, [D, N]; y: f32, [D, N]", "(f32, f32), [N]"),
    ("step.Scan(fn=add, b=1).apply(x)", "x: f32, [D, N]", "f32, [D, N]"),
    ("step.Scan(fn=add_rows, b=2).apply(x)", "x: Row, [D, N, M]", "Row, [D, N, M]"),
    # Zip
    ("step.Zip().apply((x, y))", "x: f32, [D]; y: Row, [D]", "(f32, Row), [D]"),
    ("step.Zip().apply((x, y))", "x: (f32, Row), [D]; y: f32, [D]", "(f32, Row, f32), [D]"),
    ("step.Zip().apply((x, y))", "x: f32, [E]; y: f32, [3]", "(f32, f32), [3]"),
    ("step.Zip().apply((x, y))", "x: f32, [D*N]; y: f32, [N*D]", "(f32, f32), [D*N]"),
    # Copy, Identity
    ("step.Zip().apply(step.Copy().apply(x))", "x: f32, [D]", "(f32, f32), [D]"),
    ("step.Identity().apply(x)", "x: (f32, Row), [D]", "(f32, Row), [D]"),
    # Bufferize, Streamify
    ("step.Bufferize(a=1).apply(x)", "x: f32, [D, N]", "Row, [N]"),
    ("step.Bufferize(a=2).apply(x)", "x: f32, [D, N, M]", "Buffer(f32, [D, N]), [M]"),
    ("step.Bufferize(a=1).apply(x)", "x: Row, [N, M]", "Buffer(f32, [D, N]), [M]"),
    ("step.Bufferize(a=1).apply(x)", "x: (f32, Row), [N, M]", "Buffer((f32, Row), [N]), [M]"),
    ("step.Bufferize(a=1).apply(x)", "x: Multihot(f32, E), [N, M]", "Buffer(Multihot(f32, E), [N]), [M]"),
    ("step.Bufferize(a=1).apply(x)", "x: Tile(f32, [D, D]), [N, M]", "Buffer(Tile(f32, [D, D]), [N]), [M]"),
    ("step.Streamify().apply(x)", "x: Buffer(f32, [D, N]), [M]", "f32, [D, N, M]"),
    ("step.Streamify().apply(x)", "x: Buffer((f32, Row), [N]), [M]", "(f32, Row), [N, M]"),
    ("step.Streamify().apply(step.Bufferize(a=1).apply(x))", "x: Row, [N, M]", "f32, [D, N, M]"),
    # Repeat, RepeatRef
    ("step.Repeat(n=D).apply(x)", "x: f32, [N]", "f32, [D, N]"),
    ("step.RepeatLast(n=3).apply(x)", "x: Row, [N]", "Row, [E, N]"),
    ("step.Repeat(n=D * N).apply(x)", "x: f32, [N]", "f32, [N*D, N]"),
    ("step.Repeat(n=0).apply(x)", "x: f32, [N]", "f32, [0, N]"),
    ("step.RepeatRef().apply((x, y))", "x: f32, [N]; y: Row, [D, N]", "f32, [D, N]"),
    # Promote
    ("step.Promote(b=0).apply(x)", "x: f32, [D, N]", "f32, [1, D, N]"),
    ("step.Promote(b=1).apply(x)", "x: f32, [D, N]", "f32, [D, 1, N]"),
    ("step.Promote(b=2).apply(x)", "x: f32, [D, N]", "f32, [D, N, 1]"),
    # Flatten
    ("step.Flatten(L=[1]).apply(x)", "x: f32, [D, N, M]", "f32, [D*N, M]"),
    ("step.Flatten(L=[2]).apply(x)", "x: f32, [D, N, M]", "f32, [D, N*M]"),
    ("step.Flatten(L=[1, 2]).apply(x)", "x: f32, [D, N, M]", "f32, [D*N*M]"),
    ("step.Flatten(L=1).apply(x)", "x: f32, [D, 1]", "f32, [D]"),
    ("step.Flatten(L=(1,)).apply(x)", "x: f32, [1, D]", "f32, [D]"),
    # Reshape
    ("step.Reshape(L=[0], S=4).apply(x)", "x: f32, [D, N]", "f32, [4, D/4, N]"),
    ("step.Reshape(L=[1], S=2).apply(x)", "x: f32, [D, 6]", "f32, [D, 2, 3]"),
    ("step.Reshape(L=[0, 1], S=2).apply(x)", "x: f32, [4, 6]", "f32, [2, 2, 2, 3]"),
    ("step.Reshape(L=[0], S=D).apply(x)", "x: f32, [D*N]", "f32, [D, N]"),
    ("step.Reshape(L=[0], S=E).apply(x)", "x: f32, [3*N]", "f32, [E, N]"),
    ("step.Flatten(L=[1]).apply(step.Reshape(L=[0], S=4).apply(x))", "x: f32, [D]", "f32, [D]"),
    # Partition and Merge
    ("step.Merge(fn=add).apply((parts, i1))", "x: f32, [N]; i: Multihot(f32, E), [N]", "f32, [N]"),
    ("step.Merge(fn=add).apply((parts, i1))", "x: f32, [D, N]; i: Multihot(f32, 3), [N]", "f32, [D, N]"),
    ("step.Merge(fn=add_rows).apply((parts, i1))", "x: Row, [D, N, M]; i: Multihot(i32, E), [N, M]", "Row, [D, N, M]"),
]


@pytest.mark.parametrize(("call", "inputs", "outputs"), RIGHT, ids=[f"{one[0]} on {one[1]}" for one in RIGHT])
def test_what_a_primitive_gives(call: str, inputs: str, outputs: str) -> None:
    body = (ROUTE if "parts" in call else "") + f"return {call}"
    assert codes(body, inputs, outputs) == []


@pytest.mark.parametrize(("call", "inputs", "outputs"), RIGHT, ids=[f"{one[0]} on {one[1]}" for one in RIGHT])
def test_no_other_type_is_taken_for_it(call: str, inputs: str, outputs: str) -> None:
    body = (ROUTE if "parts" in call else "") + f"return {call}"
    for other in ("f32, [7*D, N]", outputs.replace("]", ", 9]"), f"Tile{'(f32, [5])'}, [N]"):
        assert [one[0] for one in codes(body, inputs, other)] == ["STEP-OUTPUT"], other


WRONG = [
    ("step.Map(fn=square).apply(x)", "x: Row, [N]", "STEP-TYPE", "x",
     "Map: square needs f32; got Buffer(f32, [D]); step.Streamify() gives its elements"),
    ("step.Map(fn=div).apply((x, y))", "x: f32, [D]; y: Row, [D]", "STEP-TYPE", "y",
     "Map: div needs (f32, f32); got (f32, Buffer(f32, [D]))"),
    ("step.Map(fn=scale).apply((x, y))", "x: Row, [D]; y: f32, [D]", "STEP-TYPE", "x",
     "Map: scale needs (f32, Buffer(f32, [D])); got (Buffer(f32, [D]), f32)"),
    ("step.Map(fn=square).apply((x, y))", "x: f32, [D]; y: f32, [D]", "STEP-TYPE", "y",
     "Map: square needs f32; got (f32, f32)"),
    ("step.Map(fn=div).apply((x, y))", "x: f32, [D]; y: f32, [N]", "STEP-SHAPE", "y",
     "Map needs streams of the same shape: f32, [D]; got f32, [N]"),
    ("step.Map(fn=add).apply(x)", "x: f32, [D]", "STEP-FN", "add",
     "Map takes a map, but add is a fold ((f32; init 0) × f32 → f32): use Accum or Scan"),
    ("step.Accum(fn=square, b=1).apply(x)", "x: f32, [D, N]", "STEP-FN", "square",
     "Accum takes a fold, but square has no init (f32 → f32): give it one in @step.fn(…, init=…), or use Map"),
    ("step.Scan(fn=square, b=1).apply(x)", "x: f32, [D, N]", "STEP-FN", "square",
     "Scan takes a fold, but square has no init (f32 → f32): give it one in @step.fn(…, init=…), or use Map"),
    ("step.Accum(fn=add, b=1).apply(x)", "x: Row, [D, N]", "STEP-TYPE", "x",
     "Accum: add needs f32; got Buffer(f32, [D]); step.Streamify() gives its elements"),
    ("step.Accum(fn=add, b=2).apply(x)", "x: f32, [D, N]", "STEP-RANK", "2",
     "Accum needs 1 ≤ b ≤ rank; got b=2 on rank 1 (f32, [D, N]): use 1"),
    ("step.Accum(fn=add, b=0).apply(x)", "x: f32, [D, N, M]", "STEP-RANK", "0",
     "Accum needs 1 ≤ b ≤ rank; got b=0 on rank 2 (f32, [D, N, M]): use 1 to 2"),
    ("step.Accum(fn=add, b=-1).apply(x)", "x: f32, [D, N]", "STEP-RANK", "-1",
     "Accum needs 1 ≤ b ≤ rank; got b=-1 on rank 1 (f32, [D, N]): use 1"),
    ("step.Accum(fn=add, b=1).apply(x)", "x: f32, [N]", "STEP-RANK", "1",
     "Accum needs 1 ≤ b ≤ rank; got b=1 on rank 0 (f32, [N]): a rank-0 stream needs Promote(b=1) first"),
    ("step.Scan(fn=add, b=1).apply(x)", "x: f32, [N]", "STEP-RANK", "1",
     "Scan needs 1 ≤ b ≤ rank; got b=1 on rank 0 (f32, [N]): a rank-0 stream needs Promote(b=1) first"),
    ("step.Bufferize(a=1).apply(x)", "x: f32, [N]", "STEP-RANK", "1",
     "Bufferize needs 1 ≤ a ≤ rank; got a=1 on rank 0 (f32, [N]): a rank-0 stream needs Promote(b=1) first"),
    ("step.Bufferize(a=3).apply(x)", "x: f32, [D, N, M]", "STEP-RANK", "3",
     "Bufferize needs 1 ≤ a ≤ rank; got a=3 on rank 2 (f32, [D, N, M]): use 1 to 2"),
    ("step.Zip().apply((x, y))", "x: f32, [D]; y: f32, [N]", "STEP-SHAPE", "y",
     "Zip needs streams of the same shape: f32, [D]; got f32, [N]"),
    ("step.Zip().apply((x, y))", "x: f32, [D]; y: f32, [D, 1]", "STEP-SHAPE", "y",
     "Zip needs streams of the same shape: f32, [D]; got f32, [D, 1]"),
    ("step.Streamify().apply(x)", "x: f32, [N]", "STEP-TYPE", "x",
     "Streamify needs a stream of buffers; got f32, [N]"),
    ("step.Streamify().apply(x)", "x: (Row, Row), [N]", "STEP-TYPE", "x",
     "Streamify needs a stream of buffers; got (Buffer(f32, [D]), Buffer(f32, [D])), [N]"),
    ("step.Streamify().apply(x)", "x: Tile(f32, [D, D]), [N]", "STEP-TYPE", "x",
     "Streamify needs a stream of buffers; got Tile(f32, [D, D]), [N]"),
    ("step.RepeatRef().apply((x, y))", "x: f32, [N]; y: f32, [N, D]", "STEP-SHAPE", "y",
     "RepeatRef needs a reference whose shape is [n] + the data's: data f32, [N]; got f32, [N, D]"),
    ("step.RepeatRef().apply((x, y))", "x: f32, [N]; y: f32, [N]", "STEP-SHAPE", "y",
     "RepeatRef needs a reference whose shape is [n] + the data's: data f32, [N]; got f32, [N]"),
    ("step.Promote(b=3).apply(x)", "x: f32, [D, N]", "STEP-RANK", "3",
     "Promote needs 0 ≤ b ≤ rank + 1; got b=3 on rank 1 (f32, [D, N]): use 0 to 2"),
    ("step.Promote(b=-1).apply(x)", "x: f32, [D, N]", "STEP-RANK", "-1",
     "Promote needs 0 ≤ b ≤ rank + 1; got b=-1 on rank 1 (f32, [D, N]): use 0 to 2"),
    ("step.Flatten(L=[2]).apply(x)", "x: f32, [D, N]", "STEP-RANK", "[2]",
     "Flatten: index 2 is past the rank 1 of f32, [D, N]"),
    ("step.Flatten(L=[0]).apply(x)", "x: f32, [D, N]", "STEP-RANK", "[0]",
     "Flatten needs consecutive positive indices, such as L=[1] or L=[1, 2]; got L=[0]"),
    ("step.Flatten(L=[1, 3]).apply(x)", "x: f32, [D, N, M, D]", "STEP-RANK", "[1, 3]",
     "Flatten needs consecutive positive indices, such as L=[1] or L=[1, 2]; got L=[1, 3]"),
    ("step.Flatten(L=[]).apply(x)", "x: f32, [D, N]", "STEP-RANK", "[]",
     "Flatten needs consecutive positive indices, such as L=[1] or L=[1, 2]; got L=[]"),
    ("step.Reshape(L=[0], S=4).apply(x)", "x: f32, [6]", "STEP-SHAPE", "4",
     "Reshape: 4 does not divide dimension 0 of f32, [6]"),
    ("step.Reshape(L=[0], S=0).apply(x)", "x: f32, [6]", "STEP-SHAPE", "0",
     "Reshape: a block of 0 divides nothing"),
    ("step.Reshape(L=[1], S=2).apply(x)", "x: f32, [6]", "STEP-RANK", "[1]",
     "Reshape needs distinct indices from 0 to 0 for f32, [6]; got L=[1]"),
    ("step.Reshape(L=[0, 0], S=2).apply(x)", "x: f32, [6]", "STEP-RANK", "[0, 0]",
     "Reshape needs distinct indices from 0 to 0 for f32, [6]; got L=[0, 0]"),
    ("step.Partition(N=2).apply((x, y))[0]", "x: f32, [N]; y: Multihot(f32, E), [N]", "STEP-SHAPE", "2",
     "Partition: the index has E bits, for E experts; got 2"),
    ("step.Partition(N=E).apply((x, y))[0]", "x: f32, [N]; y: f32, [N]", "STEP-TYPE", "y",
     "Partition needs an index stream of Multihot(_, E); got f32, [N]"),
    ("step.Partition(N=E).apply((x, y))[0]", "x: f32, [D]; y: Multihot(f32, E), [N]", "STEP-SHAPE", "x",
     "Partition needs data of shape base + [N], the index's; got f32, [D]"),
    ("step.Partition(N=E).apply((x, y))[0]", "x: f32, [N, D]; y: Multihot(f32, E), [N]", "STEP-SHAPE", "x",
     "Partition needs data of shape base + [N], the index's; got f32, [N, D]"),
    ("step.Partition(N=E).apply((x, y))[0]", "x: f32, [N]; y: Multihot(f32, E), [D, N]", "STEP-SHAPE", "x",
     "Partition needs data of shape base + [D, N], the index's; got f32, [N]"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "inputs", "code", "text", "message"), WRONG, ids=[f"{one[0]} {one[1]}" for one in WRONG]
)
def test_each_error_stands_at_its_argument_with_both_types(
    call: str, inputs: str, code: str, text: str, message: str
) -> None:
    found = [one for one in say(f"return {call}", inputs) if one.code != "STEP-UNUSED"]
    assert [(one.code, one.text, one.message) for one in found] == [(code, text, message)]
    assert found[0].related
    assert all(" is made here: " in text for _, text in found[0].related)


def test_partition_needs_a_number_of_experts_that_does_not_vary() -> None:
    (found, *_) = say(
        "parts = step.Partition(N=N).apply((x, i))\nreturn parts[0]", "x: f32, [M]; i: Multihot(f32, N), [M]"
    )
    assert (found.code, found.text) == ("STEP-PARAM", "N")
    assert 'step.dim("N", …, fixed=True)' in found.message


ROUTED = "x: f32, [D, N]; i: Multihot(f32, E), [N]"
MERGES = [
    ("step.Merge(fn=square).apply((parts, i1))", "STEP-FN", "square", "takes a fold, but square has no init"),
    ("step.Merge(fn=add_rows).apply((parts, i1))", "STEP-TYPE", "parts", "add_rows needs Buffer(f32, [D]); got f32"),
    ("step.Merge(fn=add).apply((parts[:2], i1))", "STEP-SHAPE", "i1", "the index has E bits, for E experts; got 2"),
    ("step.Merge(fn=add).apply((parts[::-1], i1))", "STEP-SHAPE", "parts[::-1]",
     "stream 0 is of expert 2: give the streams in the experts' order"),
    ("step.Merge(fn=add).apply(([parts[0], parts[2], parts[1]], i1))", "STEP-SHAPE", "parts[2]",
     "stream 1 is of expert 2: give the streams in the experts' order"),
    ("step.Merge(fn=add).apply(([parts[0], parts[1], step.Bufferize(a=1).apply(parts[2])], i1))", "STEP-TYPE",
     "step.Bufferize(a=1).apply(parts[2])", "add needs f32; got Buffer(f32, [D])"),
    ("step.Merge(fn=add).apply(([parts[0], parts[1], step.Repeat(n=D).apply(parts[2])], i1))", "STEP-SHAPE",
     "step.Repeat(n=D).apply(parts[2])", "Merge needs streams that differ only in their outermost dimension"),
    ("step.Merge(fn=add).apply((parts, x))", "STEP-TYPE", "x", "an index stream of Multihot(_, 3); got f32, [D, N]"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "code", "text", "message"), MERGES, ids=[one[0] for one in MERGES])
def test_the_errors_of_merge(call: str, code: str, text: str, message: str) -> None:
    found = [one for one in say(ROUTE + f"return {call}", ROUTED) if one.code not in ("STEP-UNUSED", "STEP-AFFINE")]
    assert [(one.code, one.text) for one in found] == [(code, text)]
    assert message in found[0].message


def test_merge_takes_what_a_partition_made() -> None:
    (found,) = say(
        "return step.Merge(fn=add).apply(([x, y, z], i))",
        "; ".join([*(f"{name}: f32, [N]" for name in "xyz"), "i: Multihot(f32, E), [N]"]),
        "f32, [N]",
    )
    assert (found.code, found.text) == ("STEP-SHAPE", "x")
    assert "streams that a Partition made" in found.message


def test_merge_takes_the_streams_of_one_partition() -> None:
    body = (
        "i0, i1, i2 = i, j, k\n"
        "one = step.Partition(N=E).apply((x, i0))\ntwo = step.Partition(N=E).apply((y, i1))\n"
        "return step.Merge(fn=add).apply(([one[0], two[1], one[2]], i2))"
    )
    inputs = "x: f32, [N]; y: f32, [N]; " + "; ".join(f"{name}: Multihot(f32, E), [N]" for name in "ijk")
    (found,) = [one for one in say(body, inputs, "f32, [N]") if one.code != "STEP-UNUSED"]
    assert (found.code, found.text) == ("STEP-SHAPE", "two[1]")
    assert "of several Partitions" in found.message


def test_a_partition_and_its_merge_share_the_index() -> None:
    inputs = "x: f32, [N]; i: Multihot(f32, E), [N]; j: Multihot(f32, E), [N]"
    body = "parts = step.Partition(N=E).apply((x, i))\nreturn step.Merge(fn=add).apply((parts, j))"
    (found,) = say(body, inputs, "f32, [N]")
    assert (found.code, found.text) == ("STEP-INDEX", "j")
    assert found.message == (
        "this Merge closes a Partition that `i` routes; got `j`: use the same index stream, through a Copy"
    )
    assert [text for text, _ in found.related] == ["i", "j"]


def test_an_index_that_is_made_alike_is_the_same() -> None:
    body = (
        "a, b = step.Copy().apply(x)\nr0, r1 = step.Copy().apply(b)\n"
        "parts = step.Partition(N=E).apply((a, step.Map(fn=route).apply(r0)))\n"
        "return step.Merge(fn=add_rows).apply((parts, step.Map(fn=route).apply(r1)))"
    )
    assert codes(body, "x: Row, [N]", "Row, [N]") == []


PARAMETERS = [
    ("step.Map().apply(x)", "STEP-PARAM", "step.Map()", "Map needs `fn`: a map A → B, applied to one element"),
    ("step.Map(square, negate).apply(x)", "STEP-PARAM", "negate", "Map takes 1 parameter"),
    ("step.Copy(n=2).apply(x)[0]", "STEP-PARAM", "2", "Copy has no parameter `n`; its parameters: none"),
    ("step.Map(f=square).apply(x)", "STEP-PARAM", "square", "Map has no parameter `f`; its parameters: fn"),
    ("step.Map(square, fn=negate).apply(x)", "STEP-PARAM", "negate", "Map: `fn` is given twice"),
    ("step.Map(fn=D).apply(x)", "STEP-PARAM", "D",
     "Map: `fn` must be a function declared with @step.fn; got the dimension D"),
    ("step.Map(fn=3).apply(x)", "STEP-PARAM", "3", "Map: `fn` must be a function declared with @step.fn; got 3"),
    ("step.Repeat(n=square).apply(x)", "STEP-PARAM", "square",
     "Repeat: `n` must be a dimension, a whole number or a product; got the function square"),
    ("step.Repeat(n=-1).apply(x)", "STEP-PARAM", "-1",
     "Repeat: `n` must be a dimension, a whole number or a product; got -1"),
    ("step.Repeat(n=-1 * D).apply(x)", "STEP-PARAM", "-1 * D",
     "this is no dimension: a dimension cannot be negative: -1"),
    ("step.Bufferize(a=D).apply(x)", "STEP-PARAM", "D",
     "Bufferize: `a` must be a whole number; got the dimension D"),
    ("step.Bufferize(a=x).apply(x)", "STEP-PARAM", "x", "Bufferize: `a` must be a whole number; got a stream"),
    ("step.Flatten(L=[D]).apply(x)", "STEP-PARAM", "[D]",
     "Flatten: `L` must be a list of whole numbers; got a list of 1"),
    ("step.Map(*[square]).apply(x)", "STEP-PARAM", "*[square]", "`*` and `**` cannot be in a body"),
    ("step.Map.apply(x)", "STEP-PARAM", "step.Map.apply(x)",
     "Map is made before it is applied: step.Map(…).apply(…)"),
    ("step.Map(fn=square)(x)", "STEP-PARAM", "step.Map(fn=square)(x)",
     "Map is applied by `.apply`: step.Map(…).apply(…)"),
    ("step.Partition(N=5000).apply((x, x))[0]", "STEP-PARAM", "5000", "Partition makes 1,024 streams at most"),
    ("step.Map(fn=div).apply(x, x)", "STEP-ARITY", "x",
     "Map.apply takes one argument: a stream, or a tuple of streams"),
    ("step.Identity().apply(x, x)", "STEP-ARITY", "x", "Identity.apply takes one argument: a stream"),
    ("step.Map(fn=square).apply()", "STEP-ARITY", "step.Map(fn=square).apply()", "Map.apply needs one stream"),
    ("step.Zip().apply(x, x)", "STEP-ARITY", "x", "Zip.apply takes one argument: a tuple (first, second)"),
    ("step.Zip().apply(x)", "STEP-ARITY", "x", "Zip takes (first, second); got one stream"),
    ("step.Zip().apply((x, x, x))", "STEP-ARITY", "(x, x, x)",
     "Zip takes exactly two streams; got 3: zip two of them first, then the result with the next"),
    ("step.Identity().apply((x, x))", "STEP-ARITY", "(x, x)", "Identity takes one stream; got 2 streams"),
    ("step.Merge(fn=add).apply((x, x))", "STEP-ARITY", "x", "Merge takes a list of streams, then the index"),
    ("step.RepeatRef().apply([x])", "STEP-ARITY", "[x]", "RepeatRef takes (data, ref); got 1 operand"),
    ("step.Map(fn=square).apply(square)", "STEP-ARITY", "square",
     "Map needs a stream here; got the function square"),
    ("step.Map(fn=square).apply(step.Identity())", "STEP-ARITY", "step.Identity()",
     "Map needs a stream here; got Identity that is not applied: add .apply(…)"),
    ("step.Map(fn=square).apply(stream=x)", "STEP-ARITY", "step.Map(fn=square).apply(stream=x)",
     ".apply takes streams without keywords"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "code", "text", "message"), PARAMETERS, ids=[one[0] for one in PARAMETERS])
def test_wrong_parameters_and_operands(call: str, code: str, text: str, message: str) -> None:
    found = [one for one in say(f"return {call}") if one.code not in ("STEP-AFFINE", "STEP-OUTPUT")]
    assert [(one.code, one.text, one.message) for one in found] == [(code, text, message)]


@pytest.mark.parametrize(
    ("body", "text", "message"),
    [
        ("a, b = step.Map(fn=square).apply(x)\nreturn a", "a, b",
         "one stream cannot be unpacked into 2 names; Copy gives two, Partition a list"),
        ("a, b, c = step.Copy().apply(x)\nreturn a", "a, b, c", "2 streams cannot be unpacked into 3 names"),
        ("y = step.Copy().apply(x)\nreturn y[2]", "2", "there are only 2 items; 2 is past the end"),
        ("return square", "square", "return needs a stream here; got the function square"),
    ],
)  # fmt: skip
def test_wrong_numbers_of_streams(body: str, text: str, message: str) -> None:
    found = [one for one in say(body) if one.code != "STEP-OUTPUT"]
    assert [(one.code, one.text, one.message) for one in found] == [("STEP-ARITY", text, message)]
