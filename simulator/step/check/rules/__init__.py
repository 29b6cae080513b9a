"""The rules of the static check. A rule is a module with ``CODES`` (code → explanation) and ``run(subject)``."""
