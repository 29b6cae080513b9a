def lars_update(w, g):
    w0, w1 = step.Copy().apply(w)
    wn = step.Map(fn=root).apply(step.Accum(fn=add, b=1).apply(step.Map(fn=square).apply(w0)))
    g0, g1 = step.Copy().apply(g)
    gn = step.Map(fn=root).apply(step.Accum(fn=add, b=1).apply(step.Map(fn=square).apply(g0)))
    r = step.Repeat(n=D).apply(step.Map(fn=trust).apply((wn, gn)))
    return step.Map(fn=descend).apply((w1, step.Map(fn=mul).apply((g1, r))))
