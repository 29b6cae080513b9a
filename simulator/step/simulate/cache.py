"""A cache that is bounded by number and by memory; what was used longest ago goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Remembers at most ``items`` values of at most ``limit`` bytes together."""

    def __init__(self, items: int, limit: int = 0, size: Callable[[Value], int] = lambda _: 0) -> None:
        self._items, self._limit, self._size = items, limit, size
        self._known: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: Key) -> Value | None:
        """The value, if it is remembered."""
        found = self._known.get(key)
        if found is None:
            return None
        self._known.move_to_end(key)
        return found[0]

    def put(self, key: Key, value: Value) -> Value:
        """Remembers a value; one that is too large by itself is not kept."""
        self.drop(key)
        size = self._size(value)
        if size > self._limit > 0:
            return value
        self._known[key] = (value, size)
        self._bytes += size
        while len(self._known) > self._items or self._bytes > self._limit > 0:
            _, (_, freed) = self._known.popitem(last=False)
            self._bytes -= freed
        return value

    def drop(self, key: Key) -> None:
        """Forgets a value."""
        found = self._known.pop(key, None)
        if found is not None:
            self._bytes -= found[1]

    def clear(self) -> None:
        """Forgets everything."""
        self._known.clear()
        self._bytes = 0
