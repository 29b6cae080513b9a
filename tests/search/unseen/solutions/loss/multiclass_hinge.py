def multiclass_hinge(scores, onehot):
    scores0, scores1 = step.Copy().apply(scores)
    onehot0, onehot1 = step.Copy().apply(onehot)
    right = step.Accum(fn=add, b=1).apply(step.Map(fn=mul).apply((scores0, onehot0)))
    m = step.Map(fn=margin).apply((scores1, step.Repeat(n=C).apply(right)))
    c = step.Map(fn=mul).apply((m, step.Map(fn=wrong).apply(onehot1)))
    return step.Map(fn=per_class).apply(step.Accum(fn=add, b=1).apply(c))
