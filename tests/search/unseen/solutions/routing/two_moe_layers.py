def two_moe_layers(x):
    x0, rest = step.Copy().apply(x)
    x1, x2 = step.Copy().apply(rest)
    s = step.Map(fn=route0).apply(x0)
    s0, s1 = step.Copy().apply(s)
    parts = step.Partition(N=E).apply((x1, s0))
    results = [step.Map(fn=f).apply(part) for f, part in zip([a0, a1], parts)]
    y = step.Merge(fn=pick).apply((results, s1))
    y0, y1 = step.Copy().apply(y)
    t = step.Map(fn=route1).apply(y0)
    t0, t1 = step.Copy().apply(t)
    more = step.Partition(N=E).apply((y1, t0))
    answers = [step.Map(fn=f).apply(part) for f, part in zip([b0, b1], more)]
    z = step.Merge(fn=pick).apply((answers, t1))
    pairs = step.Zip().apply((x2, z))
    return step.Map(fn=plus).apply(pairs)
