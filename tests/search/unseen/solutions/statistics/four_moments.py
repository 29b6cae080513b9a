def four_moments(x):
    sums = step.Accum(fn=power_sums, b=2).apply(x)
    return step.Map(fn=statistics).apply(sums)
