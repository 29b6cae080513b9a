"""Random well-typed programs: the simulator runs them with exactly the inferred shapes, and as the oracle does."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from step.simulate.dtypes import leaf_array
from step.simulate.engine import execute
from step.simulate.errors import SimulationError
from step.simulate.functions import FunctionTable
from step.simulate.make import make_inputs
from step.types import Leaf

from tests.oracle import OracleError, run_program
from tests.programs import SIZES, Case, cases

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
OTHER_SIZES = {"A": 3, "B": 1, "C": 2, "H": 5, "Z": 4}
WITH_ZERO = {"A": 0, "B": 2, "C": 3, "H": 1, "Z": 2}


@FEW
@given(cases(), st.sampled_from([SIZES, OTHER_SIZES, WITH_ZERO]), st.integers(0, 3))
def test_the_shapes_are_the_inferred_ones_and_the_values_the_oracles(
    case: Case, sizes: dict[str, int], draw: int
) -> None:
    table = FunctionTable(case.declared(sizes), sizes, "f64", "")
    inputs = make_inputs(case.specification, sizes, draw, "f64")
    try:
        execution = execute(case.program, inputs, table, typing=case.typing)
    except SimulationError as error:
        if error.code == "STEP-DATA":  # an index that functions computed may hold other values than 0 and 1
            with pytest.raises(OracleError):
                run_program(
                    case.program,
                    case.specification.input_types,
                    case.bodies(sizes),
                    [data.arrays for data in inputs],
                    sizes,
                )
            return
        assert error.code == "STEP-SIZE" and 0 in sizes.values()  # nothing is divided into blocks of 0
        return
    for value, data in zip(case.program.outputs, execution.outputs, strict=True):
        type_ = case.typing.types[value]
        expected = [
            leaf_array(Leaf(one.dtype, one.dims + type_.known_shape), sizes, "f64") for one in type_.element.leaves
        ]
        assert [array.shape for array in data.arrays] == [one.shape for one in expected]
        assert [array.dtype for array in data.arrays] == [one.dtype for one in expected]
    looped = run_program(
        case.program,
        case.specification.input_types,
        case.bodies(sizes),
        [data.arrays for data in inputs],
        sizes,
    )
    for data, arrays in zip(execution.outputs, looped, strict=True):
        for ours, theirs in zip(data.arrays, arrays, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_the_drawn_programs_have_every_primitive() -> None:
    every = {
        "Accum", "Bufferize", "Copy", "Flatten", "Identity", "Map", "Merge", "Partition", "Promote", "Repeat",
        "RepeatRef", "Reshape", "Scan", "Streamify", "Zip",
    }  # fmt: skip
    seen: Counter[str] = Counter()
    # What hypothesis draws depends on which modules are loaded: a hundred programs may lack a rare primitive.
    for number in range(10):

        @seed(number)
        @settings(max_examples=100, deadline=None, database=None)
        @given(cases())
        def count(case: Case) -> None:
            seen.update(node.primitive.name for node in case.program.nodes)

        count()
        if set(seen) == every:
            break
    assert set(seen) == every
