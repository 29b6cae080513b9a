def scored_or_skipped(x):
    rows = step.Bufferize(a=1).apply(x)
    rows0, others = step.Copy().apply(rows)
    rows1, rows2 = step.Copy().apply(others)
    scores = step.Map(fn=score).apply(rows0)
    sel = step.Map(fn=filter).apply(scores)
    gates = step.Map(fn=affinity).apply(rows1)
    pairs = step.Zip().apply((rows2, gates))
    sel0, sel1 = step.Copy().apply(sel)
    parts = step.Partition(N=E).apply((pairs, sel0))
    results = [step.Map(fn=f).apply(part) for f, part in zip([expert0, expert1], parts)]
    return step.Merge(fn=sum).apply((results, sel1))
