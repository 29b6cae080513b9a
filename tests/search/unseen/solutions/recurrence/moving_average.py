def moving_average(x):
    x0, x1 = step.Copy().apply(x)
    states = step.Scan(fn=ema, b=1).apply(x0)
    averages = step.Map(fn=correct).apply(states)
    averages0, averages1 = step.Copy().apply(averages)
    pairs = step.Zip().apply((x1, averages1))
    deviations = step.Map(fn=deviation).apply(pairs)
    return averages0, deviations
