"""The table of 2-benchmark as data, typed from the page and not from the modules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """What the page says of one task: types in STeP's spelling, the data of each input, and the number of Copy."""

    group: str
    inputs: tuple[tuple[str, str, str], ...]
    functions: frozenset[str]
    outputs: tuple[str, ...]
    copies: int


def _fact(group: str, inputs: str, functions: str, outputs: str, copies: int) -> Fact:
    """Inputs as `name: type @ data; …`, outputs as `type; …`, functions as names."""
    parsed = []
    for one in inputs.split("; "):
        name, _, rest = one.partition(": ")
        type_, _, data = rest.partition(" @ ")
        parsed.append((name, type_, data))
    return Fact(group, tuple(parsed), frozenset(functions.split()), tuple(outputs.split("; ")), copies)


_ATTENTION = "s: f32, [M, N] @ uniform; v: Buffer(f32, [D]), [M, N] @ uniform"
_ROPE = "ones: f32, [N, M] @ ones; x: Buffer(f32, [D]), [N, M] @ normal"
_INDEX = "Multihot(f32, E), [M]; Buffer(f32, [E]), [M]"

PAPER_FACTS: dict[str, Fact] = {
    "attention/G_0_4_01": _fact("attention", _ATTENTION, "max_sum third", "f32, [D, N]", 0),
    "attention/G_0_6_01": _fact("attention", _ATTENTION, "exp_max_diff div_sum second_third second", "f32, [D, N]", 0),
    "attention/G_0_9_01": _fact(
        "attention",
        _ATTENTION,
        "exp_max_diff second_third weighted_sum_scalar weighted_sum_buffer div",
        "f32, [D, N]",
        1,
    ),
    "bmm/bmm_0": _fact(
        "bmm", "a: f32, [N, K, M] @ normal; b: f32, [D, K, M] @ normal", "outer sum", "f32, [D, N, M]", 0
    ),
    "bmm/bmm_1": _fact("bmm", "a: f32, [K, N, M] @ normal; b: f32, [D, K, M] @ normal", "mul sum", "f32, [D, N, M]", 0),
    "bmm/bmm_2": _fact("bmm", "a: f32, [K, N, M] @ normal; b: f32, [K, D, M] @ normal", "mul sum", "f32, [D, N, M]", 0),
    "gemm-easy/G_0_7_01": _fact(
        "gemm_easy", "a: f32, [N, M, K] @ uniform; b: f32, [N, M, K] @ uniform", "mul add", "f32, [N, M]", 0
    ),
    "gemm-easy/G_0_6_03": _fact(
        "gemm_easy",
        "a: Buffer(f32, [N, M]), [K] @ uniform; b: Buffer(f32, [N, M]), [K] @ uniform",
        "mul add",
        "f32, [N, M]",
        0,
    ),
    "gemm-easy/G_0_6_02": _fact(
        "gemm_easy", "a: f32, [K, M, N] @ uniform; b: f32, [K, N] @ uniform", "mul add", "f32, [M, N]", 0
    ),
    "norm/G_0_9_02": _fact(
        "norm",
        "x: Buffer(f32, [D]), [N] @ uniform",
        "mean minus square add_eps sqrt div",
        "Buffer(f32, [D]), [N]",
        2,
    ),
    "norm/G_0_16_01": _fact(
        "norm", "x: f32, [D, N] @ uniform", "add square div_by_d minus add_eps sqrt div", "f32, [D, N]", 3
    ),
    "norm/G_0_8_01": _fact(
        "norm", "x: f32, [D, N] @ uniform", "add square div_by_d sqrt add_eps div", "f32, [D, N]", 1
    ),
    "rope/G_0_3_02": _fact("rope", _ROPE, "sum neox_rope", "Buffer(f32, [D]), [N, M]", 0),
    "rope/G_0_3_03": _fact("rope", _ROPE, "sum gptj_rope", "Buffer(f32, [D]), [N, M]", 0),
    "rope/G_0_4_01": _fact(
        "rope",
        "one: f32, [M] @ ones; x: Buffer(f32, [D]), [N, M] @ normal",
        "sum neox_rope",
        "Buffer(f32, [D]), [N, M]",
        1,
    ),
    "moe/G_0_3_03": _fact("index", "x: f32, [K, M] @ normal", "gate top1", _INDEX, 1),
    "moe/G_0_13_02": _fact("index", "x: f32, [K, M] @ normal", "gate transpose_0 top3 transpose_1", _INDEX, 1),
    "moe/G_0_7_03": _fact("index", "x: f32, [K, M] @ normal", "gate top3", "f32, [M]; f32, [M]", 1),
    "moe/G_0_3_04": _fact("index", "x: f32, [D, N, M] @ normal", "score filter", "Multihot(f32, E), [N, M]", 0),
    "moe/G_0_7_01": _fact(
        "expert",
        "x: f32, [D, N, M] @ normal; sel: Multihot(f32, E), [N, M] @ 1 to 1",
        "affinity expert0 expert1 sum",
        "Buffer(f32, [D]), [N, M]",
        2,
    ),
    "moe/G_0_6_05": _fact(
        "expert",
        "x: Buffer(f32, [K]), [N, M] @ normal; sel: Multihot(f32, E), [N, M] @ 0 to 3; "
        "g: Buffer(f32, [E]), [N, M] @ normal",
        "expert_0 expert_1 expert_2 weighted_sum",
        "Buffer(f32, [K]), [N, M]",
        1,
    ),
    "moe/G_0_5_02": _fact(
        "expert",
        "x: Buffer(f32, [K]), [M] @ normal; flag: f32, [M] @ binary; g: f32, [M] @ normal",
        "filter expert0 expert1 sum",
        "Buffer(f32, [K]), [M]",
        1,
    ),
    "moe/G_0_9_01": _fact(
        "etoe", "x: f32, [K, N, M] @ normal", "gate top1 expert_0 expert_1 expert_2 sum", "Buffer(f32, [K]), [N, M]", 3
    ),
    "moe/G_0_9_02": _fact(
        "etoe", "x: f32, [K, N, M] @ normal", "gate top2 expert_0 expert_1 expert_2 sum", "Buffer(f32, [K]), [N, M]", 3
    ),
    "moe/G_0_12_01": _fact(
        "etoe", "x: f32, [K, M] @ normal", "gate top3 filter expert0 expert1 sum", "Buffer(f32, [K]), [M]", 3
    ),
    "moe/G_0_10": _fact(
        "etoe",
        "x: f32, [D, N, M] @ normal",
        "score filter affinity expert0 expert1 sum",
        "Buffer(f32, [D]), [N, M]",
        3,
    ),
}

DEFAULT_SIZES = {"M": 5, "N": 7, "K": 9, "D": 16}
EXPERTS = {
    "moe/G_0_3_03": 3,
    "moe/G_0_13_02": 3,
    "moe/G_0_3_04": 2,
    "moe/G_0_7_01": 2,
    "moe/G_0_6_05": 3,
    "moe/G_0_5_02": 2,
    "moe/G_0_9_01": 3,
    "moe/G_0_9_02": 3,
    "moe/G_0_12_01": 2,
    "moe/G_0_10": 2,
}
