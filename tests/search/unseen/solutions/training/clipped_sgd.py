def clipped_sgd(p, g):
    g0, g1 = step.Copy().apply(g)
    t = step.Accum(fn=add, b=2).apply(step.Promote(b=2).apply(step.Map(fn=square).apply(g0)))
    f = step.Map(fn=factor).apply(t)
    fs = step.Repeat(n=D).apply(step.Flatten(L=[1]).apply(step.Repeat(n=N).apply(f)))
    return step.Map(fn=descend).apply((p, step.Map(fn=mul).apply((g1, fs))))
