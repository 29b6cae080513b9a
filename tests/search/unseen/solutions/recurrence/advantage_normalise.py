def advantage_normalise(delta, alive):
    a = step.Scan(fn=discount, b=1).apply(step.Zip().apply((delta, alive)))
    a0, a1 = step.Copy().apply(a)
    m = step.Map(fn=mean).apply(step.Accum(fn=add, b=1).apply(a0))
    c = step.Map(fn=sub).apply((a1, step.Repeat(n=T).apply(m)))
    c0, c1 = step.Copy().apply(c)
    v = step.Map(fn=mean).apply(step.Accum(fn=add, b=1).apply(step.Map(fn=square).apply(c0)))
    return step.Map(fn=over_root).apply((c1, step.Repeat(n=T).apply(v)))
