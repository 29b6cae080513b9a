"""The learned prior: roles without names, counts, plain data; it only orders."""

from __future__ import annotations

import pytest
from step.check import check
from step.source import read
from step_agents.proposers.search.prior import INPUT, OUTPUT, Prior, role_of, transitions

from tests.benchmark.solutions import PAPER, solved
from tests.search.modules import RMS, search


def program(name: str):  # type: ignore[no-untyped-def]
    task = PAPER.task(name)
    (found,) = check(read(solved(task), str(task.path)))
    return found.operator.body.program


def test_roles_have_no_names() -> None:
    functions = {node.primitive.function.name for node in program("norm/G_0_8_01").nodes if node.primitive.function}
    roles = {role for pair in transitions(program("norm/G_0_8_01")) for role in pair}
    assert {INPUT, OUTPUT, "map:s>s", "map:ss>s", "accum:s>s:0"} == roles
    assert not any(name in role for name in functions for role in roles)


def test_what_was_seen_is_likelier() -> None:
    prior = Prior.learn([program("norm/G_0_8_01")])
    assert prior.score(["map:s>s"], "accum:s>s:0") > prior.score(["map:s>s"], "merge:b>b:0")


def test_plain_data_and_back() -> None:
    prior = Prior.learn([program("norm/G_0_8_01"), program("bmm/bmm_1")])
    assert Prior.from_json(prior.as_json()) == prior
    with pytest.raises(ValueError, match="not a prior"):
        Prior.from_json({"transitions": [["one"]]})


def test_a_prior_only_orders() -> None:
    prior = Prior.learn([program("norm/G_0_8_01")])
    assert search(RMS, "norm", options={"prior": prior.as_json()})["length"] == search(RMS, "norm")["length"]


def test_the_init_of_a_fold_is_part_of_its_role() -> None:
    nodes = program("attention/G_0_4_01").nodes
    (fold,) = [node.primitive.function for node in nodes if node.primitive.name == "Accum"]
    assert role_of(fold, "accum") == "accum:bs>ssb:-00"
