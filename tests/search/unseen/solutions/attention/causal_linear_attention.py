def causal_linear_attention(q, k, v):
    keys = step.Map(fn=phi).apply(k)
    pairs = step.Zip().apply((keys, v))
    states = step.Scan(fn=update, b=1).apply(pairs)
    queries = step.Map(fn=phi).apply(q)
    reads = step.Zip().apply((queries, states))
    rows = step.Map(fn=read).apply(reads)
    return step.Streamify().apply(rows)
