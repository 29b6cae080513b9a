def binary_cross_entropy(logits, labels):
    pairs = step.Zip().apply((logits, labels))
    losses = step.Map(fn=loss).apply(pairs)
    row = step.Promote(b=1).apply(losses)
    sums = step.Accum(fn=total, b=1).apply(row)
    return step.Map(fn=mean).apply(sums)
