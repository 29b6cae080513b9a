def adam_update(p, g, m, v):
    g0, g1 = step.Copy().apply(g)
    with_m = step.Zip().apply((m, g0))
    new_m = step.Map(fn=first_moment).apply(with_m)
    with_v = step.Zip().apply((v, g1))
    new_v = step.Map(fn=second_moment).apply(with_v)
    m0, m1 = step.Copy().apply(new_m)
    v0, v1 = step.Copy().apply(new_v)
    moments = step.Zip().apply((m1, v1))
    directions = step.Map(fn=direction).apply(moments)
    with_p = step.Zip().apply((p, directions))
    return step.Map(fn=move).apply(with_p), m0, v0
