"""Single mutations of a solution's text, made through Python's syntax tree.

Every mutant differs from the solution in one place: another operand, another function of the same kind, another
number or dimension, swapped or dropped or added primitives, swapped experts or outputs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from step.function import Function
from step.types import same_element


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mutated function text, with the kind of mutation and where it is: `kind` and `change` tell it from others."""

    kind: str
    change: str
    text: str

    @property
    def name(self) -> str:
        """What was done, in one line."""
        return f"{self.kind}: {self.change}"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a body can name besides its streams: functions, dims, and the module's lists of functions."""

    functions: Mapping[str, Function]
    dims: Sequence[str]
    lists: Mapping[str, Sequence[str]]

    def same_kind(self, name: str) -> list[str]:
        """The other functions with the signature of one."""
        one = self.functions[name]
        return [
            other
            for other, function in self.functions.items()
            if other != name
            and function.is_fold == one.is_fold
            and same_element(function.element, one.element)
            and same_element(function.result, one.result)
        ]

    def endomorphisms(self) -> list[str]:
        """Functions that can be applied without changing the element's type, as a Map or as a Scan."""
        return [name for name, one in self.functions.items() if same_element(one.element, one.result)]


Edit = Callable[[ast.expr], None]


def mutants(solution: str, scope: Scope) -> Iterator[Mutant]:
    """All single mutations of a solution (the text of one function), in a stable order, without repetitions."""
    tree = _Tree(solution)
    seen = {ast.unparse(tree.module)}
    for kind, change, mutated in _all(tree, scope):
        text = ast.unparse(ast.fix_missing_locations(mutated.module))
        if text not in seen:
            seen.add(text)
            yield Mutant(kind, change, text + "\n")


