"""What a task is apart from its names: a hash equal for tasks that differ only in how things are called.

Dimensions are numbered by first occurrence in the streams; functions are ordered by their types and code. Sizes do
not count, except of fixed dimensions; the code of functions and of the reference does, up to names and layout.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from step.dims import Dim
from step.types import Buffer, ElementType, Multihot, STuple, Tile

from step_agents.notation import rename_dim
from step_agents.task import Task


@dataclass(frozen=True)
class Canonical:
    """A task's canonical form: its hash, its functions in canonical order, and its features (for likeness)."""

    hash: str
    functions: tuple[str, ...]
    dims: tuple[str, ...]
    features: Counter[str]


def canonical_hash(task: Task) -> str:
    """The hash of a task, equal for all tasks that differ in names only."""
    return canonical(task).hash


def canonical(task: Task) -> Canonical:
    """The canonical form of a task."""
    return _canonical(json.dumps(task.to_json(), sort_keys=False))


def likeness(left: Task, right: Task) -> float:
    """How alike two tasks' types and functions are, 0 to 1: the shared part of their features."""
    ours, theirs = canonical(left).features, canonical(right).features
    union = sum((ours | theirs).values())
    return sum((ours & theirs).values()) / union if union else 1.0


@lru_cache(maxsize=4096)
def _canonical(text: str) -> Canonical:
    task = Task.from_json(json.loads(text))
    specification = task.specification
    names = _Numbering()
    for stream in (*specification.input_types, *specification.output_types):
        names.see_element(stream.element)
        names.see(stream.known_shape)
    inputs: list[list[object]] = [
        [names.element(spec.type.element), names.shape(spec.type.known_shape), spec.data, spec.scale, spec.ones]
        for _, spec in specification.inputs
    ]
    outputs: list[list[object]] = [
        [names.element(one.element), names.shape(one.known_shape)] for one in specification.output_types
    ]
    called = {
        called: f"fixed{dim.size}" if dim.fixed else names.numbers.get(name, "d?")
        for name, dim in task.dims.items()
        for called in (name, *dim.names)
    }
    constants = _constants(task, called)
    keyed = []
    bodies: dict[str, str] = {}
    for name, function in task.signatures.items():
        signature = [
            names.element(function.element),
            names.element(function.result),
            function.init and str(function.init),
        ]
        code = bodies[name] = _normal(task.functions[name].code or "", called, constants)
        keyed.append((json.dumps([signature, code]), name, signature))
    keyed.sort()
    reference = _normal(task.reference, called, {**constants, **{name: _short(code) for name, code in bodies.items()}})
    form = json.dumps([1, inputs, outputs, [key for key, _, _ in keyed], reference, task.array])
    features = Counter(f"{_loose(one[0])} {_loose(one[1])}" for one in (*inputs, *outputs))
    features.update(f"{one[0]} {one[1]}" for one in (*inputs, *outputs))
    features.update(f"fn {_loose(signature)}" for _, _, signature in keyed)
    features.update(f"fn {signature}" for _, _, signature in keyed)
    return Canonical(
        hashlib.blake2b(form.encode(errors="surrogatepass"), digest_size=16).hexdigest(),
        tuple(name for _, name, _ in keyed),
        tuple(names.numbers),
        features,
    )


def _loose(text: object) -> str:
    """A type's or shape's text without its dimensions: what it is built like."""
    return re.sub(r"[^][(), ]*d[\d?][^][(), ]*", "_", str(text))


