def flagged_or_skipped(x, flag, g):
    sel = step.Map(fn=filter).apply(flag)
    sel0, sel1 = step.Copy().apply(sel)
    pairs = step.Zip().apply((x, g))
    parts = step.Partition(N=E).apply((pairs, sel0))
    results = [step.Map(fn=f).apply(part) for f, part in zip([expert0, expert1], parts)]
    return step.Merge(fn=sum).apply((results, sel1))
