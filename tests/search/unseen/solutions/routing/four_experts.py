def four_experts(x, gate):
    tokens = step.Bufferize(a=1).apply(x)
    gates = step.Bufferize(a=1).apply(gate)
    gates0, gates1 = step.Copy().apply(gates)
    chosen = step.Map(fn=best).apply(gates0)
    chosen0, chosen1 = step.Copy().apply(chosen)
    pairs = step.Zip().apply((tokens, gates1))
    parts = step.Partition(N=E).apply((pairs, chosen0))
    results = [step.Map(fn=f).apply(part) for f, part in zip([north, east, south, west], parts)]
    merged = step.Merge(fn=gather).apply((results, chosen1))
    return step.Streamify().apply(merged)
