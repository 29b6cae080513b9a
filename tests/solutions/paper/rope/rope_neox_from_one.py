def rope_neox_from_one(one, x):
    x0, x1 = step.Copy().apply(x)
    ones = step.RepeatRef().apply((one, x0))
    positions = step.Scan(fn=sum, b=1).apply(ones)
    pairs = step.Zip().apply((positions, x1))
    return step.Map(fn=neox_rope).apply(pairs)
