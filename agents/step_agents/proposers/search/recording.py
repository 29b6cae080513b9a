"""Recording: what a run of a reference computed, put together to whole arrays.

What an instrumented module (:mod:`.instrument`) calls. A place in the text that is reached once gives one array; one
that is reached in every round of some loops (or at every call of a function) gives one with an axis for each loop.
Calls by ``np.vectorize`` and the like have one axis for all of them, which is read as the axes of arrays with as many
numbers. Places that not every round reaches give none.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Round = tuple[int, ...]

MAX_EVENTS = 60_000
"""Values that one run may show; then it is ended, and what was seen until then has to do."""
MAX_NUMBERS = 1 << 18
"""Numbers of one array; larger ones are not kept."""
MAX_KEPT = 1 << 22
"""Numbers that are kept in all."""
MAX_ARRAYS = 512
MAX_PARTS = 8
"""Loops of so few rounds may be no dimension (layers, experts, heads written out): each round counts by itself, too."""
MAX_READINGS = 2
"""Ways to read one axis as several."""


class Enough(BaseException):
    """Ends a run that shows too much; no reference catches it."""


class Seen(NamedTuple):
    """What a run computed, without repetitions and without what it was given: whole arrays, and what single rounds of
    loops computed; the sizes that some array (other than the products inside a contraction) has twice; and of each
    whole array the number of the expression that shows it, if one does."""

    wholes: tuple[Array, ...] = ()
    parts: tuple[Array, ...] = ()
    twice: frozenset[int] = frozenset()
    sites: tuple[int | None, ...] = ()


@dataclass(eq=False, slots=True)
class _Site:
    """What one place of the text showed: its rounds in order, and the value of each."""

    rounds: list[Round] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    again: int = 0


class Recording:
    """One run of a reference.

    Args:
        given: the arrays that the reference gets or knows: they are no results.
    """

    def __init__(self, given: Iterable[Array] = ()) -> None:
        self._sites: dict[Any, _Site] = {}
        self._given = tuple(given)
        self._path: list[tuple[Any, int]] = []
        self._calls: dict[Any, int] = {}
        self._events = 0
        self._kept = 0
        self._last: Any = None
        self._since = 0

    # What the run says

    def see(self, site: Any, value: Any) -> None:
        """A place of the text has a value."""
        self._last, self._since = site, 0
        self._note(site, value)

    def inside(self, value: Any, *, product: bool = False) -> None:
        """NumPy computed a value within the place that comes next: known by how many there were since the last.
        ``product``: it is what a contraction adds up."""
        self._since += 1
        self._note((self._last, self._since, product), value)

    def enter(self, site: Any) -> int:
        """A function is called at a place; returns what :meth:`leave` wants."""
        depth = len(self._path)
        key = (site, tuple(self._path))
        number = self._calls.get(key, 0)
        self._calls[key] = number + 1
        self._path.append((site, number))
        self._last, self._since = site, 0
        return depth

    def round(self, depth: int, site: Any, number: int) -> None:
        """A loop that began at a depth enters a round."""
        self._path[depth:] = [(site, number)]
        self._last, self._since = site, 0

    @property
    def depth(self) -> int:
        """How many loops and calls the run is in."""
        return len(self._path)

    def leave(self, depth: int) -> None:
        """A loop or a call has ended."""
        del self._path[depth:]

    def _note(self, site: Any, value: Any) -> None:
        numbers = _numbers(value)
        if numbers is None:
            return
        self._events += 1
        if self._events > MAX_EVENTS or self._kept > MAX_KEPT:
            raise Enough
        for part, one in enumerate(numbers):
            key = (site, part, tuple(place for place, _ in self._path))
            known = self._sites.get(key)
            if known is None:
                known = self._sites[key] = _Site()
            at = tuple(number for _, number in self._path)
            known.again = known.again + 1 if known.rounds and known.rounds[-1][:-1] == at else 0
            known.rounds.append((*at, known.again))
            if isinstance(one, np.ndarray):
                last = known.values[-1] if known.values else None
                if isinstance(last, np.ndarray) and last.shape == one.shape and np.array_equal(last, one):
                    known.values.append(last)
                    continue
                # A copy: the run may change it in place.
                one = np.array(one, np.float64)
                self._kept += one.size
            known.values.append(one)

    # What comes of it

    def seen(self) -> Seen:
        """The arrays that the run computed."""
        placed = ((key[0], _whole(key, site)) for key, site in self._sites.items())
        known_wholes = [(place, whole) for place, whole in placed if whole is not None]
        wholes = [whole for _, whole in known_wholes]
        sizes = {size for one in self._given for size in one.shape}
        shapes = tuple(dict.fromkeys([*(one.shape for one in self._given), *(whole.shape for whole, _, _ in wholes)]))
        known = {_content(one) for array in self._given for one in (array, array.T)}

        def add(array: Array, to: list[Array]) -> None:
            if 1 < array.size <= MAX_NUMBERS and len(to) < MAX_ARRAYS:
                key = _content(array)
                if key not in known:
                    known.add(key)
                    to.append(array)

        found: list[Array] = []
        parts: list[Array] = []
        origins: dict[tuple[Any, ...], int] = {}
        for place, (whole, axes, called) in known_wholes:
            add(whole, found)
            if isinstance(place, int):
                origins.setdefault(_content(whole), place)
            for axis in range(axes):
                if axis in called or whole.shape[axis] not in sizes:
                    for reading in _readings(whole, axis, shapes):
                        add(reading, found)
        for whole, axes, _ in wholes:
            for axis, count in enumerate(whole.shape):
                few = 1 < count <= MAX_PARTS
                # What no input has an axis of was stacked: its parts count by themselves, as rounds of loops do.
                if axis < axes or (few and count not in sizes):
                    for number in range(count) if few else (count - 1,):
                        add(np.take(whole, number, axis=axis), parts)
        return Seen(tuple(found), tuple(parts), self._twice(), tuple(origins.get(_content(one)) for one in found))

    def _twice(self) -> frozenset[int]:
        given = {_content(one) for array in self._given for one in (array, array.T)}
        sizes: set[int] = set()
        for key, site in self._sites.items():
            place, _, _ = key
            whole = None if isinstance(place, tuple) and place[-1] is True else _whole(key, site)
            if whole is not None and _content(whole[0]) not in given:
                shape = whole[0].shape
                sizes |= {size for size in shape if size > 1 and shape.count(size) > 1}
        return frozenset(sizes)


def _numbers(value: Any) -> tuple[Any, ...] | None:
    """A value's numbers: an array, or a float, for each part of a tuple; None of what holds no numbers."""
    if isinstance(value, float):
        return (float(value),)
    if isinstance(value, np.ndarray):
        plain = value.view(np.ndarray)
        return (plain,) if plain.dtype.kind in "fiub" and 0 < plain.size <= MAX_NUMBERS else None
    if isinstance(value, (np.number, np.bool_, bool)):
        return None if isinstance(value, np.complexfloating) else (float(value),)
    if isinstance(value, tuple) and 0 < len(value) <= 16:
        parts = [_numbers(one) for one in value]
        return None if any(one is None or len(one) != 1 for one in parts) else tuple(one[0] for one in parts if one)
    if isinstance(value, list) and value and isinstance(value[0], (float, list, np.ndarray, np.number)):
        try:
            array = np.array(value, np.float64)
        except (TypeError, ValueError):
            return None
        return (array,) if array.size <= MAX_NUMBERS else None
    if hasattr(value, "detach"):
        array = value.detach().cpu().numpy()
        return (array,) if array.dtype.kind in "fiub" and 0 < array.size <= MAX_NUMBERS else None
    return None


