"""Folds of elementwise operations: by parts of the batch, with a plan for each layout of the arrays."""

from __future__ import annotations

import math

import numpy as np

from step.primitives.base import Array
from step.simulate.fold.parts import parts_of
from step.simulate.fold.player import Player
from step.simulate.fold.schedule import Schedule
from step.simulate.fold.varying import varying_shapes, without_repeats
from step.simulate.fold.ways import Plan, plan_of

_STEP_BYTES = 128 << 10
"""The largest array of one step: larger batches are folded in parts."""
_MOST_PLANS = 16
"""Plans that a fold keeps: one for each layout of its arrays."""
_SMALL_BYTES = 256 << 10
"""Buffers that are kept with the plan: to allocate larger ones takes little of their time."""


class Replay:
    """A recorded fold, ready to be carried out.

    ``is_new`` tells whether a plan was made since it was last set to False: its first results are to be compared.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.is_new = False
        self._schedule = schedule
        self._plans: dict[object, Plan] = {}
        self._players: dict[object, Player] = {}

    def __call__(self, state: tuple[Array, ...], elements: list[Array], states: list[Array]) -> tuple[Array, ...]:
        """The state after all elements, read-only.

        Args:
            state: the state before, with the batch's axes first.
            elements: the element's arrays, the folded axis first, then the batch's axes.
            states: where the states after each element go, the folded axis first; empty if they are not wanted.
        """
        tape = self._schedule.tape
        lead = state[0].ndim - len(tape.shapes[0])
        batch = state[0].shape[:lead]
        largest = max(math.prod(shape) for shape in (*tape.shapes, *(one.shape for one in tape.operations)))
        parts = list(parts_of(batch, largest * tape.dtypes[0].itemsize, _STEP_BYTES))
        if len(parts) == 1:
            return self._play(state, elements, states, lead)
        last = tuple(np.empty(one.shape, one.dtype) for one in state)
        for part in parts:
            later = (slice(None), *part)
            of_part = [one[later] for one in elements], [one[later] for one in states]
            done = self._play(tuple(one[part] for one in state), *of_part, lead)
            for whole, one in zip(last, done, strict=True):
                whole[part] = one
        for one in last:
            one.flags.writeable = False
        return last

    def _play(
        self, state: tuple[Array, ...], elements: list[Array], states: list[Array], lead: int
    ) -> tuple[Array, ...]:
        key = (bool(states), *((one.shape, one.strides) for one in (*state, *elements)))
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
                self._players.clear()
            self.is_new = True
            shapes = varying_shapes(self._schedule, state, elements, lead)
            plan = self._plans[key] = plan_of(self._schedule, shapes, lead, len(elements[0]), bool(states))
        player = self._players.get(key)
        if player is None:
            player = Player(plan, lead, len(elements[0]))
            if player.nbytes <= _SMALL_BYTES:
                self._players[key] = player
        once = [without_repeats(one, shape) for one, shape in zip(elements, plan.shapes[len(state) :], strict=False)]
        last = player.play(state, once, states)
        for one in last:
            if one.flags.writeable:
                one.flags.writeable = False
        return tuple(
            one if one.shape == full.shape else np.broadcast_to(one, full.shape)
            for one, full in zip(last, state, strict=True)
        )
