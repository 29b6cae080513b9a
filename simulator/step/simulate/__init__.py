"""Execution of programs on data."""