def _whole(key: Any, site: _Site) -> tuple[Array, int, frozenset[int]] | None:
    """The values of all rounds as one array, how many axes its loops have, and which of these are calls; None if some
    rounds show nothing."""
    _, _, places = key
    values, first = site.values, site.values[0]
    if all(one is first for one in values):
        return np.asarray(first, np.float64), 0, frozenset()
    shape = np.shape(first)
    if any(np.shape(one) != shape for one in values):
        return None
    extents = tuple(max(numbers) + 1 for numbers in zip(*site.rounds, strict=True))
    if math.prod(extents) != len(values) or len(values) * max(1, math.prod(shape)) > MAX_NUMBERS:
        return None
    whole = np.empty((*extents, *shape))
    for at, value in zip(site.rounds, values, strict=True):
        whole[at] = value
    calls = [isinstance(place, tuple) for place in places] + [True]
    kept = [(extent, call) for extent, call in zip(extents, calls, strict=True) if extent > 1]
    called = frozenset(axis for axis, (_, call) in enumerate(kept) if call)
    return whole.reshape((*(extent for extent, _ in kept), *shape)), len(kept), called


def _readings(whole: Array, axis: int, shapes: Iterable[tuple[int, ...]]) -> Iterator[Array]:
    """The same numbers with one axis read as several, as other arrays have them. ``np.vectorize`` calls a function once
    more at the start: then the first is left out."""
    count, before, after = whole.shape[axis], whole.shape[:axis], whole.shape[axis + 1 :]
    for skip in (0, 1):
        if skip and not np.array_equal(np.take(whole, 0, axis=axis), np.take(whole, 1, axis=axis)):
            continue
        found: dict[tuple[int, ...], None] = {}
        for shape in shapes:
            for length in range(1 if skip else 2, len(shape) + 1):
                if math.prod(shape[:length]) == count - skip > 1:
                    found.setdefault(shape[:length])
        rest = np.take(whole, range(skip, count), axis=axis) if skip else whole
        for split in list(found)[:MAX_READINGS]:
            yield rest.reshape((*before, *split, *after))


def _content(array: Array) -> tuple[Any, ...]:
    plain = np.squeeze(np.ascontiguousarray(array, np.float64))
    return plain.shape, plain.tobytes()


# What an instrumented module calls

_active: list[Recording] = []


def see(site: int, value: Any) -> Any:
    """Passes a value on; the recording that is on sees it."""
    if _active:
        _active[-1].see(site, value)
    return value


def loop(site: int, iterable: Iterable[Any]) -> Iterator[Any]:
    """Passes what is looped over on; the recording that is on knows the round."""
    if not _active:
        yield from iterable
        return
    recording = _active[-1]
    depth = recording.depth
    try:
        for number, value in enumerate(iterable):
            recording.round(depth, site, number)
            yield value
    finally:
        recording.leave(depth)


def called(site: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorates a function: the recording that is on knows that it is called, and from where."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if not _active:
                return function(*args, **kwargs)
            recording = _active[-1]
            caller = sys._getframe(1)
            depth = recording.enter((site, id(caller.f_code), caller.f_lasti))
            try:
                return function(*args, **kwargs)
            finally:
                recording.leave(depth)

        return wrapper

    return decorate


def record(recording: Recording, run: Callable[[], Any]) -> bool:
    """Runs a reference while a recording is on; whether it ended by itself. What it raises is swallowed, and what it
    showed until then is kept."""
    _active.append(recording)
    try:
        recording.see("result", run())
    except MemoryError:
        raise
    except Enough:
        return True
    except Exception:
        return False
    finally:
        _active.pop()
    return True
