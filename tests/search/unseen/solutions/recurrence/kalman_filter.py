def kalman_filter(z, log_noise):
    noise = step.Map(fn=variance).apply(log_noise)
    noises = step.Repeat(n=T).apply(noise)
    pairs = step.Zip().apply((z, noises))
    states = step.Scan(fn=update, b=1).apply(pairs)
    states0, states1 = step.Copy().apply(states)
    return step.Map(fn=estimate).apply(states0), step.Map(fn=gain_of).apply(states1)
