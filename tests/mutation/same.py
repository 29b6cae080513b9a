"""Mutants that compute the same, each with the reason why. Every other mutant must be caught.

(A few of them the affine rule catches all the same, because they consume a stream twice.)

Two more reasons are rules, which the test verifies on the programs themselves: an added Identity does nothing, and an
operand replaced by another copy of the same stream (or a Copy left out) is the same program but for the affine rule,
which catches it.
"""

from __future__ import annotations

_EMPTIES = "the Streamify that follows empties the whole buffer, so that a larger buffer gives the same stream"
_COMMUTES = "the function that takes the pair does not care for the order of its two arguments"
_MAXIMUM = "the maximum of running maxima is the maximum"
_CONSTANT = "the group is one number repeated: its running maximum is that number everywhere"
_TOP = "the three largest of a 0/1 vector with three ones are these ones"
_MEAN = "the mean of a row of equal numbers is the row"
_SHIFT = "layer normalisation does not change when a number is added to the whole row"
_MONOTONE = "softmax keeps the order, and the two largest are chosen by their order"

_BY_REASON: dict[str, tuple[tuple[str, str], ...]] = {
    _EMPTIES: (
        ("bmm/bmm_2", "added: Bufferize(a=1) on rows_repeated"),
        ("bmm/bmm_2", "added: Bufferize(a=1) on matrices_repeated"),
        ("bmm/bmm_1", "added: Bufferize(a=1) on repeated"),
        ("bmm/bmm_1", "added: Bufferize(a=1) on sums"),
        ("gemm-easy/G_0_6_02", "added: Bufferize(a=1) on repeated"),
        ("extended/attention_qkv", "added: Bufferize(a=1) on key_matrices_repeated"),
        ("extended/attention_qkv", "added: Bufferize(a=1) on value_matrices_repeated"),
        ("extended/attention_qkv", "added: Bufferize(a=1) on heads"),
        ("extended/grouped_query_attention", "added: Bufferize(a=1) on key_matrices_repeated"),
        ("extended/grouped_query_attention", "added: Bufferize(a=1) on value_matrices_repeated"),
        ("extended/grouped_query_attention", "added: Bufferize(a=1) on heads"),
    ),
    _COMMUTES: (
        ("bmm/bmm_2", "swapped Zip: line 7"),
        ("gemm-easy/G_0_6_02", "swapped Zip: line 4"),
        ("gemm-easy/G_0_6_03", "swapped Zip: line 1"),
        ("gemm-easy/G_0_7_01", "swapped Zip: line 1"),
        ("extended/swiglu", "swapped Zip: line 8"),
        ("extended/attention_qkv", "swapped Zip: line 11"),
        ("extended/grouped_query_attention", "swapped Zip: line 12"),
        ("extended/add_rms_norm", "swapped Zip: line 1"),
        ("extended/add_rms_norm", "swapped Zip: line 9"),
        ("extended/dequantised_matvec", "swapped Zip: line 6"),
        ("extended/dequantised_matvec", "swapped Zip: line 10"),
        ("extended/causal_conv", "swapped Zip: line 3"),
        ("extended/selective_scan", "swapped Zip: line 5"),
        ("extended/cosine_similarity", "swapped Zip: line 3"),
        ("extended/cosine_similarity", "swapped Zip: line 10"),
        ("extended/lora_adapters", "swapped Zip: line 7"),
        ("extended/shared_expert_moe", "swapped Zip: line 13"),
    ),
    _MAXIMUM: (
        ("extended/softmax", "added: Scan(fn=largest, b=1) on x0"),
        ("extended/masked_attention", "added: Scan(fn=largest, b=1) on masked0"),
        ("extended/quantise_blocks", "added: Scan(fn=largest_magnitude, b=1) on blocks0"),
        ("extended/log_sum_exp", "added: Scan(fn=largest, b=1) on x0"),
        ("extended/running_statistics", "added: Scan(fn=running_max, b=1) on x0"),
        ("extended/running_statistics", "added: Scan(fn=running_max, b=1) on peaks"),
    ),
    _CONSTANT: (
        ("extended/softmax", "added: Scan(fn=largest, b=1) on peaks"),
        ("extended/softmax", "added: Scan(fn=largest, b=1) on weights"),
        ("extended/masked_attention", "added: Scan(fn=largest, b=1) on peaks"),
        ("extended/quantise_blocks", "added: Scan(fn=largest_magnitude, b=1) on scales_repeated"),
        ("extended/log_sum_exp", "added: Scan(fn=largest, b=1) on rows"),
        ("extended/log_sum_exp", "added: Scan(fn=largest, b=1) on peaks"),
    ),
    _TOP: (
        ("moe/G_0_12_01", "added: Map(fn=top3) on buffered"),
        ("moe/G_0_12_01", "added: Map(fn=top3) on best"),
        ("moe/G_0_7_03", "added: Map(fn=top3) on buffered"),
        ("moe/G_0_7_03", "added: Map(fn=top3) on best"),
    ),
    _MEAN: (
        ("norm/G_0_9_02", "added: Map(fn=mean) on x0"),
        ("norm/G_0_9_02", "added: Map(fn=mean) on means"),
        ("norm/G_0_9_02", "added: Map(fn=mean) on squares"),
        ("norm/G_0_9_02", "added: Map(fn=mean) on variances"),
        ("norm/G_0_9_02", "added: Map(fn=mean) on positive"),
        ("norm/G_0_9_02", "added: Map(fn=mean) on deviations"),
    ),
    _SHIFT: (
        ("norm/G_0_9_02", "added: Map(fn=add_eps) on x"),
        ("norm/G_0_16_01", "added: Map(fn=add_eps) on x"),
    ),
    _MONOTONE: (
        ("extended/top2_gating", "added: Map(fn=softmax) on weights0"),
        ("extended/top2_gating", "operand: line 5: Map of logits instead of weights0"),
    ),
}

SAME: dict[tuple[str, str], str] = {place: reason for reason, places in _BY_REASON.items() for place in places}
"""The reason, by task and mutant."""