class _Tree:
    """The syntax tree of a text.  A copy is parsed again: much faster than a deep copy."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.module = ast.parse(text)
        self.body = self.module.body

    def copy(self) -> _Tree:
        """Another tree of the same text, to be changed."""
        return _Tree(self.text)


Found = tuple[str, str, _Tree]


def _all(tree: _Tree, scope: Scope) -> Iterator[Found]:
    body = _body(tree)
    module = _alias(tree)
    for at, statement in enumerate(body):
        before = _streams_before(tree, at)
        for site, call in _applications(statement):
            yield from _operands(tree, at, site, call, before)
            yield from _swaps(tree, at, site, call)
            yield from _functions(tree, at, site, call, scope)
            yield from _parameters(tree, at, site, call, scope)
            yield from _primitives(tree, at, site, call, module)
        yield from _experts(tree, at, scope)
        yield from _dropped(tree, at)
        if isinstance(statement, ast.Return):
            yield from _outputs(tree, at, before)
    yield from _added(tree, scope, module)


def _operands(tree: _Tree, at: int, site: int, call: ast.Call, before: Sequence[str]) -> Iterator[Found]:
    names = [node for node in ast.walk(call.args[0]) if isinstance(node, ast.Name)]
    if isinstance(call.args[0], ast.Name) and call.args[0].id not in before:
        return  # a comprehension's own variable
    for place, name in enumerate(names):
        for other in before:
            if other != name.id:
                change = f"line {at + 1}: {primitive_of(call)} of {other} instead of {name.id}"
                yield "operand", change, _edited(tree, at, site, _rename(place, other))


def _rename(place: int, other: str) -> Callable[[ast.Call], None]:
    def edit(call: ast.Call) -> None:
        [node for node in ast.walk(call.args[0]) if isinstance(node, ast.Name)][place].id = other

    return edit


def _swaps(tree: _Tree, at: int, site: int, call: ast.Call) -> Iterator[Found]:
    operands = call.args[0]
    if isinstance(operands, ast.Tuple) and len(operands.elts) == 2:

        def edit(call: ast.Call) -> None:
            assert isinstance(call.args[0], ast.Tuple)
            call.args[0].elts.reverse()

        yield f"swapped {primitive_of(call)}", f"line {at + 1}", _edited(tree, at, site, edit)


def _functions(tree: _Tree, at: int, site: int, call: ast.Call, scope: Scope) -> Iterator[Found]:
    keyword = _keyword(call, "fn")
    if keyword is None or not isinstance(keyword.value, ast.Name) or keyword.value.id not in scope.functions:
        return
    name = keyword.value.id
    for other in scope.same_kind(name):

        def edit(call: ast.Call, other: str = other) -> None:
            found = _keyword(call, "fn")
            assert found is not None
            found.value = ast.Name(other, ast.Load())

        yield "function", f"line {at + 1}: {other} instead of {name}", _edited(tree, at, site, edit)


def _parameters(tree: _Tree, at: int, site: int, call: ast.Call, scope: Scope) -> Iterator[Found]:
    spelled = call.func.value  # type: ignore[attr-defined]
    for keyword in spelled.keywords:
        if keyword.arg == "fn":
            continue
        was = ast.unparse(keyword.value)
        for other in _other_values(keyword, scope):

            def edit(call: ast.Call, arg: str | None = keyword.arg, other: str = other) -> None:
                found = _keyword(call, str(arg))
                assert found is not None
                found.value = ast.parse(other, mode="eval").body

            change = f"line {at + 1}: {primitive_of(call)}({keyword.arg}={other}) instead of {was}"
            yield "parameter", change, _edited(tree, at, site, edit)


def _other_values(keyword: ast.keyword, scope: Scope) -> Iterator[str]:
    match keyword.value:
        case ast.Constant(value=int(number)) if keyword.arg in ("a", "b"):
            yield from (str(other) for other in range(4) if other != number)
        case ast.Constant(value=int(number)):
            yield from (str(other) for other in (number - 1, number + 1, 2 * number))
            yield from scope.dims
        case ast.Name(id=name):
            yield from (dim for dim in scope.dims if dim != name)
            yield from ("1", f"2 * {name}")
        case ast.List() as listed:
            numbers: list[int] = ast.literal_eval(listed)
            yield from (str([other]) for other in range(4) if [other] != numbers)
            yield str([*numbers, max(numbers) + 1])


def _primitives(tree: _Tree, at: int, site: int, call: ast.Call, module: str) -> Iterator[Found]:
    other = {"Accum": "Scan", "Scan": "Accum", "Copy": "Zip"}.get(primitive_of(call))
    if other is None:
        return

    def edit(call: ast.Call) -> None:
        call.func.value.func.attr = other  # type: ignore[attr-defined]

    yield "primitive", f"line {at + 1}: {other} instead of {primitive_of(call)}", _edited(tree, at, site, edit)


def _experts(tree: _Tree, at: int, scope: Scope) -> Iterator[Found]:
    """In `[Map(fn=f).apply(s) for f, s in zip(experts, parts)]`: two experts swapped, or one twice; parts reversed."""
    comprehension = _comprehension(_body(tree)[at])
    if comprehension is None:
        return
    zipped = comprehension.generators[0].iter
    assert isinstance(zipped, ast.Call)
    listed = zipped.args[0]
    if isinstance(listed, ast.List):
        experts = [one.id for one in listed.elts if isinstance(one, ast.Name)]
    else:
        assert isinstance(listed, ast.Name)
        experts = list(scope.lists[listed.id])
    for first in range(len(experts)):
        for second in range(len(experts)):
            if first == second:
                continue
            twice = list(experts)
            twice[first] = experts[second]
            yield "expert", f"line {at + 1}: {', '.join(twice)}", _with_experts(tree, at, twice)
            if first < second:
                swapped = list(experts)
                swapped[first], swapped[second] = experts[second], experts[first]
                yield "swapped experts", f"line {at + 1}: {', '.join(swapped)}", _with_experts(tree, at, swapped)
    yield "expert", f"line {at + 1}: one too few", _with_experts(tree, at, experts[:-1])


def _with_experts(tree: _Tree, at: int, experts: Sequence[str]) -> _Tree:
    mutated = tree.copy()
    comprehension = _comprehension(_body(mutated)[at])
    assert comprehension is not None
    zipped = comprehension.generators[0].iter
    assert isinstance(zipped, ast.Call)
    zipped.args[0] = ast.List([ast.Name(name, ast.Load()) for name in experts], ast.Load())
    return mutated


def _dropped(tree: _Tree, at: int) -> Iterator[Found]:
    """The statement's primitive left out: its result is (one of) its operands."""
    statement = _body(tree)[at]
    value = statement.value if isinstance(statement, (ast.Assign, ast.Return)) else None
    if not is_application(value):
        return
    assert isinstance(value, ast.Call)
    operands = value.args[0]
    choices: list[ast.expr] = list(operands.elts) if isinstance(operands, ast.Tuple) else [operands]
    if primitive_of(value) == "Copy":
        choices = [ast.Tuple([operands, operands], ast.Load())]
    for choice in choices:
        mutated = tree.copy()
        target = _body(mutated)[at]
        assert isinstance(target, (ast.Assign, ast.Return))
        target.value = choice
        change = f"line {at + 1}: {primitive_of(value)} left out, {ast.unparse(choice)} instead"
        yield "dropped", change, mutated


