def sgd_momentum(w, g, m):
    w0, w1 = step.Copy().apply(w)
    decayeds = step.Map(fn=decayed).apply((g, w0))
    decayeds0, decayeds1 = step.Copy().apply(decayeds)
    sum_squares_fold = step.Accum(fn=sum_squares, b=1).apply(decayeds0)
    clip_factor_out = step.Map(fn=clip_factor).apply(sum_squares_fold)
    clip_factor_out_repeated = step.Repeat(n=P).apply(clip_factor_out)
    times_out = step.Map(fn=times).apply((decayeds1, clip_factor_out_repeated))
    momentums = step.Map(fn=momentum).apply((m, times_out))
    momentums0, momentums1 = step.Copy().apply(momentums)
    updates = step.Map(fn=update).apply((w1, momentums0))
    return updates, momentums1
