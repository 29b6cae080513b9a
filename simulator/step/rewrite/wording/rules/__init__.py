"""The rules for a body's text. A rule is a module with ``ORDER``, ``RULE`` (its name) and ``propose(text)``."""
