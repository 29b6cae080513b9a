def add_rms_norm(x, residual):
    pairs = step.Zip().apply((x, residual))
    summed = step.Map(fn=add).apply(pairs)
    new_residual, rest = step.Copy().apply(summed)
    rest0, rest1 = step.Copy().apply(rest)
    squares = step.Map(fn=square).apply(rest0)
    square_total = step.Accum(fn=total, b=1).apply(squares)
    scale = step.Map(fn=inverse_rms).apply(square_total)
    scales = step.Repeat(n=H).apply(scale)
    with_scales = step.Zip().apply((rest1, scales))
    normed = step.Map(fn=multiply).apply(with_scales)
    rows = step.Bufferize(a=1).apply(normed)
    weighted_rows = step.Map(fn=weighted).apply(rows)
    return step.Streamify().apply(weighted_rows), new_residual
