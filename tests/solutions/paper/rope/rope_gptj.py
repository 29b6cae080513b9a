def rope_gptj(ones, x):
    positions = step.Scan(fn=sum, b=1).apply(ones)
    pairs = step.Zip().apply((positions, x))
    return step.Map(fn=gptj_rope).apply(pairs)
