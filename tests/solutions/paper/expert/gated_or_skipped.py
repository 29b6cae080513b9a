def gated_or_skipped(x, sel):
    rows = step.Bufferize(a=1).apply(x)
    rows0, rows1 = step.Copy().apply(rows)
    gates = step.Map(fn=affinity).apply(rows0)
    pairs = step.Zip().apply((rows1, gates))
    sel0, sel1 = step.Copy().apply(sel)
    parts = step.Partition(N=E).apply((pairs, sel0))
    results = [step.Map(fn=f).apply(part) for f, part in zip([expert0, expert1], parts)]
    return step.Merge(fn=sum).apply((results, sel1))
