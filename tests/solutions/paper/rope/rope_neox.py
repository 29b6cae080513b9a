def rope_neox(ones, x):
    positions = step.Scan(fn=sum, b=1).apply(ones)
    pairs = step.Zip().apply((positions, x))
    return step.Map(fn=neox_rope).apply(pairs)
