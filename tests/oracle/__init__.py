"""The oracle: STeP's primitives, one element at a time, in plain Python loops.

It shares no code with `step.simulate` and is written to be obviously right, not fast: a stream is a list of elements
in row-major order.  Tests compare the simulator's values with it, and the benchmarks its time.
"""

from tests.oracle.run import run_program
from tests.oracle.streams import OracleError, Stream

__all__ = ["OracleError", "Stream", "run_program"]
