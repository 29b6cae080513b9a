def weighted_experts(x, sel, g):
    pairs = step.Zip().apply((x, g))
    sel0, sel1 = step.Copy().apply(sel)
    parts = step.Partition(N=E).apply((pairs, sel0))
    results = [step.Map(fn=f).apply(part) for f, part in zip([expert_0, expert_1, expert_2], parts)]
    return step.Merge(fn=weighted_sum).apply((results, sel1))
