"""One attempt at lowering: steps, one after the other, become primitives.

What is free (:class:`Plan`) is given; :mod:`.lower` tries plans. Every use of a value gets the layout that it needs by
the fewest primitives from one that the value already has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from step.dims import Dim, Shape, product
from step.function import Function
from step.primitives.accum import Accum
from step.primitives.base import Primitive
from step.primitives.bufferize import Bufferize
from step.primitives.flatten import Flatten
from step.primitives.map import Map
from step.primitives.merge import Merge
from step.primitives.partition import Partition
from step.primitives.promote import Promote
from step.primitives.repeat import Repeat
from step.primitives.reshape import Reshape
from step.primitives.scan import Scan
from step.primitives.streamify import Streamify
from step.primitives.zip import Zip
from step.program import Builder, Program
from step.types import StreamType, STuple

from step_agents.proposers.search.arrangement import CannotLower, fitted, folded, groups, index_length, plain
from step_agents.proposers.search.cover import Recipe
from step_agents.proposers.search.kinds import Splits, peel
from step_agents.proposers.search.layouts import Item, Items, Layout, Move, Sources, layouts_with_buffer, route
from step_agents.proposers.search.terms import Term

MAX_SHAPES = 6
"""Stream shapes that are tried for one step."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An output: its value, and which of the output's canonical dimensions the value has."""

    term: Term
    type: StreamType
    kept: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is free in lowering a step: the number of the stream shape taken, and whether equal arguments are zipped
    before they are repeated."""

    shape: int = 0
    together: bool = True


@dataclass
class _Streams:
    """The layouts in which a value is there, with the stream of each."""

    term: Term | None
    axes: Shape
    made: dict[Layout, int] = field(default_factory=dict)

    @property
    def sources(self) -> Sources:
        return tuple(self.made)


class Lowering:
    """One attempt with given plans. The program it makes may use a stream twice."""

    def __init__(
        self,
        inputs: Sequence[tuple[str, StreamType]],
        functions: dict[str, Function],
        splits: Splits,
        plans: dict[int, Plan],
    ) -> None:
        self._functions, self._splits, self._plans = functions, splits, plans
        self._builder = Builder(len(inputs), [name for name, _ in inputs])
        self._streams: dict[Term, _Streams] = {}
        self._new: dict[tuple[Dim, int], int] = {}
        self._tuples: dict[tuple[Term, ...], _Streams] = {}
        self.shapes: list[int] = []
        self._inputs = inputs

    def run(self, steps: Sequence[Term], outputs: Sequence[Wanted]) -> Program:
        """The program."""
        for number, step in enumerate(steps):
            assert step.recipe is not None
            self._step(number, step, step.recipe)
        results = [self._output(one) for one in outputs]
        return self._builder.build(results)

    # Values

    def _of(self, term: Term) -> _Streams:
        known = self._streams.get(term)
        if known is None:
            assert term.recipe is None
            _, stream = self._inputs[term.input]
            known = self._streams[term] = _Streams(term, term.kind.dims)
            buffer, items = self._typed(stream)
            known.made[Layout(buffer, items)] = term.input
        return known

    def _typed(self, stream: StreamType) -> tuple[Items, Items]:
        _, buffer = peel(stream.element)
        items = self._items((*buffer, *stream.known_shape), 0)
        return items[: len(buffer)], items[len(buffer) :]

    def _items(self, shape: Shape, start: int) -> Items:
        """A declared shape as items, its axes numbered from ``start``."""
        items: list[Item] = []
        for dim in shape:
            count = len(self._splits.factors_of(dim))
            items.append(tuple(range(start, start + count)))
            start += count
        return tuple(items)

    def _fresh(self, dims: Sequence[Dim]) -> list[int]:
        """The axes that a value is repeated along: the same dimension twice is two axes."""
        seen: dict[Dim, int] = {}
        axes: list[int] = []
        for dim in dims:
            seen[dim] = seen.get(dim, 0) + 1
            axes.append(self._new.setdefault((dim, seen[dim]), -1 - len(self._new)))
        return axes

    def _dim(self, streams: _Streams, axes: Item) -> Dim:
        names = {number: dim for (dim, _), number in self._new.items()}
        return product(streams.axes[axis] if axis >= 0 else names[axis] for axis in axes)

    def _reach(self, streams: _Streams, goal: Layout) -> int:
        """The stream of a value in a layout; makes it if need be."""
        known = streams.made.get(goal)
        if known is not None:
            return known
        found = route(streams.sources, goal)
        if found is None:
            raise CannotLower(f"no way to the layout of {streams.term}")
        source, path = found
        value = streams.made[source]
        for move, layout in path:
            if layout in streams.made:
                value = streams.made[layout]
                continue
            value = self._builder.add(self._primitive(streams, move), (value,))[0]
            streams.made[layout] = value
        return value

    def _primitive(self, streams: _Streams, move: Move) -> Primitive:
        match move.kind:
            case "Bufferize":
                return Bufferize(a=move.number)
            case "Streamify":
                return Streamify()
            case "Promote":
                return Promote(b=move.number)
            case "Flatten":
                return Flatten(L=tuple(range(move.number, move.last + 1)))
            case "Reshape":
                return Reshape(L=(move.number,), S=self._dim(streams, move.axes))
            case "Repeat":
                return Repeat(n=self._dim(streams, move.axes))

    # Steps

    def _step(self, number: int, step: Term, recipe: Recipe) -> None:
        plan = self._plans[number]
        options = self._shapes(step, recipe)
        self.shapes.append(len(options))
        if not options:
            raise CannotLower(f"no stream shape for {recipe}")
        shape = options[min(plan.shape, len(options) - 1)]
        if recipe.role.is_merge:
            value = self._merge(step, recipe, shape, plan)
            kept: Items = shape
        else:
            depth = folded(recipe, shape)
            operands = self._arguments(step, recipe, shape, range(len(step.arguments)), plan, recipe.mode != "map")
            primitive: Primitive
            match recipe.mode:
                case "map":
                    primitive, kept = Map(fn=recipe.role.function), shape
                case "scan":
                    primitive, kept = Scan(fn=recipe.role.function, b=depth), shape
                case _:
                    primitive, kept = Accum(fn=recipe.role.function, b=depth), shape[depth:]
            value = self._builder.add(primitive, operands)[0]
        self._made(step, recipe, kept, value)

    def _made(self, step: Term, recipe: Recipe, kept: Items, value: int) -> None:
        """Enters a step's result, its axes numbered anew: the buffer's first."""
        _, buffer = peel(recipe.role.function.result)
        inner = self._items(buffer, 0)
        start = sum(map(len, inner))
        names = {axis: place for place, axis in enumerate((axis for item in kept for axis in item), start)}
        stream = tuple(tuple(names[axis] for axis in item) for item in kept)
        streams = _Streams(step, step.kind.dims)
        streams.made[Layout(inner, stream)] = value
        self._streams[step] = streams

    def _shapes(self, step: Term, recipe: Recipe) -> list[Items]:
        """Stream shapes that a step can be applied over: axes are the target's positions."""
        found: dict[Items, None] = {}
        for place, (term, argument) in enumerate(zip(step.arguments, recipe.arguments, strict=True)):
            if recipe.role.is_merge and place == len(step.arguments) - 1:
                continue
            if not all(argument.stream):
                continue
            streams = self._of(term)
            goal = self._argument_layout(recipe, place, plain(len(recipe.target)))
            back = self._positions(recipe, place)
            items = frozenset((*goal.buffer, *goal.stream))
            for layout in layouts_with_buffer(streams.sources, goal.axes, goal.buffer, items, 1)[:MAX_SHAPES]:
                found.setdefault(tuple(tuple(back[axis] for axis in item) for item in layout.stream))
        found.setdefault(plain(len(recipe.target)))
        options = [shape for one in found for shape in fitted(recipe, one)]
        return list(dict.fromkeys(options))[:MAX_SHAPES]

    def _positions(self, recipe: Recipe, place: int) -> dict[int, int]:
        """For an argument's axes on the stream, the target's positions."""
        argument = recipe.arguments[place]
        own = [position for position, has in enumerate(argument.stream) if has]
        found = dict(enumerate(own, sum(argument.buffer)))
        _, outside = self._repeated(recipe, place)
        lacking = [position for position, has in enumerate(argument.stream) if not has]
        return found | dict(zip(outside, lacking, strict=True))

    def _repeated(self, recipe: Recipe, place: int) -> tuple[list[int], list[int]]:
        """The axes that an argument is repeated along: inside the buffer, and on the stream."""
        argument = recipe.arguments[place]
        dims = recipe.role.fields[argument.first].dims if argument.length == 1 else ()
        inside = [dim for dim, has in zip(dims, argument.buffer, strict=False) if not has]
        outside = [dim for dim, has in zip(recipe.target, argument.stream, strict=True) if not has]
        axes = self._fresh([*inside, *outside])
        return axes[: len(inside)], axes[len(inside) :]

    def _argument_layout(self, recipe: Recipe, place: int, shape: Items) -> Layout:
        """The layout that an argument must have where the step is applied over ``shape``."""
        argument = recipe.arguments[place]
        axis = 0
        buffer: list[Item] = []
        if argument.length == 1:
            fld = recipe.role.fields[argument.first]
            has = iter(argument.buffer)
            repeated = iter(self._repeated(recipe, place)[0])
            for dim in fld.buffer:
                item: list[int] = []
                for _ in self._splits.factors_of(dim):
                    if next(has):
                        item.append(axis)
                        axis += 1
                    else:
                        item.append(next(repeated))
                buffer.append(tuple(item))
        names = {position: one for one, position in self._positions(recipe, place).items()}
        stream = tuple(tuple(names[position] for position in item) for item in shape)
        return Layout(tuple(buffer), stream)

    def _arguments(
        self, step: Term, recipe: Recipe, shape: Items, places: Sequence[int], plan: Plan, zipped: bool
    ) -> list[int]:
        """The operands of a step: one a value, or one in all (``zipped``)."""
        operands: list[int] = []
        for group in groups(recipe, places, plan.together):
            if len(group) == 1:
                (place,) = group
                goal = self._argument_layout(recipe, place, shape)
                operands.append(self._reach(self._of(step.arguments[place]), goal))
            else:
                operands.append(self._together(step, recipe, shape, group))
        if zipped:
            whole = operands[0]
            for other in operands[1:]:
                whole = self._zip(whole, other)
            return [whole]
        return operands

    def _together(self, step: Term, recipe: Recipe, shape: Items, group: Sequence[int]) -> int:
        """Arguments that lack the same dimensions: zipped first, then repeated as one."""
        mask = recipe.arguments[group[0]].stream
        own = [position for position, has in enumerate(mask) if has]
        small = tuple(item for item in (tuple(one for one in item if mask[one]) for item in shape) if item) or ((),)
        parts = [
            self._reach(self._of(step.arguments[place]), self._argument_layout(recipe, place, small)) for place in group
        ]
        key = (*(step.arguments[place] for place in group), *())
        names = {position: place for place, position in enumerate(own)}
        start = Layout((), tuple(tuple(names[one] for one in item) for item in small))
        streams = self._tuples.get(key)
        if streams is None or start not in streams.made:
            whole = parts[0]
            for other in parts[1:]:
                whole = self._zip(whole, other)
            streams = _Streams(None, tuple(recipe.target[one] for one in own))
            streams.made[start] = whole
            self._tuples[key] = streams
        lacking = [position for position, has in enumerate(mask) if not has]
        names.update(zip(lacking, self._fresh([recipe.target[one] for one in lacking]), strict=True))
        goal = Layout((), tuple(tuple(names[one] for one in item) for item in shape))
        return self._reach(streams, goal)

    def _zip(self, left: int, right: int) -> int:
        for index, node in enumerate(self._builder.nodes):
            if isinstance(node.primitive, Zip) and node.operands == (left, right):
                return self._builder.inputs + sum(one.results for one in self._builder.nodes[:index])
        return self._builder.add(Zip(), (left, right))[0]

    def _merge(self, step: Term, recipe: Recipe, shape: Items, plan: Plan) -> int:
        role = recipe.role
        last = len(step.arguments) - 1
        outer = len(step.arguments[last].kind.dims)
        inner = len(recipe.target) - outer
        base = 0
        seen = 0
        while seen < inner:
            seen += len(shape[base])
            base += 1
        suffix = shape[base:]
        if seen != inner or not suffix:
            raise CannotLower("the index does not have whole dimensions of the data")
        index_layout = Layout((), tuple(tuple(one - inner for one in item) for item in suffix))
        index = self._reach(self._of(step.arguments[last]), index_layout)
        parts: dict[tuple[int, int], range] = {}
        count = len(role.experts)
        results: list[int] = []
        for number, expert in enumerate(role.experts):
            span = (expert.start, expert.stop)
            if span not in parts:
                places = [
                    place
                    for place, argument in enumerate(recipe.arguments)
                    if expert.start <= argument.first < expert.stop and place != last
                ]
                (data,) = self._arguments(step, recipe, shape, places, plan, True)
                parts[span] = self._builder.add(Partition(N=index_length(recipe)), (data, index), count)
            part = parts[span][number]
            for function in expert.functions:
                part = self._builder.add(Map(fn=self._functions[function]), (part,))[0]
            results.append(part)
        return self._builder.add(Merge(fn=role.function), (*results, index))[0]

    def _output(self, wanted: Wanted) -> int:
        streams = self._of(wanted.term)
        buffer, stream = self._typed(wanted.type)
        if isinstance(wanted.term.kind.element, STuple):
            buffer = ()
            stream = self._items(wanted.type.known_shape, 0)
        kind = self._splits.kind(wanted.type)
        own = iter(range(sum(wanted.kept)))
        repeated = iter(self._fresh([dim for dim, has in zip(kind.dims, wanted.kept, strict=True) if not has]))
        names = {axis: next(own) if has else next(repeated) for axis, has in enumerate(wanted.kept)}

        def renamed(items: Items) -> Items:
            return tuple(tuple(names[axis] for axis in item) for item in items)

        return self._reach(streams, Layout(renamed(buffer), renamed(stream)))
