def gated_linear_attention(q, k, v, gate):
    features = step.Map(fn=feature).apply(q)
    features_2 = step.Map(fn=feature).apply(k)
    sigmoids = step.Map(fn=sigmoid).apply(gate)
    pairs = step.Zip().apply((features_2, v))
    pairs_2 = step.Zip().apply((pairs, sigmoids))
    update_scan = step.Scan(fn=update, b=1).apply(pairs_2)
    return step.Map(fn=read).apply((features, update_scan))
