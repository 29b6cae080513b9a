def moe_top1(x):
    rows = step.Bufferize(a=1).apply(x)
    rows0, rows1 = step.Copy().apply(rows)
    gates = step.Map(fn=gate).apply(rows0)
    gates0, gates1 = step.Copy().apply(gates)
    sel = step.Map(fn=top1).apply(gates0)
    sel0, sel1 = step.Copy().apply(sel)
    pairs = step.Zip().apply((rows1, gates1))
    parts = step.Partition(N=E).apply((pairs, sel0))
    results = [step.Map(fn=f).apply(part) for f, part in zip([expert_0, expert_1, expert_2], parts)]
    return step.Merge(fn=sum).apply((results, sel1))