def _outputs(tree: _Tree, at: int, before: Sequence[str]) -> Iterator[Found]:
    statement = _body(tree)[at]
    assert isinstance(statement, ast.Return) and statement.value is not None
    values = list(statement.value.elts) if isinstance(statement.value, ast.Tuple) else [statement.value]
    for place, value in enumerate(values):
        for other in before:
            if isinstance(value, ast.Name) and value.id == other:
                continue
            mutated = tree.copy()
            returned = _body(mutated)[at]
            assert isinstance(returned, ast.Return)
            if isinstance(returned.value, ast.Tuple):
                returned.value.elts[place] = ast.Name(other, ast.Load())
            else:
                returned.value = ast.Name(other, ast.Load())
            yield "output", f"output {place} is {other}", mutated
    if len(values) == 2:
        mutated = tree.copy()
        returned = _body(mutated)[at]
        assert isinstance(returned, ast.Return) and isinstance(returned.value, ast.Tuple)
        returned.value.elts.reverse()
        yield "output", "outputs swapped", mutated


def _added(tree: _Tree, scope: Scope, module: str) -> Iterator[Found]:
    """One more primitive on every stream, right after it is made (or on the returned value)."""
    spelled = [f"{module}.Identity()", f"{module}.Streamify()", f"{module}.Bufferize(a=1)", f"{module}.Promote(b=0)"]
    spelled += [f"{module}.Promote(b=1)", f"{module}.Repeat(n=1)", f"{module}.Flatten(L=[1])"]
    for name in scope.endomorphisms():
        primitive = f"Scan(fn={name}, b=1)" if scope.functions[name].is_fold else f"Map(fn={name})"
        spelled.append(f"{module}.{primitive}")
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    made = [(-1, argument.arg) for argument in function.args.args]
    made += [(at, name) for at, statement in enumerate(_body(tree)) for name in _assigned(statement)]
    for at, name in made:
        for primitive in spelled:
            mutated = tree.copy()
            line = ast.parse(f"{name} = {primitive}.apply({name})").body[0]
            _body(mutated).insert(at + 1, line)
            yield "added", f"{primitive.partition('.')[2]} on {name}", mutated
    returned = _body(tree)[-1]
    if isinstance(returned, ast.Return) and is_application(returned.value):
        for primitive in spelled:
            mutated = tree.copy()
            last = _body(mutated)[-1]
            assert isinstance(last, ast.Return) and last.value is not None
            wrapped = ast.parse(f"{primitive}.apply(x)", mode="eval").body
            assert isinstance(wrapped, ast.Call)
            wrapped.args[0] = last.value
            last.value = wrapped
            yield "added", f"{primitive.partition('.')[2]} on the result", mutated


def _body(tree: _Tree) -> list[ast.stmt]:
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    return function.body


def _alias(tree: _Tree) -> str:
    """The name under which the solution's module imports `step`."""
    for node in ast.walk(tree.module):
        if is_application(node):
            return str(node.func.value.func.value.id)  # type: ignore[attr-defined]
    raise ValueError("the solution applies no primitive")


def _assigned(statement: ast.stmt) -> list[str]:
    if not isinstance(statement, ast.Assign):
        return []
    return [node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)]


def _streams_before(tree: _Tree, at: int) -> list[str]:
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    names = [argument.arg for argument in function.args.args]
    return names + [name for statement in function.body[:at] for name in _assigned(statement)]


def _applications(statement: ast.stmt) -> Iterator[tuple[int, ast.Call]]:
    """The primitives applied in a statement, each with its place in the walk of the statement's tree."""
    for site, node in enumerate(ast.walk(statement)):
        if is_application(node):
            assert isinstance(node, ast.Call)
            yield site, node


def is_application(node: ast.AST | None) -> bool:
    """Whether a node is `step.Primitive(…).apply(…)`."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "apply"
        and isinstance(node.func.value, ast.Call)
        and isinstance(node.func.value.func, ast.Attribute)
    )


def primitive_of(call: ast.Call) -> str:
    """The primitive's name of `step.Primitive(…).apply(…)`."""
    return str(call.func.value.func.attr)  # type: ignore[attr-defined]


def _keyword(call: ast.Call, arg: str) -> ast.keyword | None:
    spelled = call.func.value  # type: ignore[attr-defined]
    return next((keyword for keyword in spelled.keywords if keyword.arg == arg), None)


def _comprehension(statement: ast.stmt) -> ast.ListComp | None:
    return next((node for node in ast.walk(statement) if isinstance(node, ast.ListComp)), None)


def _edited(tree: _Tree, at: int, site: int, edit: Callable[[ast.Call], None]) -> _Tree:
    mutated = tree.copy()
    call = list(ast.walk(_body(mutated)[at]))[site]
    assert isinstance(call, ast.Call)
    edit(call)
    return mutated