class _Numbering:
    """Numbers dimensions by first occurrence; those that occur only in functions are all alike."""

    def __init__(self) -> None:
        self.numbers: dict[str, str] = {}

    def see(self, dims: Iterable[Dim]) -> None:
        for dim in dims:
            for name, _ in dim.factors:
                self.numbers.setdefault(name, f"d{len(self.numbers)}")

    def see_element(self, element: ElementType) -> None:
        match element:
            case Buffer():
                self.see_element(element.element)
                self.see(element.dims)
            case Multihot():
                self.see([element.length])
            case Tile():
                self.see(element.dims)
            case STuple():
                for one in element.fields:
                    self.see_element(one)

    def dim(self, dim: Dim) -> str:
        unlabelled = Dim(dim.numerator, dim.denominator, dim.factors)
        return rename_dim(unlabelled, {name: self.numbers.get(name, "d?") for name, _ in dim.factors})

    def shape(self, dims: Iterable[Dim]) -> str:
        return "[" + ", ".join(map(self.dim, dims)) + "]"

    def element(self, element: ElementType) -> str:
        match element:
            case Buffer():
                return f"Buffer({self.element(element.element)}, {self.shape(element.dims)})"
            case Multihot():
                return f"Multihot({element.dtype}, {self.dim(element.length)})"
            case Tile():
                return f"Tile({element.dtype}, {self.shape(element.dims)})"
            case STuple():
                return "(" + ", ".join(map(self.element, element.fields)) + ")"
            case _:
                return str(element)


def _constants(task: Task, dims: Mapping[str, str]) -> Mapping[str, str]:
    """What helpers bind, by name: the text of the right-hand side, so that a renamed weight is the same weight."""
    try:
        tree = ast.parse(task.helpers)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, str] = {}
    for statement in tree.body:
        known = dict(found)  # a right-hand side knows what was bound before it
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                names = [one for one in ast.walk(target) if isinstance(one, ast.Name)]
                for index, one in enumerate(names):
                    found[one.id] = _short(f"{index}:{_dump(statement.value, dims, known)}")
        elif isinstance(statement, ast.FunctionDef):
            found[statement.name] = _short(_function(statement, dims, known))
    return found


def _short(text: str) -> str:
    """A text that stands for itself, or for a long one: what is made of what is made of … must not grow without end."""
    return text if len(text) <= 1000 else hashlib.blake2b(text.encode(errors="surrogatepass")).hexdigest()


def _normal(code: str, dims: Mapping[str, str], constants: Mapping[str, str]) -> str:
    """Code without names of its own: a function's name, arguments and locals are numbered."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return " ".join(code.split())
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.FunctionDef):
        return _function(tree.body[0], dims, constants)
    return _dump(tree, dims, constants)


def _function(node: ast.FunctionDef, dims: Mapping[str, str], constants: Mapping[str, str]) -> str:
    body = node.body
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str):
        body = body[1:]
    own: dict[str, str] = {}
    rest = [one for one in (node.args.vararg, node.args.kwarg) if one is not None]
    for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, *rest):
        own[argument.arg] = f"v{len(own)}"
    for statement in body:
        for one in ast.walk(statement):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                own.setdefault(one.id, f"v{len(own)}")
            elif isinstance(one, ast.arg):  # of a lambda, or of a function within
                own.setdefault(one.arg, f"v{len(own)}")
    arguments = len(node.args.args)
    return f"{arguments}|" + ";".join(_dump(statement, dims, constants, own) for statement in body)


def _dump(
    node: ast.AST, dims: Mapping[str, str], constants: Mapping[str, str], own: Mapping[str, str] | None = None
) -> str:
    local = own or {}
    if isinstance(node, ast.Name):
        name = node.id
        return local.get(name) or dims.get(name) or (f"<{constants[name]}>" if name in constants else name)
    if isinstance(node, ast.Constant):
        return repr(node.value)
    if isinstance(node, ast.arg):
        return local.get(node.arg, node.arg)
    parts = []
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            parts.append(f"{name}={_dump(value, dims, constants, own)}")
        elif isinstance(value, list):
            items = [_dump(one, dims, constants, own) if isinstance(one, ast.AST) else repr(one) for one in value]
            parts.append(f"{name}=[{','.join(items)}]")
        elif value is not None and not isinstance(value, int) and name not in ("type_comment", "ctx"):
            parts.append(f"{name}={value!r}")
    return f"{type(node).__name__}({','.join(parts)})"
