def delta_rule_memory(q, k, v, b):
    kn = step.Map(fn=unit).apply(k)
    s = step.Scan(fn=write, b=1).apply(step.Zip().apply((step.Zip().apply((kn, v)), step.Map(fn=sigmoid).apply(b))))
    return step.Map(fn=read).apply((s, q))
