"""From text to declarations and programs: tolerant of half-typed code, importing and running nothing."""

from step.source.body import Body, NodeSource, Occurrence
from step.source.module import Definition, Module, ModuleReader, OperatorSource, read

__all__ = ["Body", "Definition", "Module", "ModuleReader", "NodeSource", "Occurrence", "OperatorSource", "read"]
