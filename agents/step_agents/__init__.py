"""Proposers, guardian, experience and the self-improvement loop."""
