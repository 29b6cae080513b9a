"""The benchmark: operators to synthesise, as holes, and how suites of them are found.

Two suites are packed: `paper`, the 26 operators of the ICML 2025 paper (arXiv 2502.02534), and `extended`, 20 more of
the kinds that people write.
"""

from step_agents.benchmark.suite import Suite, SuiteError, Task, load_suite

__all__ = ["Suite", "SuiteError", "Task", "load_suite"]
