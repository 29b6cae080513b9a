from __future__ import annotations

import textwrap

import numpy as np
import pytest
import step
from step.choice import Choice
from step.program import StreamSpec
from step.simulate.errors import SimulationError
from step.simulate.load import load
from step.simulate.make import make_stream
from step.simulate.problem import Problem, pose
from step.types import Buffer, Multihot, Scalar, StreamType, STuple, f32

from tests.simulate.written import OPERATOR, line_of, module_text

SIZES = {"D": 6, "N": 40}
D, N = step.dims(D=6, N=40)


def posed(text: str, operator: str = OPERATOR, **choice: object) -> Problem:
    module = load(text, "m.py", Choice(**choice))  # type: ignore[arg-type]
    return pose(module, module.operators[operator], 0)


def make(element: object, **how: object) -> list[np.ndarray]:
    spec = StreamSpec(StreamType(step.types.as_element(element), (D, N)), **how)  # type: ignore[arg-type]
    data = make_stream(spec, SIZES, np.random.default_rng(0), "f64")
    assert data.axes == 2
    return list(data.arrays)


def test_inputs_are_seeded_read_only_float64() -> None:
    problem = posed(module_text())
    (array,) = problem.inputs[0].arrays
    assert (array.shape, array.dtype, array.flags.writeable) == ((7, 16), "float64", False)
    assert (array == posed(module_text()).inputs[0].arrays[0]).all()
    assert (array == array.astype(np.float32)).all()
    np.testing.assert_allclose(problem.expected[0].arrays[0], (array**2).sum(-1))


def test_float32_sees_the_same_data() -> None:
    single, double = posed(module_text(), precision="f32"), posed(module_text())
    assert single.inputs[0].arrays[0].dtype == single.expected[0].arrays[0].dtype == "float32"
    assert (single.inputs[0].arrays[0] == double.inputs[0].arrays[0]).all()


def test_kinds_of_data() -> None:
    (normal,), (uniform,), (ones,), (binary,) = (
        make(f32, data=kind) for kind in ("normal", "uniform", "ones", "binary")
    )
    assert normal.shape == (40, 6)
    assert normal.min() < -1 < 1 < normal.max()
    assert 0 <= uniform.min() < 0.2 < 0.8 < uniform.max() < 1
    assert (ones == 1).all()
    assert set(binary.flat) == {0.0, 1.0}
    (scaled,) = make(f32, scale=100.0)
    np.testing.assert_allclose(scaled, normal * 100, rtol=1e-6)


def test_whole_numbers_and_booleans() -> None:
    (integers,), (booleans,) = make("i32"), make("bool", data="uniform")
    assert integers.dtype == np.int32 and len(set(integers.flat)) > 5
    assert booleans.dtype == np.bool_ and set(booleans.flat) == {False, True}


def test_elements_of_all_kinds() -> None:
    row, flag = make(STuple((Buffer("f32", [D]), Multihot("f32", 3))))
    assert (row.shape, flag.shape) == ((40, 6, 6), (40, 6, 3))
    first, second = make(Buffer(STuple((f32, Scalar("i8"))), [4, D]))
    assert first.shape == second.shape == (40, 6, 6, 4)


@pytest.mark.parametrize("ones", [(1, 1), (0, 2), (2, 3), None])
def test_multihots_have_as_many_bits_as_asked(ones: tuple[int, int] | None) -> None:
    (bits,) = make(Multihot("f32", 4), ones=ones)
    counts = bits.sum(-1)
    low, high = ones or (0, 4)
    assert set(bits.flat) == {0.0, 1.0}
    assert set(counts.flat) == set(range(low, high + 1))
    assert (bits.sum((0, 1)) > 0).all()


def test_one_inputs_size_does_not_change_anothers_data() -> None:
    text = textwrap.dedent("""
        import step
        from step import f32
        A, B = step.dims(A=3, B=4)
        @step.operator(inputs={"a": step.stream(f32, [A]), "b": step.stream(f32, [B])},
                       outputs=step.stream(f32, [B]), reference=lambda a, b: b)
        def second(a, b): ...
    """)
    small, large = posed(text, "second"), posed(text, "second", sizes={"A": 30})
    assert (small.inputs[1].arrays[0] == large.inputs[1].arrays[0]).all()


TUPLES = """
import numpy as np
import step
from step import f32, Buffer
D, N = step.dims(D=4, N=3)
def reference(pair):
    {0}
@step.operator(inputs={{"pair": step.stream((f32, Buffer(f32, [D])), [N])}},
               outputs=({1}), reference=reference)
def pairs(pair): ...
"""


def test_tuples_are_tuples_of_arrays() -> None:
    text = TUPLES.format(
        "x, y = pair; return y, (x, y)", "step.stream(f32, [D, N]), step.stream((f32, Buffer(f32, [D])), [N])"
    )
    problem = posed(text, "pairs")
    assert [one.shape for data in problem.expected for one in data.arrays] == [(3, 4), (3,), (3, 4)]


@pytest.mark.parametrize(
    ("returned", "outputs", "words"),
    [
        ("return pair[0]", "step.stream(f32, [N]), step.stream(f32, [N])", "2 arrays, one an output"),
        ("return pair[0], pair[0], pair[0]", "step.stream(f32, [N]), step.stream(f32, [N])", "returned 3 values"),
        ("return pair[1]", "step.stream(f32, [N])", "(3, 4), in STeP order [4, 3]"),
        ("return pair[1].T", "step.stream(f32, [D, N])", "declared is f32, [D, N], so NumPy shape (3, 4)"),
        ("return None", "step.stream(f32, [N])", "no array of numbers"),
        ("return 'x'", "step.stream(f32, [N])", "no array of numbers"),
        ("return pair[0]", "step.stream((f32, f32), [N])", "tuple of 2 arrays"),
        ("return pair[0], pair[1]", "step.stream((f32, f32), [N])", "field 1 of the output"),
        ("pair[0][0] = 3; return pair[0]", "step.stream(f32, [N])", "inputs are read-only"),
        ("raise ValueError('no')", "step.stream(f32, [N])", "ValueError: no"),
        ("import sys; sys.exit(1)", "step.stream(f32, [N])", "sys.exit"),
    ],
)
def test_a_wrong_reference_is_reported_at_its_line(returned: str, outputs: str, words: str) -> None:
    text = TUPLES.format(returned, outputs)
    with pytest.raises(SimulationError) as caught:
        posed(text, "pairs")
    assert caught.value.code == "STEP-REFERENCE"
    assert words in caught.value.message
    assert caught.value.span is not None
    where = "def reference" if "return" in returned and "= 3" not in returned else returned
    assert caught.value.span.line == line_of(text, where)


def test_no_reference() -> None:
    with pytest.raises(SimulationError, match="has no reference"):
        posed(module_text().replace("    reference=reference,\n", ""))


def test_a_reference_may_return_its_input() -> None:
    text = TUPLES.format("return pair[0]", "step.stream(f32, [N])")
    problem = posed(text, "pairs")
    assert problem.expected[0].arrays[0] is not problem.inputs[0].arrays[0]


def test_torch_references_get_tensors_and_may_not_change_them() -> None:
    pytest.importorskip("torch")
    text = module_text().replace(
        "import numpy as np", "import numpy as np\nimport torch\nimport step\nstep.use('torch')"
    )
    problem = posed(text)
    np.testing.assert_allclose(problem.expected[0].arrays[0], (problem.inputs[0].arrays[0] ** 2).sum(-1))
    with pytest.raises(SimulationError, match="changes its argument"):
        posed(text.replace("return (x * x).sum(-1)", "x += 1; return x.sum(-1)"))
