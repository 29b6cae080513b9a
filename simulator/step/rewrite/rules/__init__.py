"""Rewrite rules. A rule is a module with ``RULE`` (its name), ``CODES`` (the diagnostics it answers), ``ORDER`` (which
to try first) and ``propose(case)``."""
