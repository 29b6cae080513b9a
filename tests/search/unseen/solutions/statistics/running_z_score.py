def running_z_score(x):
    x0, x1 = step.Copy().apply(x)
    welford_scan = step.Scan(fn=welford, b=1).apply(x0)
    moments_out = step.Map(fn=moments).apply(welford_scan)
    return step.Map(fn=z).apply((x1, moments_out))
