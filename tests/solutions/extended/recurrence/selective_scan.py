def selective_scan(decay, x, b, c):
    decay_x = step.Zip().apply((decay, x))
    inputs = step.Zip().apply((decay_x, b))
    inputs0, inputs1 = step.Copy().apply(inputs)
    states = step.Scan(fn=advance, b=1).apply(inputs0)
    with_c = step.Zip().apply((states, c))
    y = step.Map(fn=dot).apply(with_c)
    last = step.Accum(fn=advance, b=1).apply(inputs1)
    return y, last
