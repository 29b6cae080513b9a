"""What is told of the operators of a document while it is edited."""

from __future__ import annotations

from step_server.statuses import Status

from tests.server.inside import Inside
from tests.server.samples import HOLE, SOLVED, many


def names(hurried: Inside) -> list[str]:
    """The operators of the last notification."""
    return [one["operator"] for one in hurried.told("step/operatorStatus")[-1]["operators"]]


def test_operators_that_come_and_go_are_told_without_a_question(hurried: Inside) -> None:
    hurried.open(SOLVED)
    assert names(hurried) == ["rms_norm"]
    one_more = SOLVED.split("@step.operator")[1].replace("rms_norm", "second")
    hurried.replace(f"{SOLVED}\n@step.operator{one_more}")
    hurried.settle()
    assert names(hurried) == ["rms_norm", "second"]
    hurried.replace(HOLE)
    hurried.settle()
    (told,) = hurried.told("step/operatorStatus")[-1]["operators"]
    assert (told["operator"], told["status"], told["isHole"]) == ("rms_norm", "hole", True)
    hurried.replace("import numpy\n")
    hurried.settle()
    assert names(hurried) == []


def test_an_edit_that_leaves_the_operators_where_they_are_tells_nothing(hurried: Inside) -> None:
    hurried.open(SOLVED)
    hurried.settle()
    before = hurried.told("step/operatorStatus")
    assert len(before) == 1
    hurried.replace(SOLVED.replace("(x1, scales)", "(x0, scales)"))
    hurried.settle()
    assert hurried.told("step/operatorStatus") == before
    hurried.replace("\n" + SOLVED)
    hurried.replace("\n\n" + SOLVED)
    hurried.settle()
    (last,) = hurried.told("step/operatorStatus")[1:]
    assert last["version"] == 4


def test_of_many_operators_the_statuses_are_told_together_and_the_last_in_the_end(hurried: Inside) -> None:
    hurried.open(many(150))
    hurried.settle()
    server = hurried.server
    before = len(hurried.told("step/operatorStatus"))
    uri = "file:///w/module.py"
    for number in range(150):
        server.statuses.set(uri, Status(f"rms_norm_{number}", "timeout"))
        hurried.loop.call_soon(server.status_changed, uri)
    hurried.settle()
    told = hurried.told("step/operatorStatus")
    assert 1 <= len(told) - before < 20
    assert {one["status"] for one in told[-1]["operators"]} == {"timeout"}
