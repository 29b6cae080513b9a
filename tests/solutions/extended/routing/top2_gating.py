def top2_gating(x):
    rows = step.Bufferize(a=1).apply(x)
    logits = step.Map(fn=router).apply(rows)
    weights = step.Map(fn=softmax).apply(logits)
    weights0, weights1 = step.Copy().apply(weights)
    chosen = step.Map(fn=top2).apply(weights0)
    chosen0, chosen1 = step.Copy().apply(chosen)
    pairs = step.Zip().apply((weights1, chosen0))
    kept = step.Map(fn=renormalise).apply(pairs)
    return chosen1, kept
