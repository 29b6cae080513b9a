def ssm_scan(u, delta, gate):
    delta0, delta1 = step.Copy().apply(delta)
    decays = step.Map(fn=decay).apply(delta0)
    drives = step.Map(fn=drive).apply((delta1, u))
    pairs = step.Zip().apply((decays, drives))
    recur_scan = step.Scan(fn=recur, b=1).apply(pairs)
    return step.Map(fn=silu_gate).apply((recur_scan, gate))
