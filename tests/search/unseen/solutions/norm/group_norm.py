def group_norm(x):
    x0, x1 = step.Copy().apply(x)
    sums = step.Accum(fn=sum_and_squares, b=2).apply(x0)
    stats = step.Map(fn=to_mean_and_rstd).apply(sums)
    over_channels = step.Repeat(n=C).apply(stats)
    over_positions = step.Repeat(n=W).apply(over_channels)
    triples = step.Zip().apply((x1, over_positions))
    return step.Map(fn=standardise).apply(triples)
