"""The self-improvement loop (Algorithm 1 of the paper), over any domain of tasks."""
